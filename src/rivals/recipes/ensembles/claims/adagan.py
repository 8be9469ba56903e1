"""What is claimed of `adagan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "adagan": (
        Claim(
            "rounds",
            "Each round raises the covered mass (the least gain of three rounds).",
            "measure:round-gain",
            "grid",
            source="section 4",
            options={"rounds": 3, "width": 32, "component_options": ("hidden=(64, 64)", "latent=2", "rate=1e-3")},
            steps=3000,
            batch=128,
            minutes=0.25,
            at_least=0.02,
            partly=0.0,
            quick={"steps": 250},
        ),
        Claim(
            "boosting",
            "The boosted mixture covers more mass than one GAN of the same steps in all.",
            "measure:covered-mass",
            "grid",
            source="section 4",
            options={"rounds": 3, "width": 32, "component_options": ("hidden=(64, 64)", "latent=2", "rate=1e-3")},
            steps=3000,
            batch=128,
            seeds=5,
            minutes=0.25,
            beats="gan",
            beats_options={"hidden": (64, 64), "latent": 2, "rate": 1e-3},
            lower_is_better=False,
            quick={"steps": 250},
        ),
    ),
}
