"""What is claimed of `msgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "msgan": (
        Claim(
            "diversity",
            "Samples of one label differ more than without mode seeking (mean distance in a judge's features).",
            "diversity",
            "digits",
            also=("fid", "label accuracy"),
            options={"width": 16, "weight": 0.03},
            steps=2000,
            seeds=8,
            minutes=0.5,
            beats_options={"weight": 0.0},
            lower_is_better=False,
            quick={"steps": 200},
        ),
        Claim(
            "equal-fid",
            "And their FID is about that of the same game without it (as a share of it).",
            "measure:fid-ratio",
            "digits",
            options={"width": 16, "weight": 0.03},
            steps=2000,
            minutes=1.0,
            at_most=1.1,
            partly=1.3,
            quick={"steps": 200},
        ),
    ),
}
