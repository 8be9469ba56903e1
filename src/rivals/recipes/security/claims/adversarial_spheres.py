"""What is claimed of `adversarial-spheres`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "adversarial-spheres": (
        Claim(
            "bound",
            "Errors lie on average no further away than -Φ⁻¹(μ)/√n of a share of errors μ (distance over that bound).",
            "measure:spheres-distance",
            "spheres-500",
            source="the bound on the average distance to the nearest error, and its figure",
            paper=1.0,
            options={"hidden": 1000},
            steps=1000,
            minutes=1.0,
            at_most=1.0,
            partly=1.1,
            reduced="50,000 points seen instead of 50 million, so that there are errors that can be counted.",
            quick={"steps": 100},
        ),
        Claim(
            "near-the-bound",
            "The error set of a trained net is nearly as far away as any set of its size could be (the same ratio).",
            "measure:spheres-distance",
            "spheres-500",
            source="the bound on the average distance to the nearest error, and its figure",
            paper=1.0,
            options={"hidden": 1000},
            steps=1000,
            minutes=1.0,
            at_least=0.7,
            partly=0.5,
            reduced="50,000 points seen instead of 50 million, so that there are errors that can be counted.",
            quick={"steps": 100},
        ),
    ),
}
