"""What is claimed of `multitask-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "multitask-gan": (
        Claim(
            "class-alone",
            "With 50 labels the tasks together name digits better than a trunk that learns the classes alone.",
            "error",
            "digits",
            options={"width": 16, "latent": 32, "labels": 50, "rate": 1e-3},
            steps=400,
            seeds=5,
            minutes=0.3,
            beats_options={"source": 0.0, "rotation": 0.0, "reconstruction": 0.0},
        ),
        Claim(
            "source-alone",
            "The same against a head that reads a trunk which only tells reals from fakes.",
            "error",
            "digits",
            options={"width": 16, "latent": 32, "labels": 50, "rate": 1e-3},
            steps=400,
            seeds=3,
            minutes=0.3,
            beats_options={"classes": 0.0, "rotation": 0.0, "reconstruction": 0.0},
        ),
        Claim(
            "rotation-alone",
            "The same against a head that reads a trunk which only tells how pictures are turned.",
            "error",
            "digits",
            options={"width": 16, "latent": 32, "labels": 50, "rate": 1e-3},
            steps=400,
            seeds=3,
            minutes=0.3,
            beats_options={"source": 0.0, "classes": 0.0, "reconstruction": 0.0},
        ),
        Claim(
            "reconstruction-alone",
            "The same against a head that reads a trunk which only reconstructs.",
            "error",
            "digits",
            options={"width": 16, "latent": 32, "labels": 50, "rate": 1e-3},
            steps=400,
            seeds=3,
            minutes=0.3,
            beats_options={"source": 0.0, "classes": 0.0, "rotation": 0.0},
        ),
    ),
}
