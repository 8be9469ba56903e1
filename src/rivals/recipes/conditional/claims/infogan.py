"""What is claimed of `infogan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "infogan": (
        Claim(
            "code-error",
            "The categorical code names the digit (share of held-out digits that Q's code names wrongly).",
            "measure:code-error",
            "mnist",
            source="section 7.2",
            paper=0.05,
            options={"width": 16, "hidden": 64},
            steps=4000,
            batch=64,
            seeds=1,
            minutes=8.0,
            at_most=0.1,
            partly=0.2,
            reduced="A quarter of the channels and four epochs; the paper trains for fifty.",
            quick={"steps": 200},
        ),
        Claim(
            "slant-and-width",
            "Each of two continuous codes moves one shape of the strokes: slant and width (the smaller correlation).",
            "measure:code-shapes",
            "mnist",
            source="figure 2",
            options={"width": 16, "hidden": 64},
            steps=4000,
            batch=64,
            seeds=1,
            minutes=8.0,
            at_least=0.5,
            partly=0.3,
            quick={"steps": 200},
        ),
    ),
}
