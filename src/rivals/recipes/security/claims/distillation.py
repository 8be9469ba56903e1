"""What is claimed of `distillation`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "distillation": (
        Claim(
            "fgsm",
            "One step of .25 along the loss's gradient fools the student less often than at temperature 1 (error).",
            "measure:fgsm-error",
            "mnist",
            source="figure 7",
            options={"temperature": 100.0},
            steps=3000,
            seeds=2,
            minutes=3.0,
            beats_options={"temperature": 1.0},
            reduced="FGSM instead of the saliency map, 150,000 pictures a net, and half of the maps.",
            quick={"steps": 100},
        ),
        Claim(
            "carlini-wagner",
            "The attack on the logits finds adversarial samples of all pictures all the same (share of successes).",
            "measure:cw-success",
            "mnist",
            source="table VI of arXiv:1608.04644",
            paper=1.0,
            options={"temperature": 100.0},
            steps=3000,
            seeds=2,
            minutes=4.0,
            at_least=0.99,
            partly=0.9,
            reduced="100 pictures, 300 steps and 5 searches, no target; 150,000 pictures a net, and half of the maps.",
            quick={"steps": 100},
        ),
    ),
}
