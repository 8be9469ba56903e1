"""What is claimed of `realnvp`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "realnvp": (
        Claim(
            "bits",
            "A density of pictures (bits a dimension of digits; a normal one with its whole covariance has 6.5).",
            "bits per dimension",
            "digits",
            also=("fid", "nats"),
            options={"width": 32, "rate": 2e-3, "cool": 0.5},
            steps=500,
            minutes=0.6,
            at_most=5.2,
            partly=5.6,
        ),
        Claim(
            "inverse",
            "The network is inverted exactly (largest error of a pixel in single precision after training).",
            "measure:inverse-error",
            "digits",
            options={"width": 32, "rate": 2e-3, "cool": 0.5},
            steps=500,
            minutes=0.6,
            at_most=1e-4,
        ),
    ),
}
