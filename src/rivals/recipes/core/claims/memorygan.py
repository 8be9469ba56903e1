"""What is claimed of `memorygan`, and the figures that count as showing it."""

from __future__ import annotations

from rivals.catalog import Claim

CLAIMS = {
    "memorygan": (
        Claim(
            "clusters",
            "The memory's slots align with classes better than as many clusters of k-means (points of accuracy above).",
            "measure:memory-clusters",
            "digits",
            options={"width": 16, "slots": 40, "rate": 1e-3, "concentration": 60.0, "weight": 3.0},
            steps=1_000,
            minutes=0.25,
            at_least=0.5,
        ),
    ),
}
