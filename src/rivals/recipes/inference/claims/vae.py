"""What is claimed of `vae`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "vae": (
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: maximum likelihood, fully connected.",
            protocol="triangles",
            options={"hidden": (256, 256), "latent": 16},
            minutes=2.5,
        ),
        Claim(
            "mnist",
            "A bound of the likelihood above -90 nats on binarised MNIST (its negative).",
            "nats",
            "mnist",
            source="figure 2",
            also=("reconstruction",),
            options={"binarise": True, "hidden": (500,), "latent": 40, "rate": 2e-3, "cool": 0.5},
            steps=30_000,
            samples=1000,
            seeds=1,
            minutes=9.0,
            at_most=90.0,
            partly=93.0,
            reduced="50 epochs of the training pictures, drawn black and white anew at every look.",
            quick={"steps": 100},
        ),
        Claim(
            "codes",
            "The divergence leaves some numbers of a code unused (numbers with more than .01 nats, of 20).",
            "measure:codes-in-use",
            "digits",
            options={"binarise": True, "hidden": (200,)},
            steps=6000,
            minutes=1.2,
            at_most=17.0,
        ),
    ),
}
