"""What is claimed of `dragan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "dragan": (
        Claim(
            "around-data",
            "The critic's slope is near 1 around the data (mean |‖∇D(x + δ)‖ - 1| on held-out reals).",
            "measure:slopes-around-data",
            "ring",
            options={"width": 32, "latent": 2, "rate": 1e-3},
            steps=1000,
            batch=128,
            minutes=0.15,
            at_most=0.2,
            partly=0.3,
            quick={"steps": 200},
        ),
        Claim(
            "against-gan",
            "Its samples share out the modes of a grid more evenly than the plain game's.",
            "reverse kl",
            "grid",
            also=("modes", "high quality"),
            options={"width": 64, "latent": 2, "weight": 0.1, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=3250,
            batch=128,
            samples=2500,
            seeds=16,
            minutes=0.35,
            beats="gan",
            beats_options={"hidden": (128, 128, 128), "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            quick={"steps": 250},
        ),
        Claim(
            "ring",
            "More of the eight modes of a ring than PacGAN's table 1 has for a plain GAN (6.3, and three errors).",
            protocol="ring",
            options={"width": 64, "latent": 2, "weight": 0.1, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=6500,
            at_least=7.8,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "weight": 0.1, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=6500,
            at_least=19.7,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the penalty around the data.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=6.7,
        ),
    ),
}
