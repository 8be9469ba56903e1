"""What the claims of one table have in common, stated once; docs/evaluation.md says why it is so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COVERAGE: dict[str, Any] = {
    "metric": "modes",
    "also": ("high quality", "reverse kl"),
    "batch": 128,
    "samples": 2500,
    "seeds": 5,
    "minutes": 0.7,
    "quick": {"steps": 250},
}

PROTOCOLS: Mapping[str, Mapping[str, Any]] = {
    "ring": _COVERAGE | {"data": "ring", "table": "Mode coverage, ring"},
    "grid": _COVERAGE | {"data": "grid", "table": "Mode coverage, grid"},
    "stacked": {
        "metric": "modes",
        "data": "stacked-digits",
        "also": ("reverse kl",),
        "table": "Stacked digits",
        "steps": 4000,
        "batch": 64,
        "samples": 26_000,
        "quick": {"steps": 400},
    },
    "triangles": {
        "metric": "measure:triangles-f1",
        "data": "small-triangles",
        "source": "Lucic et al. 2018, section 5",
        "table": "Triangles",
        "steps": 4000,
        "batch": 64,
        "seeds": 1,
        "at_least": 0.4,
        "partly": 0.25,
        "quick": {"steps": 150},
    },
    "garments": {
        "metric": "fid",
        "table": "Few garments",
        "also": ("precision", "recall", "nearer than held-out"),
        "options": {"width": 16, "latent": 64, "rate": 1e-3, "betas": (0.0, 0.9)},
        "steps": 1500,
        "batch": 64,
        "samples": 2000,
        "minutes": 1.5,
        "beats": "dcgan",
        "beats_options": {"width": 16, "latent": 64},
        "quick": {"steps": 50},
    },
    "madry": {
        "data": "mnist",
        "table": "MNIST under attacks of .3",
        "options": {"width": 16, "dense": 128, "inner": 5, "inner_step": 0.1, "rate": 1e-3, "cool": 0.5},
        "steps": 4000,
        "batch": 50,
        "seeds": 1,
        "minutes": 12.0,
        "reduced": "Half the maps, an eighth of the dense units, 5 inner steps and 200,000 pictures seen.",
        "quick": {"steps": 50},
    },
}
"""Name -> fields of `rivals.catalog.Claim` that a claim of this protocol has where it does not state its own."""
