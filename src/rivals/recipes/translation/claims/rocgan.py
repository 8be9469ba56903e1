"""What is claimed of `rocgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "rocgan": (
        Claim(
            "noise",
            "Noise in the inputs adds less error than it does to pix2pix (rise of the mean absolute error where a "
            "tenth and a quarter of an input's numbers are noise).",
            "measure:noise-rise",
            "edge-digits",
            options={"width": 16, "code": 64, "rate": 1e-3, "copying": 50.0, "latent": 5.0},
            steps=600,
            seeds=5,
            minutes=0.4,
            beats="pix2pix",
            beats_options={"width": 16, "rate": 1e-3},
            quick={"steps": 100},
        ),
        Claim(
            "second-way",
            "With noise in the inputs the error is below that of the same translator without the second way.",
            "measure:noisy-l1",
            "edge-digits",
            options={"width": 16, "code": 64, "rate": 1e-3, "copying": 50.0, "latent": 5.0},
            steps=600,
            seeds=5,
            minutes=0.4,
            beats_options={"width": 16, "code": 64, "rate": 1e-3, "copying": 0.0, "latent": 0.0},
            quick={"steps": 100},
        ),
    ),
}
