"""What is claimed of `non-robust-features`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "non-robust-features": (
        Claim(
            "any-class",
            "A net that saw only adversarial pictures, named as they were led to, names clean ones rightly (error).",
            "error",
            "fashion",
            source="table 1, D_rand",
            paper=0.367,
            options={"relabel": "any"},
            steps=3000,
            seeds=2,
            minutes=9.0,
            at_most=0.5,
            partly=0.8,
            reduced="Fashion pictures instead of CIFAR-10, small nets, 150,000 pictures each; chance errs .9.",
            quick={"steps": 100},
        ),
        Claim(
            "next-class",
            "The same where each class is led to the one after it, against what the pictures show (error).",
            "error",
            "fashion",
            source="table 1, D_det",
            paper=0.563,
            options={"relabel": "next"},
            steps=3000,
            seeds=2,
            minutes=9.0,
            at_most=0.7,
            partly=0.85,
            reduced="Fashion pictures instead of CIFAR-10, small nets, 150,000 pictures each; chance errs .9.",
            quick={"steps": 100},
        ),
        Claim(
            "digits",
            "Against the same labels on unchanged pictures, of which nothing can be learnt (error).",
            "error",
            "digits",
            source="table 1",
            options={"relabel": "any", "epsilon": 1.5},
            steps=3000,
            seeds=3,
            minutes=1.0,
            beats_options={"epsilon": 0.0},
            reduced="Digits of 8 by 8 pixels instead of CIFAR-10, and small nets.",
            quick={"steps": 100},
        ),
    ),
}
