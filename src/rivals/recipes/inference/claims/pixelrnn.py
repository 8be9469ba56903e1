"""What is claimed of `pixelrnn`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "pixelrnn": (
        Claim(
            "diagonal",
            "Diagonal LSTMs are near 79.2 nats on binarised MNIST.",
            "nats",
            "mnist",
            source="table of MNIST",
            paper=79.2,
            options={"pixels": "binary", "layers": 2, "rate": 3e-3, "cool": 0.5},
            steps=500,
            samples=256,
            seeds=1,
            minutes=7.0,
            at_most=94.0,
            partly=97.0,
            reduced="2 layers and 8,000 pictures seen, against 7 layers until convergence.",
            quick={"steps": 30},
        ),
        Claim(
            "row",
            "Row LSTMs are near 80.5 nats on binarised MNIST.",
            "nats",
            "mnist",
            source="table of MNIST",
            paper=80.54,
            options={"pixels": "binary", "layer": "row", "layers": 2, "rate": 3e-3, "cool": 0.5},
            steps=600,
            samples=256,
            seeds=1,
            minutes=4.0,
            at_most=94.0,
            partly=97.0,
            reduced="2 layers and 9,600 pictures seen, against a deeper net until convergence.",
            quick={"steps": 30},
        ),
        Claim(
            "digits",
            "Pixels that know those before them are likelier than those that share a code (nats, black and white).",
            "nats",
            "digits",
            options={"pixels": "binary", "layers": 1, "rate": 3e-3, "cool": 0.5},
            steps=400,
            batch=64,
            minutes=0.6,
            beats="vae",
            beats_options={"binarise": True, "hidden": (200,), "latent": 20},
        ),
    ),
}
