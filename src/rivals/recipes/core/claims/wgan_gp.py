"""What is claimed of `wgan-gp`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "wgan-gp": (
        Claim(
            "distance",
            "The critic's estimate over its slope is the earth mover's distance (deviation from the exact W1 of a "
            "linear program on sets in the plane, the worst of three).",
            "measure:critic-distance",
            "grid",
            source="proposition 1",
            table="The critic and the earth mover's distance",
            steps=800,
            minutes=0.8,
            at_most=0.1,
            partly=0.2,
        ),
        Claim(
            "slope",
            "The penalty holds the critic's slope near 1 between reals and fakes (deviation of its mean).",
            "measure:critic-slope",
            "grid",
            source="equation 3",
            steps=800,
            minutes=0.35,
            at_most=0.1,
        ),
        Claim(
            "grid",
            "It learns a grid of 25 modes sooner than weight clipping does.",
            "reverse kl",
            "grid",
            source="figure 1",
            also=("modes", "high quality", "w1"),
            options={"width": 64, "latent": 2, "weight": 0.1, "decay": 1000, "cool": 0.5},
            steps=1000,
            batch=128,
            samples=2500,
            seeds=16,
            minutes=0.4,
            beats="wgan",
            beats_options={"width": 64, "latent": 2, "cool": 0.5},
        ),
        Claim(
            "ring",
            "More of the eight modes of a ring than PacGAN's table 1 has for a plain GAN (6.3, and three errors).",
            protocol="ring",
            options={"width": 64, "latent": 2, "weight": 0.1, "decay": 2000, "cool": 0.5},
            steps=2000,
            at_least=7.8,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid-modes",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "weight": 0.1, "decay": 2000, "cool": 0.5},
            steps=2000,
            at_least=19.7,
            reduced="Layers of 128 and some 40 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "stacked",
            "The penalised critic keeps more of a thousand modes (fully connected nets, five critic updates a step).",
            protocol="stacked",
            options={"width": 32, "latent": 100, "rate": 1e-3, "decay": 4000},
            minutes=1.5,
            at_least=850.0,
            partly=750.0,
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the gradient penalty.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            steps=1500,
            minutes=7.0,
        ),
    ),
}
