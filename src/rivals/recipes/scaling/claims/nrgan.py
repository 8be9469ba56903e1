"""What is claimed of `nrgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "nrgan": (
        Claim(
            "known-family",
            "From noisy digits, with noise that it knows to be normal, it makes cleaner ones than a plain GAN does.",
            "fid",
            "noisy-digits",
            source="SI-NR-GAN-I",
            options={"noise": "gaussian", "width": 8, "latent": 16, "rate": 2e-3, "gamma": 0.2},
            steps=800,
            batch=64,
            minutes=0.4,
            beats="dcgan",
            beats_options={"width": 8, "latent": 16, "rate": 1e-3},
            also=("precision", "recall"),
            quick={"steps": 200},
        ),
        Claim(
            "unknown-family",
            "Nor need it know that: that noise may be turned and change its sign is enough.",
            "fid",
            "noisy-digits",
            source="SI-NR-GAN-II",
            options={"noise": "invariant", "width": 8, "latent": 16, "rate": 2e-3, "gamma": 0.2},
            steps=800,
            batch=64,
            minutes=0.4,
            beats="dcgan",
            beats_options={"width": 8, "latent": 16, "rate": 1e-3},
            also=("precision", "recall"),
            quick={"steps": 200},
        ),
        Claim(
            "below-the-data",
            "Its digits are nearer to clean ones than the data that it learnt from (36.4), as no copy of them can be.",
            "fid",
            "noisy-digits",
            source="SI-NR-GAN-I",
            options={"noise": "gaussian", "width": 8, "latent": 16, "rate": 2e-3, "gamma": 0.2},
            steps=800,
            batch=64,
            minutes=0.4,
            at_most=24.0,
            quick={"steps": 200},
        ),
    ),
}
