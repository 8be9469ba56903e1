"""What is claimed of `rbm`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "rbm": (
        Claim(
            "pixels",
            "Few hidden units know more of black and white digits than pixels that know no others (nats a picture).",
            "measure:gain-on-pixels",
            "digits",
            options={"hidden": 16},
            steps=2000,
            minutes=0.3,
            at_least=2.0,
        ),
        Claim(
            "samples",
            "Chains that start from noise end at digits: FID below 10, where training data have 1.4.",
            "fid",
            "digits",
            also=("precision", "recall"),
            options={"hidden": 100, "k": 5, "cool": 0.5},
            steps=3000,
            minutes=0.6,
            at_most=10.0,
            partly=15.0,
        ),
    ),
}
