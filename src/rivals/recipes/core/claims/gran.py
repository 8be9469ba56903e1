"""What is claimed of `gran`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "gran": (
        Claim(
            "time-steps",
            "Samples improve with each time step (the share of steps after which FID is lower than before).",
            "measure:time-steps",
            "digits",
            options={"width": 16, "latent": 32},
            steps=1_000,
            minutes=0.55,
            at_least=1.0,
            partly=0.5,
        ),
        Claim(
            "beats-one-step",
            "Drawing in three steps gives better samples than drawing at once.",
            "fid",
            "digits",
            options={"width": 16, "latent": 32},
            steps=1_000,
            seeds=8,
            minutes=0.55,
            beats_options={"width": 16, "latent": 32, "times": 1},
        ),
    ),
}
