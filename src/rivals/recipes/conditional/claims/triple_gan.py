"""What is claimed of `triple-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "triple-gan": (
        Claim(
            "mnist-100",
            "A hundred labels name handwritten digits (share of 10,000 that are named wrongly).",
            "error",
            "mnist",
            source="table 1",
            paper=0.0091,
            options={"width": 16, "cool": 0.5},
            steps=2800,
            seeds=1,
            minutes=15.0,
            at_most=0.02,
            partly=0.04,
            also=("label accuracy",),
            reduced="Five epochs, a narrow strided net and one subset; the paper has 1,000 epochs and ten subsets.",
            quick={"steps": 300},
        ),
        Claim(
            "labels-alone",
            "With 20 labels the classifier errs less in the game than on the labels alone.",
            "error",
            "digits",
            source="table 1",
            options={"width": 16, "latent": 32, "labels": 20, "after": 200},
            steps=400,
            batch=64,
            seeds=5,
            minutes=0.3,
            beats_options={"unlabelled": 0.0},
        ),
        Claim(
            "conditional",
            "Twenty labels are enough for samples of a wanted class (share that a judge names so).",
            "label accuracy",
            "digits",
            source="figure 3",
            options={"width": 16, "latent": 32, "labels": 20, "after": 200},
            steps=2000,
            batch=64,
            samples=1000,
            minutes=1.5,
            at_least=0.95,
        ),
    ),
}
