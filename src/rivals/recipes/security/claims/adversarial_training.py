"""What is claimed of `adversarial-training`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "adversarial-training": (
        Claim(
            "robust",
            "A net trained on its worst neighbours resists PGD of 100 steps in the same ball (share named rightly).",
            "measure:robust-accuracy",
            "digits",
            source="table 1",
            options={"epsilon": 0.15, "inner": 10, "inner_step": 0.04, "width": 16, "dense": 128, "rate": 1e-3},
            steps=1500,
            minutes=0.6,
            beats_options={
                "epsilon": 0.15,
                "inner": 0,
                "inner_step": 0.04,
                "width": 16,
                "dense": 128,
                "rate": 1e-3,
            },
            lower_is_better=False,
            quick={"steps": 100},
        ),
        Claim(
            "mnist-pgd",
            "PGD of 100 steps with epsilon .3 leaves most handwritten digits named rightly (share).",
            "measure:robust-accuracy",
            "mnist",
            source="table 1",
            paper=0.9252,
            options={"width": 16, "dense": 128, "inner": 10, "inner_step": 0.05, "rate": 1e-3},
            steps=3000,
            batch=100,
            seeds=1,
            minutes=14.0,
            at_least=0.85,
            partly=0.75,
            reduced="Half the maps, an eighth of the dense units, 10 inner steps and 300,000 pictures seen.",
            quick={"steps": 50},
        ),
        Claim(
            "fgsm",
            "Training on both halves brings the error under FGSM of .25 down from 89 % (error on the fooled).",
            "measure:fgsm-error",
            "mnist",
            source="section 6 of arXiv:1412.6572",
            paper=0.179,
            options={
                "loss": "both",
                "epsilon": 0.25,
                "inner": 1,
                "inner_step": 0.25,
                "random": False,
                "width": 16,
                "dense": 128,
                "rate": 1e-3,
            },
            steps=2000,
            batch=100,
            seeds=1,
            minutes=4.0,
            at_most=0.179,
            partly=0.3,
            reduced="A convolutional net instead of maxout layers, and 200,000 pictures seen.",
            quick={"steps": 50},
        ),
    ),
}
