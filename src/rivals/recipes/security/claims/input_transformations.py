"""What is claimed of `input-transformations`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "input-transformations": (
        Claim(
            "broken",
            "An attack that goes through the compression leaves next to nothing (share named rightly).",
            "measure:accuracy-through",
            "digits",
            source="section 5.2 of arXiv:1802.00420",
            paper=0.0,
            steps=1500,
            minutes=0.5,
            at_most=0.2,
            partly=0.4,
            reduced="Pictures of digits in a ball of norm inf, where the paper has ImageNet in norm 2.",
            quick={"steps": 100},
        ),
        Claim(
            "mnist",
            "An attack that goes through random sizes and places leaves next to nothing (share named rightly).",
            "measure:accuracy-through",
            "mnist",
            source="section 5.3 of arXiv:1802.00420",
            paper=0.0,
            options={"transform": "resize"},
            steps=1500,
            seeds=1,
            minutes=3.0,
            at_most=0.4,
            partly=0.6,
            reduced="Handwritten digits with epsilon .3, where the paper has ImageNet with .031.",
            quick={"steps": 50},
        ),
    ),
}
