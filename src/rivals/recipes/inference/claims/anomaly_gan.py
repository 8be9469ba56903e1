"""What is claimed of `anomaly-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "anomaly-gan": (
        Claim(
            "one-class",
            "It tells other digits from the one that it knows better than an auto-encoder does (area under the curve, "
            "mean over ten normal classes).",
            "measure:auc-of-classes",
            "digits",
            options={"hidden": (128, 64), "latent": 8, "rate": 1e-3},
            steps=300,
            batch=64,
            seeds=5,
            minutes=0.6,
            beats="autoencoder",
            beats_options={"hidden": (128, 64), "latent": 8},
            lower_is_better=False,
        ),
        Claim(
            "search",
            "The nearest that a plain GAN of threes can make tells threes from other digits (area under the curve).",
            "measure:auc",
            "digits",
            source="arXiv:1703.05921",
            options={"normal": 3, "search": 150, "hidden": (128, 64), "latent": 8, "rate": 1e-3},
            steps=800,
            batch=64,
            minutes=0.3,
            at_least=0.9,
            partly=0.8,
        ),
    ),
}
