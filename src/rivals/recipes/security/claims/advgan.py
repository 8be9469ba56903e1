"""What is claimed of `advgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "advgan": (
        Claim(
            "digits",
            "One forward pass fools the net that it was trained against nearly as often as PGD (gap of the shares).",
            "measure:behind-pgd",
            "digits",
            source="table 2",
            options={"epsilon": 0.15},
            steps=1500,
            minutes=1.0,
            at_most=0.05,
            partly=0.1,
            quick={"steps": 50},
        ),
        Claim(
            "mnist",
            "One forward pass fools the net that it was trained against nearly as often as PGD (gap of the shares).",
            "measure:behind-pgd",
            "mnist",
            source="table 2",
            steps=1500,
            minutes=5.0,
            at_most=0.05,
            partly=0.1,
            quick={"steps": 50},
        ),
        Claim(
            "success",
            "At epsilon .3 nearly all handwritten digits are named wrongly after one forward pass (share).",
            "measure:generated-success",
            "mnist",
            source="table 2, model A",
            paper=0.979,
            steps=1500,
            minutes=5.0,
            at_least=0.979,
            partly=0.9,
            reduced="Any other class counts, where the paper leads to one that is named; 190,000 pictures seen.",
            quick={"steps": 50},
        ),
    ),
}
