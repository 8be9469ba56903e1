"""What is claimed of `resnet-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "resnet-gan": (
        Claim(
            "deep",
            "Deep residual networks train with the regulariser where the plain loss fails (FID).",
            "fid",
            "digits",
            source="section 4",
            also=("precision", "recall"),
            options={"width": 8, "depth": 3, "latent": 16, "rate": 4e-3, "gamma": 0.5},
            steps=300,
            batch=32,
            minutes=0.8,
            beats_options={"gamma": 0.0},
        ),
    ),
}
