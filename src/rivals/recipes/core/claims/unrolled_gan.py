"""What is claimed of `unrolled-gan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "unrolled-gan": (
        Claim(
            "ring",
            "Five foreseen steps keep most of the eight modes of a ring (VEEGAN, arXiv:1705.07761, table 1).",
            protocol="ring",
            paper=7.6,
            options={"critic_rate": 1e-3, "cool": 0.5},
            steps=5000,
            minutes=1.8,
            at_least=7.6,
            reduced="A fifth of the paper's steps at ten times its critic's rate, and batches of 128 for 512.",
        ),
        Claim(
            "grid",
            "Five foreseen steps keep most of the 25 modes of a grid (VEEGAN, arXiv:1705.07761, table 1).",
            protocol="grid",
            paper=23.6,
            options={"critic_rate": 1e-3, "cool": 0.5},
            steps=5000,
            minutes=1.8,
            at_least=23.6,
            reduced="A fifth of the paper's steps at ten times its critic's rate, and batches of 128 for 512.",
        ),
        Claim(
            "stacked",
            "Two foreseen steps keep more of a thousand modes than none.",
            protocol="stacked",
            source="the table on stacked MNIST, whose 65.4 modes are of one step and 236.4 of five; of none 30.6",
            paper=236.4,
            options={"unroll": 2, "width": 4, "latent": 100, "rate": 1e-3, "critic_rate": 1e-3},
            seeds=5,
            minutes=0.95,
            beats_options={"unroll": 0},
            lower_is_better=False,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
    ),
}
