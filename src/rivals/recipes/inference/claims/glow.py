"""What is claimed of `glow`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "glow": (
        Claim(
            "bits",
            "A density of pictures (bits a dimension of digits; a normal one with its whole covariance has 6.5).",
            "bits per dimension",
            "digits",
            also=("fid", "nats"),
            options={"width": 32, "depth": 6, "rate": 2e-3, "cool": 0.5},
            steps=600,
            minutes=0.7,
            at_most=5.8,
            partly=6.2,
        ),
        Claim(
            "inverse",
            "The network is inverted exactly (largest error of a pixel in single precision after training).",
            "measure:inverse-error",
            "digits",
            options={"width": 32, "depth": 6, "rate": 2e-3, "cool": 0.5},
            steps=600,
            minutes=0.7,
            at_most=1e-4,
        ),
    ),
}
