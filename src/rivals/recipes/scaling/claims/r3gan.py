"""What is claimed of `r3gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "r3gan": (
        Claim(
            "stacked",
            "The relativistic loss with both penalties drops no modes (residual nets of twice the others' size).",
            protocol="stacked",
            source="table 2",
            paper=1000.0,
            options={"width": 2, "latent": 100, "rate": 1e-3},
            seeds=2,
            minutes=4.0,
            at_least=950.0,
            partly=850.0,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 10,000 weights, 4,000 steps of 64 stacks.",
        ),
    ),
}
