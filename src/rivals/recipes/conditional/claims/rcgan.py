"""What is claimed of `rcgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "rcgan": (
        Claim(
            "noisy-labels",
            "With 30 % of the training labels wrong, far more samples are what they were asked for than of `cgan`.",
            "label accuracy",
            "digits",
            also=("fid",),
            options={"flip": 0.3, "width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            steps=1000,
            batch=64,
            seeds=5,
            minutes=0.4,
            beats_options={"flip": 0.3, "wrong": 0.0, "width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            lower_is_better=False,
            quick={"steps": 200},
        ),
        Claim(
            "near-clean",
            "They are right more often than the labels that it learnt from, 70 % of which are.",
            "label accuracy",
            "digits",
            options={"flip": 0.3, "width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            steps=1000,
            batch=64,
            minutes=0.4,
            at_least=0.8,
            partly=0.75,
            quick={"steps": 200},
        ),
        Claim(
            "unknown-noise",
            "Nor need it know how often labels are wrong: the confusion matrix can be learnt.",
            "label accuracy",
            "digits",
            source="RCGAN-U",
            also=("fid", "diversity", "real diversity"),
            options={
                "flip": 0.3,
                "wrong": 0.1,
                "learnt": True,
                "width": 16,
                "latent": 32,
                "rate": 5e-4,
                "cool": 0.5,
            },
            steps=1000,
            batch=64,
            seeds=5,
            minutes=0.8,
            beats_options={"flip": 0.3, "wrong": 0.0, "width": 16, "latent": 32, "rate": 5e-4, "cool": 0.5},
            lower_is_better=False,
            quick={"steps": 100},
        ),
    ),
}
