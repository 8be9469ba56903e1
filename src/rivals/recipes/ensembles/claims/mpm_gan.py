"""What is claimed of `mpm-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "mpm-gan": (
        Claim(
            "modes",
            "Generators that exchange messages cover more modes than the same ones cut off.",
            "modes",
            "grid",
            also=("reverse kl",),
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=1000,
            batch=128,
            samples=2500,
            seeds=5,
            minutes=0.25,
            beats_options={"messages": False},
            lower_is_better=False,
            quick={"steps": 100},
        ),
        Claim(
            "quality",
            "Generators that exchange messages make more good samples than the same ones cut off.",
            "high quality",
            "grid",
            also=("reverse kl",),
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=1000,
            batch=128,
            samples=2500,
            seeds=5,
            minutes=0.25,
            beats_options={"messages": False},
            lower_is_better=False,
            quick={"steps": 100},
        ),
    ),
}
