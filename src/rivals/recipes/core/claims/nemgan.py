"""What is claimed of `nemgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "nemgan": (
        Claim(
            "mode-shares",
            "The shares of the latent modes become those of unequal classes (largest distance, in points of 100).",
            "measure:mode-shares",
            "unbalanced-digits",
            options={"width": 16, "latent": 16},
            steps=1_500,
            batch=64,
            minutes=0.5,
            at_most=3.0,
            partly=6.0,
        ),
        Claim(
            "learnt-prior",
            "A prior with learnt shares gives samples nearer to unequal classes than a uniform one.",
            "fid",
            "unbalanced-digits",
            options={"width": 16, "latent": 16},
            steps=1_500,
            batch=64,
            seeds=8,
            minutes=0.5,
            beats_options={"width": 16, "latent": 16, "learnt": False},
        ),
    ),
}
