"""What is claimed of `fcgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "fcgan": (
        Claim(
            "faster",
            "After few steps more of its digits are what they were asked for than when networks are told at the input.",
            "label accuracy",
            "usps",
            also=("fid",),
            options={"width": 8, "latent": 16, "rate": 1e-3},
            steps=300,
            batch=64,
            seeds=5,
            minutes=0.3,
            beats="cgan",
            beats_options={"width": 8, "latent": 16, "rate": 1e-3},
            lower_is_better=False,
            quick={"steps": 60},
        ),
    ),
}
