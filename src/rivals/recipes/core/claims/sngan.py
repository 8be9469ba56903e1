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
            minutes=0.35,
            at_most=0.05,
        ),
        Claim(
            "100-garments",
            "As it is recommended it learns more of a hundred garments than a plain DCGAN from as many reals.",
            data="fashion-100",
            protocol="garments",
        ),
        Claim(
            "1000-garments",
            "As it is recommended it learns more of a thousand garments than a plain DCGAN from as many reals.",
            data="fashion-1000",
            protocol="garments",
        ),
        Claim(
            "5000-garments",
            "As it is recommended it learns more of five thousand garments than a plain DCGAN from as many reals.",
            data="fashion-5000",
            protocol="garments",
        ),
    ),
}
