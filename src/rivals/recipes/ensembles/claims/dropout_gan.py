"""What is claimed of `dropout-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "dropout-gan": (
        Claim(
            "variety",
            "Critics that may be absent keep more modes than the same critics always there.",
            "modes",
            "grid",
            also=("high quality", "reverse kl"),
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=2000,
            batch=128,
            samples=2500,
            seeds=8,
            minutes=0.5,
            beats_options={"drop": 0.0},
            lower_is_better=False,
            quick={"steps": 250},
        ),
        Claim(
            "ring",
            "More of the eight modes of a ring than PacGAN's table 1 has for a plain GAN (6.3, and three errors).",
            protocol="ring",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=4000,
            at_least=7.8,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=4000,
            at_least=19.7,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
    ),
}
