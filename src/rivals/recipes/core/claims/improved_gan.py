"""What is claimed of `improved-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "improved-gan": (
        Claim(
            "mnist-100",
            "A hundred labels and feature matching name handwritten digits (share of 10,000 that are named wrongly).",
            "error",
            "mnist",
            source="table 1",
            paper=0.0093,
            options={"decay": 24_000},
            steps=24_000,
            seeds=1,
            minutes=58.0,
            at_most=0.012,
            partly=0.02,
            reduced="Forty epochs and one subset of labels; the authors' code has 300 epochs, the table ten subsets.",
            quick={"steps": 600, "decay": 600},
        ),
        Claim(
            "labels-alone",
            "Samples without a label help: at 20 labels feature matching beats the same critic on the labels alone.",
            "error",
            "digits",
            options={"hidden": (128, 64, 64), "latent": 20, "labels": 20, "decay": 600},
            steps=600,
            seeds=5,
            minutes=0.2,
            beats_options={"unlabelled": 0.0},
        ),
    ),
}
