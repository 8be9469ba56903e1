"""What is claimed of `mgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "mgan": (
        Claim(
            "owned",
            "Every generator has modes of its own.",
            "measure:owned-modes",
            "ring",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=2500,
            batch=128,
            minutes=0.45,
            at_least=0.9,
            partly=0.7,
            quick={"steps": 250},
        ),
        Claim(
            "owned-more",
            "A classifier beside the critic parts the generators better than a critic that must name them.",
            "measure:owned-modes",
            "grid",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=5000,
            batch=128,
            seeds=8,
            minutes=0.7,
            beats="mad-gan",
            beats_options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            lower_is_better=False,
            quick={"steps": 250},
        ),
        Claim(
            "ring",
            "The mixture of four generators covers all of the eight modes of a ring.",
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
            "Four generators keep more of a thousand modes than one.",
            protocol="stacked",
            options={"width": 4, "latent": 100, "rate": 1e-3},
            minutes=1.4,
            at_least=850.0,
            partly=750.0,
        ),
    ),
}
