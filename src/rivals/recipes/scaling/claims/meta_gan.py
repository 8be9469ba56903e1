"""What is claimed of `meta-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "meta-gan": (
        Claim(
            "new-digit",
            "Eight pictures of a digit never seen and ten steps make samples nearer to it than the same steps from "
            "random weights do (FID, as a share of theirs).",
            "measure:new-class",
            "digits",
            source="section 4",
            options={"width": 32, "latent": 16, "rate": 1e-3, "inner_rate": 3e-2, "held_out": 1},
            steps=600,
            batch=8,
            minutes=0.6,
            at_most=0.5,
            quick={"steps": 100},
        ),
        Claim(
            "adapts",
            "It is those steps that bring them there (FID of samples, as a share of that before the steps).",
            "measure:new-class-gain",
            "digits",
            source="section 4",
            options={"width": 32, "latent": 16, "rate": 1e-3, "inner_rate": 3e-2, "held_out": 1},
            steps=600,
            batch=8,
            minutes=0.6,
            at_most=0.8,
            quick={"steps": 100},
        ),
        Claim(
            "new-letters",
            "The same of five letters that are held out, one at a time.",
            "measure:new-class",
            "letters",
            source="section 4",
            options={"width": 32, "latent": 16, "rate": 1e-3, "inner_rate": 3e-2, "held_out": 5},
            steps=600,
            batch=8,
            minutes=0.6,
            at_most=0.5,
            quick={"steps": 100},
        ),
    ),
}
