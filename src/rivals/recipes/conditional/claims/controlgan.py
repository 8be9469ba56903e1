"""What is claimed of `controlgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "controlgan": (
        Claim(
            "extrapolation",
            "Told 0 and 1 alone, it goes on where attributes are asked for at -½ and 1½ (share of the way, a mean).",
            "measure:extrapolation",
            "discs",
            options={"width": 16, "latent": 16, "rate": 1e-3, "cool": 0.5},
            steps=1000,
            batch=64,
            minutes=0.7,
            at_least=0.5,
            partly=0.2,
            quick={"steps": 100},
        ),
        Claim(
            "further-than-told",
            "It goes on further than a game whose critic is told the attributes, and sees none beyond the data's.",
            "measure:extrapolation",
            "discs",
            options={"width": 16, "latent": 16, "rate": 1e-3, "cool": 0.5},
            steps=1000,
            batch=64,
            seeds=5,
            minutes=0.6,
            beats="cgan",
            beats_options={"width": 16, "latent": 16, "rate": 1e-3, "cool": 0.5},
            lower_is_better=False,
            quick={"steps": 100},
        ),
    ),
}
