"""What is claimed of `local-pairs-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "local-pairs-gan": (
        Claim(
            "union",
            "The global generator alone covers every mode that any local one covers.",
            "measure:union-of-pairs",
            "grid",
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=2000,
            batch=128,
            minutes=1.1,
            at_least=1.0,
            partly=0.9,
            quick={"steps": 100},
        ),
    ),
}
