"""What is claimed of `ebgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "ebgan": (
        Claim(
            "energy",
            "Reals have less energy than fakes (probability over pairs of held-out reals and samples).",
            "measure:real-below-fake",
            "digits",
            source="section 2.1",
            options={"width": 8, "latent": 32, "code": 10, "rate": 5e-4},
            steps=1000,
            minutes=0.3,
            at_least=0.9,
            partly=0.75,
            quick={"steps": 200},
        ),
        Claim(
            "pre-training",
            "Trained on reals alone, the critic finds their manifold (a real has less energy than shuffled numbers).",
            "measure:real-below-shuffled",
            "digits",
            source="section 2.3",
            options={"width": 16, "latent": 32, "rate": 1e-3, "pretrain": 300},
            steps=300,
            minutes=0.1,
            at_least=0.95,
            partly=0.8,
            quick={"steps": 100},
        ),
    ),
}
