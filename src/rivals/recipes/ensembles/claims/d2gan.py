"""What is claimed of `d2gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "d2gan": (
        Claim(
            "ring",
            "With both divergences the generator covers all of the eight modes of a ring.",
            protocol="ring",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=5000,
            at_least=8,
        ),
        Claim(
            "grid",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=5000,
            at_least=19.7,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "stacked",
            "Two critics keep more of a thousand modes than one.",
            protocol="stacked",
            options={"width": 4, "latent": 100, "rate": 1e-3},
            minutes=0.35,
            at_least=850.0,
            partly=750.0,
        ),
    ),
}
