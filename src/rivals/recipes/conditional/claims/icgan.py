"""What is claimed of `icgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "icgan": (
        Claim(
            "edited",
            "A real sample that is edited to another class is of that class (share, as the data's judge sees it; the "
            "labels of digits stand for the attributes of faces).",
            "measure:relabelled",
            "digits",
            options={"width": 16, "latent": 16, "rate": 5e-4},
            steps=1500,
            batch=64,
            minutes=0.5,
            at_least=0.9,
            partly=0.8,
            quick={"steps": 300},
        ),
        Claim(
            "kept",
            "An edit keeps who it is (distance of a sample to its edit within its class, in units of the distance of "
            "two samples of that class).",
            "measure:edit-kept",
            "digits",
            options={"width": 16, "latent": 16, "rate": 5e-4},
            steps=1500,
            batch=64,
            minutes=0.5,
            at_most=0.8,
            partly=1.0,
            quick={"steps": 300},
        ),
    ),
}
