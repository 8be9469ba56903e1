"""What is claimed of `loss-sensitive-gan` and `gls-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "loss-sensitive-gan": (
        Claim(
            "margin",
            "A fake's loss is above its real's by their distance (the share of it that a trained critic misses).",
            "measure:margin",
            "ring",
            options={"width": 32, "rate": 1e-3},
            steps=200,
            batch=64,
            minutes=0.15,
            at_most=0.05,
            quick={"steps": 50},
        ),
    ),
    "gls-gan": (
        Claim(
            "ends",
            "At slope 1 the critic's loss is WGAN's, at slope 0 LS-GAN's (largest difference, gradients with it).",
            "measure:gls-ends",
            "ring",
            source="appendix D",
            options={"width": 16},
            steps=100,
            batch=64,
            minutes=0.1,
            at_most=1e-6,
        ),
    ),
}
