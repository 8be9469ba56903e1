"""What is claimed of `prediction-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "prediction-gan": (
        Claim(
            "bilinear",
            "With prediction, gradient steps find the saddle point of a bilinear game (distance left, of the first).",
            "measure:bilinear",
            "gaussian",
            options={"width": 8, "latent": 8},
            steps=2,
            minutes=0.1,
            at_most=1e-3,
        ),
        Claim(
            "alternation",
            "Plain alternation does not: it keeps its distance.",
            "measure:bilinear",
            "gaussian",
            options={"width": 8, "latent": 8},
            steps=2,
            minutes=0.1,
            beats_options={"prediction": 0.0},
        ),
    ),
}
