"""What is claimed of `transfer-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "transfer-gan": (
        Claim(
            "few-letters",
            "Fifty letters are learnt better from networks that know handwritten digits than anew, at equal reals.",
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
            seeds=8,
            minutes=0.5,
            beats_options={"source": ""},
            also=("precision", "recall"),
            quick={"steps": 50, "source_steps": 250},
        ),
    ),
}
