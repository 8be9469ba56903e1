"""What is claimed of `dcgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "dcgan": (
        Claim(
            "stacked",
            "The plain game leaves out many of a thousand modes (of the data: none, with a reverse kl of .019).",
            protocol="stacked",
            source="VEEGAN, the table on stacked MNIST",
            paper=99.0,
            options={"width": 4, "latent": 100, "rate": 1e-3},
            minutes=0.4,
            at_most=900.0,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the non-saturating loss, on the networks of the others.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=7.0,
        ),
        Claim(
            "features",
            "The critic's features and a linear SVM on 100 labels beat pixels and k-means features (gain in accuracy).",
            "measure:linear-features",
            "mnist",
            source="section 5",
            options={"width": 16},
            steps=1000,
            batch=64,
            minutes=0.7,
            at_least=0.01,
        ),
        Claim(
            "features-digits",
            "The same on pictures of 8×8.",
            "measure:linear-features",
            "digits",
            source="section 5",
            options={"width": 32},
            steps=1000,
            batch=64,
            minutes=0.45,
            at_least=0.01,
        ),
    ),
}
