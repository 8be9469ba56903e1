"""What is claimed of `stabilizing-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "stabilizing-gan": (
        Claim(
            "gradient",
            "The generator's gradient of the paper's saturating loss does not vanish (norm over the last fifth of the "
            "training, in units of that over the first).",
            "measure:gradient-kept",
            "digits",
            options={"critics": 6, "width": 16, "objective": "minimax"},
            steps=600,
            batch=64,
            minutes=0.45,
            at_least=1.0,
        ),
        Claim(
            "gradient-of-dcgan",
            "That of a DCGAN, which is one critic without projection, does.",
            "measure:gradient-kept",
            "digits",
            options={"critics": 6, "width": 16, "objective": "minimax"},
            steps=600,
            batch=64,
            minutes=0.45,
            beats="dcgan",
            beats_options={"width": 16, "objective": "minimax"},
            lower_is_better=False,
        ),
    ),
}
