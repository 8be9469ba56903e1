"""What is claimed of `veegan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "veegan": (
        Claim(
            "ring",
            "All eight modes of a ring.",
            protocol="ring",
            source="table 1",
            paper=8.0,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=7000,
            minutes=1.3,
            at_least=7.8,
            partly=7.0,
            reduced="Layers of 128 and some 50 seconds.",
        ),
        Claim(
            "grid",
            "Nearly all of the 25 modes of a grid.",
            protocol="grid",
            source="table 1",
            paper=24.6,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=7000,
            minutes=1.1,
            at_least=23.6,
            partly=19.7,
            reduced="Layers of 128 and some 50 seconds.",
        ),
        Claim(
            "high-dim",
            "More than half of ten Gaussians of 700 dimensions in a space of 1,200.",
            "modes",
            "high-dim",
            source="table 1",
            paper=5.5,
            also=("high quality", "reverse kl"),
            table="Mode coverage, 1200 dimensions",
            options={"width": 64, "latent": 32, "rate": 1e-3},
            steps=2500,
            batch=128,
            samples=2500,
            seeds=3,
            minutes=1.1,
            at_least=5.0,
            partly=3.0,
            reduced="Layers of 128 and a minute; good is within the radius of 99 % of a mode, for 10 deviations.",
            quick={"steps": 250},
        ),
        Claim(
            "stacked",
            "The reconstructor keeps more of a thousand modes.",
            protocol="stacked",
            source="the table on stacked MNIST",
            paper=150.0,
            options={"width": 4, "latent": 100, "rate": 1e-3},
            minutes=0.4,
            at_least=850.0,
            partly=750.0,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
    ),
}
