"""What is claimed of `capsulegan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "capsulegan": (
        Claim(
            "few-labels",
            "From 50 labels a critic of capsules learns to classify with less error than a convolutional one.",
            "error",
            "digits",
            options={"width": 16, "latent": 32, "labels": 50},
            steps=500,
            seeds=8,
            minutes=0.25,
            beats_options={"width": 16, "latent": 32, "labels": 50, "capsules": False},
            also=("fid",),
        ),
    ),
}
