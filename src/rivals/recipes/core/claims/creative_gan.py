"""What is claimed of `creative-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "creative-gan": (
        Claim(
            "ambiguity",
            "Samples are of no one style: the entropy of the styles that a judge sees is above AC-GAN's.",
            "measure:style-entropy",
            "digits",
            options={"width": 16, "latent": 32},
            steps=800,
            seeds=8,
            minutes=0.25,
            beats_options={"width": 16, "latent": 32, "ambiguous": False},
            lower_is_better=False,
        ),
        Claim(
            "still-art",
            "The samples in doubt still look like the data: noise would be ambiguous, too.",
            "fid",
            "digits",
            options={"width": 16, "latent": 32},
            steps=800,
            minutes=0.2,
            at_most=40.0,
        ),
    ),
}
