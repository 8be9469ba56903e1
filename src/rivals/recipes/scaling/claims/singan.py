"""What is claimed of `singan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "singan": (
        Claim(
            "patches",
            "Patches of samples are nearer to the picture's than those of the picture with its tiles shuffled (ratio).",
            "measure:single-image-fid",
            "one-texture",
            source="section 4",
            options={"width": 16, "smallest": 12},
            steps=240,
            batch=2,
            minutes=1.0,
            at_most=1.0,
        ),
    ),
}
