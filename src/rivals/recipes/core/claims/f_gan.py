"""What is claimed of `f-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "f-gan": (
        Claim(
            "bounds",
            "A trained critic's bound is within 5 % of the exact divergence of two mixtures (the worst of six).",
            "measure:bound-error",
            "bimodal",
            source="section 2",
            options={"width": 32},
            steps=10,
            batch=64,
            minutes=0.45,
            at_most=0.05,
            partly=0.1,
        ),
    ),
}
