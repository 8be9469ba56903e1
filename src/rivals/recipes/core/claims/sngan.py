"""What is claimed of `sngan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "sngan": (
        Claim(
            "singular-values",
            "After training, every layer's weight matrix has the largest singular value 1 (worst deviation, exact).",
            "measure:singular-values",
            "digits",
            source="equation 8",
            steps=500,
            minutes=0.5,
            at_most=0.05,
        ),
    ),
}
