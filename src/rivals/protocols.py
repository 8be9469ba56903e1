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
    "minutes": 0.4,
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
        "steps": 1500,
        "batch": 64,
        "seeds": 1,
        "at_least": 0.4,
        "partly": 0.25,
        "quick": {"steps": 150},
    },
}
"""Name -> fields of `rivals.catalog.Claim` that a claim of this protocol has where it does not state its own."""
