"""What is claimed of `makegirls`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "makegirls": (
        Claim(
            "attributes",
            "Faces have the attributes that were asked for (share of right ones, by a classifier of real faces).",
            "measure:attribute-accuracy",
            "small-faces",
            options={"width": 32, "latent": 32, "blocks": (2, 1), "adversarial": 1.0, "rate": 1e-3, "cool": 0.5},
            steps=1000,
            batch=32,
            minutes=1.6,
            at_least=0.85,
            partly=0.75,
            quick={"steps": 100},
        ),
    ),
}
