"""What is claimed of `ali`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "ali": (
        Claim(
            "neighbours-mnist",
            "Codes of MNIST keep the digits together (accuracy of the nearest neighbour, BiGAN's figure).",
            "measure:1-nn",
            "mnist",
            source="table 1 of arXiv:1605.09782",
            paper=97.39,
            options={"hidden": (512, 512), "latent": 50, "rate": 2e-4, "cool": 0.5},
            steps=8000,
            batch=128,
            seeds=1,
            minutes=10.0,
            at_least=96.4,
            partly=95.0,
            reduced="Layers of 512 for 1,024, and 17 epochs for 400.",
            quick={"steps": 300},
        ),
        Claim(
            "inverse",
            "G(E(x)) is near x, though nobody asked for it (mean distance over that of random pairs).",
            "measure:inversion",
            "digits",
            also=("same label",),
            table="Encoders, digits",
            options={"hidden": (256, 256), "latent": 10, "rate": 5e-4},
            steps=6000,
            minutes=1.8,
            at_most=0.8,
            partly=0.95,
        ),
    ),
}
