"""What is claimed of `ddpm`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "ddpm": (
        Claim(
            "digits",
            "A simple loss on noise gives good samples: FID of digits below 10, where training data have 1.4.",
            "fid",
            "digits",
            also=("precision", "recall", "bits per dimension"),
            options={"width": 16, "average": 1e4, "rate": 2e-3, "cool": 0.5},
            steps=700,
            batch=64,
            minutes=1.6,
            at_most=10.0,
            partly=15.0,
        ),
    ),
}
