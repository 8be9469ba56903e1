"""What is claimed of `ssgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "ssgan": (
        Claim(
            "labels-alone",
            "Samples without a label help: with 50 labels it errs less than the same net on the labels alone.",
            "error",
            "digits",
            source="table 1",
            options={"width": 16, "latent": 32, "labels": 50, "rate": 1e-3},
            steps=400,
            seeds=5,
            minutes=0.2,
            beats_options={"unlabelled": 0.0},
        ),
    ),
}
