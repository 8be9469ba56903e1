"""What is claimed of `autoencoder`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "autoencoder": (
        Claim(
            "restores",
            "Trained against noise, it takes more of it away than the plain auto-encoder does (share of the noise's "
            "variance that is left).",
            "measure:restoration",
            "digits",
            also=("clean",),
            table="Encoders, digits",
            options={"hidden": (256,), "latent": 16, "noise": 0.5},
            steps=1000,
            batch=64,
            seeds=5,
            minutes=0.2,
            beats_options={"noise": 0.0},
        ),
        Claim(
            "neighbours",
            "Codes of digits keep their classes together (accuracy of the nearest neighbour; pixels have 98.9).",
            "measure:1-nn",
            "digits",
            table="Encoders, digits",
            options={"hidden": (256, 256), "latent": 20},
            steps=1000,
            batch=128,
            minutes=0.2,
            at_least=97.0,
        ),
    ),
}
