"""What is claimed of `kdgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "kdgan": (
        Claim(
            "distillation",
            "With 50 labels the light student errs less than one that is only distilled from a teacher of the labels.",
            "error",
            "digits",
            source="section 4.1",
            options={"width": 16, "hidden": (16,), "labels": 50},
            steps=400,
            seeds=8,
            minutes=0.2,
            beats_options={"adversarial": 0.0, "gamma": 0.0},
        ),
    ),
}
