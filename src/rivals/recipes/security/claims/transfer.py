"""What is claimed of `transfer`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "transfer": (
        Claim(
            "others",
            "Samples made on one net fool nets of other forms, without a target (share, mean of 20 pairs).",
            "transfer",
            "mnist",
            source="table 2",
            also=("ensemble transfer", "ensemble gain"),
            steps=1000,
            seeds=2,
            minutes=4.0,
            at_least=0.5,
            partly=0.3,
            reduced="Five small nets on MNIST, PGD in norm inf with ε = .2, 200 pictures.",
            quick={"steps": 50},
        ),
        Claim(
            "ensemble",
            "Samples made on four nets at once fool the fifth more often than those of one (difference of shares).",
            "ensemble gain",
            "mnist",
            source="table 4 against table 2",
            also=("transfer", "ensemble transfer"),
            steps=1000,
            seeds=2,
            minutes=4.0,
            at_least=0.05,
            partly=0.0,
            reduced="Five small nets on MNIST, PGD in norm inf with ε = .2, 200 pictures.",
            quick={"steps": 50},
        ),
    ),
}
