"""What is claimed of `svd-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "svd-gan": (
        Claim(
            "few-letters",
            "Fifty letters are learnt better by the singular values of networks that know handwritten digits than by "
            "all weights anew, at equal reals.",
            "fid",
            "letters-50",
            source="section 4",
            options={
                "source": "mnist",
                "source_steps": 1000,
                "width": 8,
                "latent": 16,
                "rate": 5e-4,
                "critic_updates": 1,
            },
            steps=200,
            batch=32,
            samples=1000,
            minutes=0.5,
            beats="transfer-gan",
            beats_options={"width": 8, "latent": 16, "rate": 5e-4, "critic_updates": 1},
            also=("precision", "recall"),
            quick={"steps": 50, "source_steps": 250},
        ),
        Claim(
            "singular-vectors",
            "Only the singular values have changed (the share of a weight that its source's singular vectors do not "
            "make up, the largest of all layers).",
            "measure:singular-vectors",
            "letters-50",
            source="section 3",
            options={
                "source": "mnist",
                "source_steps": 1000,
                "width": 8,
                "latent": 16,
                "rate": 5e-4,
                "critic_updates": 1,
            },
            steps=200,
            batch=32,
            samples=1000,
            minutes=0.5,
            at_most=1e-4,
            quick={"steps": 50, "source_steps": 250},
        ),
    ),
}
