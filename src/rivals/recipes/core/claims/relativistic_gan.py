"""What is claimed of `relativistic-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "relativistic-gan": (
        Claim(
            "half",
            "The probability that a real is more real than a fake falls to ½ (what is left of its highest excess).",
            "measure:more-real",
            "grid",
            options={"loss": "relativistic", "width": 32, "latent": 2, "rate": 1e-3},
            steps=1500,
            batch=128,
            minutes=0.25,
            at_most=0.25,
            partly=0.5,
            quick={"steps": 300},
        ),
        Claim(
            "grid",
            "Its samples share out the modes of a grid more evenly than the plain game's.",
            "reverse kl",
            "grid",
            also=("modes", "high quality"),
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=3250,
            batch=128,
            samples=2500,
            seeds=5,
            minutes=0.45,
            beats="gan",
            beats_options={
                "hidden": (128, 128, 128),
                "latent": 2,
                "rate": 1e-3,
                "betas": (0.0, 0.9),
                "cool": 0.5,
            },
            quick={"steps": 250},
        ),
    ),
}
