"""What is claimed of `bicogan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "bicogan": (
        Claim(
            "condition",
            "An encoder that learns in the game finds the condition of held-out samples more often than one that "
            "learns after it.",
            "error",
            "digits",
            options={"width": 16, "latent": 16, "rate": 1e-3, "start": 10.0, "ceiling": 50.0},
            steps=1500,
            batch=64,
            seeds=5,
            minutes=0.5,
            beats="icgan",
            beats_options={"width": 16, "latent": 16, "rate": 5e-4},
            also=("reconstruction",),
            quick={"steps": 300},
        ),
    ),
}
