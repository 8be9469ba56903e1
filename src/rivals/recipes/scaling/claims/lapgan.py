"""What is claimed of `lapgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "lapgan": (
        Claim(
            "pyramid",
            "Samples are better than those of one GAN on whole pictures (FID, as many steps and reals).",
            "fid",
            "cifar10",
            source="section 5",
            also=("precision", "recall"),
            options={"width": 12, "hidden": (256, 512), "rate": 1e-3},
            steps=500,
            batch=32,
            samples=2000,
            minutes=0.9,
            beats="gan",
            beats_options={"hidden": (256, 512), "rate": 1e-3},
        ),
    ),
}
