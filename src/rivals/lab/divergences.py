"""Divergences of two lists of masses, in nats; a density on a grid is masses p(x) Δx."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Masses = NDArray[np.float64]


def kl(p: Masses, q: Masses) -> float:
    """Σ p log(p / q), infinite where q lacks what p has; (N,), (N,)."""
    held = p > 0
    if (q[held] == 0).any():
        return math.inf
    return float((p[held] * np.log(p[held] / q[held])).sum())


def js(p: Masses, q: Masses) -> float:
    """½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q) / 2; 0 to log 2."""
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


def total_variation(p: Masses, q: Masses) -> float:
    """½ Σ |p - q|; 0 to 1."""
    return float(np.abs(p - q).sum() / 2)


def normal(x: Masses, mean: float = 0.0, std: float = 1.0) -> Masses:
    """The normal density at x."""
    density: Masses = np.exp(-(((x - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))
    return density
