"""What is claimed of `matan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "matan": (
        Claim(
            "faster",
            "A critic that knows the truth makes the error fall faster than a conditional one (equal short budgets).",
            "l1 to truth",
            "edge-digits",
            options={"width": 16},
            steps=300,
            seeds=8,
            minutes=0.2,
            beats="pix2pix",
            beats_options={"width": 16, "dropout": 0.0, "weight": 0.0},
        ),
    ),
}
