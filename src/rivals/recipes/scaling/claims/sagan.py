"""What is claimed of `sagan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "sagan": (
        Claim(
            "long-range",
            "Two objects in far corners match more often than in the same game without attention (share of samples).",
            "measure:match",
            "matching-pairs",
            source="section 1",
            options={"width": 16, "latent": 32, "rate": 5e-4, "critic_rate": 2e-3},
            steps=1000,
            batch=32,
            minutes=0.7,
            beats_options={"attention": 0},
            lower_is_better=False,
        ),
    ),
}
