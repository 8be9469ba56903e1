"""What is claimed of `adversarial-texture`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "adversarial-texture": (
        Claim(
            "lost",
            "Before the texture a tracker overlaps its target much less than before the picture it was made of (fall).",
            "measure:overlap-fall",
            "faces",
            source="section 4, figure 4",
            steps=600,
            minutes=3.0,
            at_least=0.2,
            partly=0.1,
            reduced="A small tracker in flat scenes, where the paper has GOTURN in a simulator.",
            quick={"steps": 30},
        ),
    ),
}
