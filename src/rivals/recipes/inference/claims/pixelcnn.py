"""What is claimed of `pixelcnn`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "pixelcnn": (
        Claim(
            "mnist",
            "Masked convolutions are near 81.3 nats on binarised MNIST.",
            "nats",
            "mnist",
            source="table of MNIST",
            paper=81.3,
            options={"pixels": "binary", "width": 16, "blocks": 5, "rate": 3e-3, "cool": 0.5},
            steps=2400,
            samples=256,
            seeds=2,
            minutes=9.0,
            at_most=93.0,
            partly=96.0,
            reduced="5 blocks of 16 maps and 38,400 pictures seen, against wider nets until convergence.",
            quick={"steps": 60},
        ),
        Claim(
            "digits",
            "Pixels that know those before them are likelier than those that share a code (nats, black and white).",
            "nats",
            "digits",
            options={"pixels": "binary", "width": 16, "blocks": 3, "rate": 3e-3, "cool": 0.5},
            steps=400,
            batch=64,
            minutes=0.6,
            beats="vae",
            beats_options={"binarise": True, "hidden": (200,), "latent": 20},
        ),
        Claim(
            "levels",
            "A softmax over 256 levels finds those that there are: pixels alone need 2.66 bits each.",
            "bits per dimension",
            "digits",
            source="section 2.2",
            options={"width": 16, "blocks": 3, "rate": 3e-3, "cool": 0.5},
            steps=700,
            batch=32,
            minutes=0.8,
            at_most=2.2,
        ),
    ),
}
