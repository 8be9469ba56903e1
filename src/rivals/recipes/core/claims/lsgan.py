"""What is claimed of `lsgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "lsgan": (
        Claim(
            "far-fakes",
            "The loss pulls at far fakes that the critic takes for real (E |∂ℓ/∂D|; on the critic's boundary it is ½).",
            "measure:far-gradient",
            "ring",
            source="figure 1",
            options={"width": 32, "latent": 2},
            steps=500,
            batch=128,
            seeds=5,
            minutes=0.1,
            at_least=0.5,
            quick={"steps": 100},
        ),
        Claim(
            "cross-entropy",
            "The cross-entropy, with everything else equal, pulls less at such fakes.",
            "measure:far-gradient",
            "ring",
            source="figure 1",
            options={"width": 32, "latent": 2},
            steps=500,
            batch=128,
            seeds=5,
            minutes=0.1,
            beats_options={"objective": "non_saturating"},
            lower_is_better=False,
            quick={"steps": 100},
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: squared errors.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=5.0,
        ),
    ),
}
