"""What is claimed of `wgan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "wgan": (
        Claim(
            "distance",
            "The critic's estimate follows the earth mover's distance (rank correlation over pairs of known W1: normal "
            "distributions in 2, 8 and 32 dimensions, two lines; the smallest of the four).",
            "measure:critic-rank",
            "grid",
            source="example 1 and algorithm 1",
            table="The critic and the earth mover's distance",
            steps=800,
            minutes=0.75,
            at_least=0.95,
        ),
        Claim(
            "clipping",
            "Clipping drives the critic's weights to the two ends of their range (share within 1 % of the bound).",
            "measure:weights-at-bound",
            "grid",
            source="figure 1 of arXiv:1704.00028",
            table="Weights at the bound",
            steps=800,
            minutes=0.3,
            at_least=0.5,
        ),
        Claim(
            "clipping-or-penalty",
            "A gradient penalty leaves no such spikes (share of weights within 1 % of the largest).",
            "measure:weights-at-bound",
            "grid",
            source="figure 1 of arXiv:1704.00028",
            table="Weights at the bound",
            steps=800,
            minutes=0.35,
            beats="wgan-gp",
            lower_is_better=False,
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: clipped weights.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            steps=1500,
            minutes=5.5,
        ),
    ),
}
