"""What is claimed of `began`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "began": (
        Claim(
            "convergence",
            "M falls while k stays in [0, 1] (M at the end as a share of its first record).",
            "measure:began-balance",
            "digits",
            source="section 3.4",
            options={"gamma": 0.9, "width": 8, "latent": 16, "gain": 0.1, "rate": 5e-4},
            steps=1500,
            minutes=0.5,
            at_most=0.3,
            quick={"steps": 200},
        ),
        Claim(
            "variety",
            "A higher γ gives more various samples (their standard deviation over the data's).",
            "measure:spread",
            "digits",
            source="section 4.2",
            options={"gamma": 0.9, "width": 8, "latent": 16, "gain": 0.1, "rate": 5e-4},
            steps=1500,
            seeds=8,
            minutes=0.5,
            beats_options={"gamma": 0.5},
            lower_is_better=False,
            quick={"steps": 200},
        ),
        Claim(
            "sharpness",
            "A lower γ gives sharper samples (precision, the share of samples that lie among the data).",
            "precision",
            "digits",
            source="section 4.2",
            also=("recall", "fid"),
            options={"gamma": 0.5, "width": 8, "latent": 16, "gain": 0.1, "rate": 5e-4},
            steps=1500,
            seeds=8,
            minutes=0.5,
            beats_options={"gamma": 0.9},
            lower_is_better=False,
            quick={"steps": 200},
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the auto-encoder in equilibrium.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=7.3,
        ),
    ),
}
