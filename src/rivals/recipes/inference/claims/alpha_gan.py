"""What is claimed of `alpha-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "alpha-gan": (
        Claim(
            "coverage",
            "Ratios of densities cover more of the data than a VAE's divergence and a likeness of features.",
            "coverage",
            "digits",
            also=("fid", "recall", "reconstruction"),
            options={"hidden": (256, 256), "latent": 16, "rate": 1e-3},
            steps=1000,
            batch=64,
            seeds=5,
            minutes=0.4,
            beats="vae-gan",
            beats_options={"hidden": (256, 256), "latent": 16, "rate": 1e-3},
            lower_is_better=False,
        ),
    ),
}
