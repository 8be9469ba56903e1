"""What is claimed of `age-cgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "age-cgan": (
        Claim(
            "person",
            "A face whose age is changed stays the same person's (distance of embeddings, in units of that of two "
            "people; the attribute that stands for age is long hair).",
            "measure:edited-identity",
            "small-faces",
            options={"width": 16, "latent": 16, "rate": 1e-3},
            steps=1500,
            batch=32,
            minutes=1.0,
            at_most=0.8,
            partly=1.0,
            quick={"steps": 200},
        ),
        Claim(
            "age",
            "The age moves (share of edits that the judge sees; the attribute that stands for age is long hair).",
            "measure:edited-attribute",
            "small-faces",
            options={"width": 16, "latent": 16, "rate": 1e-3},
            steps=1500,
            batch=32,
            minutes=1.0,
            at_least=0.9,
            partly=0.75,
            quick={"steps": 200},
        ),
    ),
}
