"""What is claimed of `spectral-regularised-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "spectral-regularised-gan": (
        Claim(
            "spectrum-first",
            "Under spectral normalisation the critic's singular values collapse no later than the samples' modes (by "
            "what share of the training they are ahead).",
            "measure:spectrum-first",
            "ring",
            source="section 3",
            options={"compensation": "none", "width": 16, "latent": 4, "rate": 1e-2, "betas": (0.5, 0.9)},
            steps=600,
            batch=64,
            minutes=0.4,
            at_least=0.0,
        ),
        Claim(
            "grid",
            "With its singular values kept up, the same critic keeps more of the modes at a rate at which plain "
            "spectral normalisation loses them.",
            "reverse kl",
            "grid",
            source="section 5",
            options={"width": 16, "latent": 4, "rate": 5e-3, "betas": (0.5, 0.9)},
            steps=800,
            batch=64,
            samples=2500,
            seeds=8,
            minutes=0.2,
            beats_options={"compensation": "none"},
            also=("modes", "high quality"),
            quick={"steps": 200},
        ),
    ),
}
