"""What is claimed of `vae-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "vae-gan": (
        Claim(
            "sharper",
            "Samples are less blurred than a VAE's (distance of the logarithms of gradient energy to the data's).",
            "measure:sharpness",
            "digits",
            also=("ratio", "copied"),
            options={"hidden": (256, 256), "latent": 16, "rate": 1e-3},
            steps=1000,
            batch=64,
            minutes=0.3,
            beats="vae",
            beats_options={"hidden": (256, 256), "latent": 16},
        ),
        Claim(
            "fid",
            "They are nearer to the data than a VAE's, at no worse a reconstruction.",
            "fid",
            "digits",
            also=("reconstruction", "coverage"),
            options={"hidden": (256, 256), "latent": 16, "rate": 1e-3},
            steps=1000,
            batch=64,
            minutes=0.3,
            beats="vae",
            beats_options={"hidden": (256, 256), "latent": 16},
        ),
    ),
}
