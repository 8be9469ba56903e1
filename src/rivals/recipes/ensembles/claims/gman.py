"""What is claimed of `gman`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "gman": (
        Claim(
            "faster",
            "Three critics bring G to a fixed score with fewer reals than one (thousands, to sliced W1 .1).",
            "measure:reals-to-level",
            "ring",
            options={"width": 64, "latent": 2, "rate": 1e-3},
            steps=1500,
            seeds=8,
            batch=128,
            minutes=0.4,
            beats_options={"critics": 1},
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
