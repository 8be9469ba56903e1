"""What is claimed of `art-dcgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "art-dcgan": (
        Claim(
            "canvas",
            "Details at 128×128 are nearer to the data's than those of dcgan at 64×64, enlarged (ratio of tiles' FID).",
            "measure:canvas",
            "texture-crops",
            options={"width": 8, "critic_width": 8, "rate": 1e-3},
            steps=1600,
            batch=16,
            seeds=2,
            minutes=6.0,
            at_most=1.0,
            quick={"steps": 100},
        ),
    ),
}
