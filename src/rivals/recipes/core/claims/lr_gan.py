"""What is claimed of `lr-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "lr-gan": (
        Claim(
            "masks",
            "Background and object separate without labels (overlap of the masks with the objects a segmenter sees).",
            "measure:mask-iou",
            "composed-digits",
            options={"width": 16, "latent": 32},
            steps=3_000,
            batch=32,
            minutes=0.45,
            at_least=0.5,
            partly=0.3,
        ),
    ),
}
