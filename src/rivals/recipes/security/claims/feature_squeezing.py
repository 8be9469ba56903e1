"""What is claimed of `feature-squeezing`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "feature-squeezing": (
        Claim(
            "caught",
            "Rounding to one bit and small medians find most pictures of an attack that does not know of them (share).",
            "measure:caught-blind",
            "mnist",
            source="table IV",
            paper=0.982,
            steps=1500,
            minutes=3.0,
            at_least=0.9,
            partly=0.6,
            reduced="PGD with epsilon .3 alone, where the paper has eleven attacks.",
            quick={"steps": 50},
        ),
        Claim(
            "evaded",
            "An attack on the squeezed pictures, too, is found much less often (share).",
            "measure:caught-knowing",
            "digits",
            source="section 4 of arXiv:1706.04701",
            options={"depth": 2},
            steps=1500,
            minutes=0.5,
            at_most=0.3,
            partly=0.5,
            quick={"steps": 100},
        ),
    ),
}
