"""What is claimed of `deligan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "deligan": (
        Claim(
            "small-data",
            "Of small, diverse data more is covered than by a GAN with a plain prior (held-out digits near a sample).",
            "coverage",
            "digits",
            options={"width": 16, "latent": 32, "std": 0.5},
            steps=800,
            batch=64,
            seeds=8,
            minutes=0.25,
            beats="dcgan",
            beats_options={"width": 16, "latent": 32},
            lower_is_better=False,
            also=("recall", "fid"),
        ),
    ),
}
