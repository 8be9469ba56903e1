"""What is claimed of `self-supervised-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "self-supervised-gan": (
        Claim(
            "100-digits",
            "A hundred digits are learnt better than by a DCGAN.",
            "fid",
            "digits-100",
            options={"width": 8, "latent": 16, "rate": 2e-3},
            steps=600,
            batch=32,
            samples=1000,
            seeds=8,
            minutes=0.25,
            beats="dcgan",
            beats_options={"width": 8, "latent": 16, "rate": 2e-3},
            also=("precision", "recall"),
            quick={"steps": 150},
        ),
        Claim(
            "500-digits",
            "Five hundred digits are learnt better than by a DCGAN.",
            "fid",
            "digits-500",
            options={"width": 8, "latent": 16, "rate": 2e-3},
            steps=600,
            batch=32,
            samples=1000,
            seeds=3,
            minutes=0.25,
            beats="dcgan",
            beats_options={"width": 8, "latent": 16, "rate": 2e-3},
            also=("precision", "recall"),
            quick={"steps": 150},
        ),
    ),
}
