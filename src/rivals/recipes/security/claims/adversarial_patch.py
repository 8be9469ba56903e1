"""What is claimed of `adversarial-patch`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "adversarial-patch": (
        Claim(
            "recall",
            "Of the objects that a detector finds it finds few once they wear the patch (share).",
            "measure:patch-recall",
            "scenes",
            source="table 1, OBJ",
            paper=0.2646,
            steps=600,
            minutes=4.0,
            at_most=0.2646,
            partly=0.5,
            reduced="A small detector of drawn solids, where the paper has YOLOv2 and persons.",
            quick={"steps": 30},
        ),
        Claim(
            "noise",
            "A patch of noise on the same places hides far fewer of them (recall with noise less that with the patch).",
            "measure:patch-gain",
            "scenes",
            source="table 1, OBJ against NOISE",
            paper=0.6068,
            steps=600,
            minutes=4.0,
            at_least=0.4,
            partly=0.2,
            reduced="A small detector of drawn solids, where the paper has YOLOv2 and persons.",
            quick={"steps": 30},
        ),
    ),
}
