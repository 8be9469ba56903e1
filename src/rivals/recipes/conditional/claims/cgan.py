"""What is claimed of `cgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "cgan": (
        Claim(
            "label-accuracy",
            "Samples are what they were asked to be (share of them that a judge gives their label).",
            "label accuracy",
            "digits",
            also=("fid",),
            options={"width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            steps=2500,
            batch=64,
            minutes=0.6,
            at_least=0.95,
            partly=0.9,
            quick={"steps": 200},
        ),
        Claim(
            "matching-aware",
            "A critic that is also shown reals with wrong labels makes samples keep to theirs more often.",
            "label accuracy",
            "digits",
            source="arXiv:1605.05396, algorithm 1",
            also=("fid",),
            options={"width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5, "matching": True},
            steps=1000,
            batch=64,
            seeds=5,
            minutes=0.3,
            beats_options={"matching": False},
            lower_is_better=False,
            quick={"steps": 200},
        ),
        Claim(
            "parzen",
            "Parzen log-likelihood of MNIST, in nats, from a thousand samples of each label.",
            "parzen",
            "mnist",
            source="table 1",
            paper=132.0,
            also=("label accuracy",),
            options={"width": 128, "dense": True, "dropout": 0.5, "join": "layers", "cool": 0.5},
            steps=12_000,
            batch=100,
            samples=10_000,
            seeds=1,
            minutes=5.0,
            at_least=130.2,
            partly=110.0,
            reduced="Three hidden layers of 256 and twenty epochs; the paper has maxout layers of up to 1200 units.",
            quick={"steps": 500},
        ),
    ),
}
