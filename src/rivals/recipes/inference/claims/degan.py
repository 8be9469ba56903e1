"""What is claimed of `degan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "degan": (
        Claim(
            "sooner",
            "At a small budget, in which the VAE's steps count, samples are nearer to the data than the DCGAN's.",
            "fid",
            "digits",
            also=("coverage",),
            options={"width": 8, "latent": 10, "hidden": (128, 128), "share": 0.4, "copy": True, "matching": 0.0},
            steps=800,
            batch=64,
            seeds=8,
            minutes=0.3,
            beats="dcgan",
            beats_options={"width": 8, "latent": 10},
        ),
    ),
}
