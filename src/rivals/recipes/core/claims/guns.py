"""What is claimed of `guns`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "guns": (
        Claim(
            "friends",
            "Both losses fall together (the larger of what is left of them).",
            "measure:losses-fall",
            "ring",
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=1000,
            batch=128,
            minutes=0.15,
            at_most=0.1,
            quick={"steps": 200},
        ),
        Claim(
            "modes",
            "And yet at most two of eight modes are found.",
            "modes",
            "ring",
            also=("high quality",),
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=3250,
            batch=128,
            samples=2500,
            minutes=0.35,
            at_most=2.0,
            quick={"steps": 250},
        ),
        Claim(
            "worse-than-rivals",
            "Those who fight find more.",
            "modes",
            "ring",
            also=("high quality",),
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=3250,
            batch=128,
            samples=2500,
            seeds=5,
            minutes=0.35,
            beats="gan",
            beats_options={"hidden": (128, 128, 128), "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            quick={"steps": 250},
        ),
    ),
}
