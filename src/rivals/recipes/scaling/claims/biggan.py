"""What is claimed of `biggan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "biggan": (
        Claim(
            "truncation",
            "A truncated latent trades variety for fidelity (the smaller of gain in precision and loss in recall).",
            "measure:truncation",
            "digits",
            source="section 3.1",
            options={
                "width": 8,
                "latent": 24,
                "embedding": 16,
                "rate": 1e-3,
                "critic_rate": 4e-3,
                "critic_updates": 1,
                "average": 5000.0,
            },
            steps=600,
            batch=32,
            minutes=0.8,
            at_least=0.05,
            partly=0.02,
        ),
        Claim(
            "labels",
            "Samples are what they were asked for (share that a judge names so).",
            "label accuracy",
            "digits",
            also=("fid", "intra fid"),
            options={
                "width": 8,
                "latent": 24,
                "embedding": 16,
                "rate": 1e-3,
                "critic_rate": 4e-3,
                "critic_updates": 1,
                "average": 5000.0,
            },
            steps=600,
            batch=32,
            minutes=0.8,
            at_least=0.9,
            partly=0.8,
        ),
    ),
}
