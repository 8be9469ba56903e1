"""What is claimed of `s3gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "s3gan": (
        Claim(
            "tenth",
            "With a tenth of the labels FID is within a tenth of that of a conditional game that knows all of them "
            "(FID in units of that one's, same networks, steps and seed).",
            "measure:fid-of-all-labels",
            "digits",
            source="section 5",
            options={"width": 16, "latent": 32, "labels": 140, "rate": 1e-3},
            steps=600,
            seeds=3,
            minutes=0.8,
            at_most=1.1,
            reduced="Digits of 8×8 for ImageNet at 128×128; the fully labelled game is this one, not BigGAN.",
        ),
    ),
}
