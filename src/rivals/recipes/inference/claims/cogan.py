"""What is claimed of `cogan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "cogan": (
        Claim(
            "pairs",
            "What one latent makes in both domains belongs together, though no pair was seen (share of pixels in which "
            "the outline of a made digit is the outline made with it).",
            "measure:pair-agreement",
            "edge-digits",
            source="section 4",
            paper=0.952,
            options={"width": 16, "latent": 32, "rate": 5e-4},
            steps=1500,
            batch=32,
            minutes=0.9,
            at_least=0.94,
            partly=0.9,
            reduced="Digits of 16×16 for MNIST.",
            quick={"steps": 200},
        ),
        Claim(
            "sharing",
            "Without shared weights the halves of a pair have less to do with each other.",
            "measure:pair-agreement",
            "edge-digits",
            source="section 4",
            options={"width": 16, "latent": 32, "rate": 5e-4},
            steps=1500,
            batch=32,
            minutes=0.9,
            lower_is_better=False,
            beats_options={"width": 16, "latent": 32, "rate": 5e-4, "shared": False},
            quick={"steps": 200},
        ),
        Claim(
            "adaptation",
            "A classifier on what the critics share, told the labels of MNIST alone, names USPS (share).",
            "measure:adapted-accuracy",
            "mnist-usps",
            source="section 5",
            paper=0.912,
            options={"width": 16, "latent": 32, "rate": 5e-4, "alike": 5.0},
            steps=1500,
            batch=32,
            minutes=1.0,
            at_least=0.91,
            partly=0.85,
            reduced="Pictures of 16×16 for 28×28.",
            quick={"steps": 200},
        ),
    ),
}
