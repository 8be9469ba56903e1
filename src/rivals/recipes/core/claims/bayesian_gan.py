"""What is claimed of `bayesian-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "bayesian-gan": (
        Claim(
            "ring",
            "More of the eight modes of a ring than PacGAN's table 1 has for a plain GAN (6.3, and three errors).",
            protocol="ring",
            options={"width": 64, "latent": 2, "critics": 1, "sampler": "adam", "rate": 1e-3, "cool": 0.5},
            steps=2800,
            minutes=0.25,
            at_least=7.8,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "critics": 1, "sampler": "adam", "rate": 1e-3, "cool": 0.5},
            steps=2800,
            at_least=19.7,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "posterior",
            "Samples of G's posterior cover more modes than one G (of the eight of a ring).",
            "modes",
            "ring",
            also=("high quality",),
            steps=3_000,
            batch=128,
            minutes=1.1,
            beats_options={"generators": 1},
            lower_is_better=False,
        ),
        Claim(
            "labels-alone",
            "Samples without a label help: twenty labels beat the same critics on the labels alone.",
            "error",
            "digits",
            options={"labels": 20, "generators": 2},
            steps=800,
            minutes=0.25,
            beats_options={"unlabelled": 0.0},
        ),
    ),
}
