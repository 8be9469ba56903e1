"""Two normal densities that drift apart: divergences that stop to care, and one that does not."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from rivals.errors import UsageError
from rivals.lab.divergences import Masses, js, kl, normal, total_variation
from rivals.lab.drawing import BLUE, GREEN, GREY, ORANGE, label, panels
from rivals.lab.experiment import Result, Table, experiment

CELLS = 20_000
"""Of the grid that integrals are taken on."""


@experiment("js-saturates")
def js_saturates(*, distances: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)) -> Result:
    """Apart from each other, two densities are log 2 from each other in JS, however far; W goes on to grow.

    N(0, 1) against N(d, 1): KL = d² / 2, total variation = erf(d / √8), W = d, and JS ≤ log 2 with
    log 2 - JS ≤ log 2 · e^(-d²/8). The generator's push is the slope in d: 1 for W, and soon nothing for JS.

    Args:
        distances: d, from 0 to 25; beyond, densities are too small for numbers.

    Raises:
        UsageError: for other distances.
    """
    if not distances or min(distances) < 0 or max(distances) > 25:
        raise UsageError("distances are from 0 to 25, and at least one")
    rows = []
    for d in distances:
        p, q, w = _pair(d)
        left = math.log(2) - js(p, q)
        plain = kl(p, q), d * d / 2, total_variation(p, q), math.erf(d / math.sqrt(8)), w, d
        rows.append((d, *plain, js(p, q), left if left > 1e-12 else 0.0, math.log(2) * math.exp(-d * d / 8), _push(d)))

    def draw(figure: Figure) -> None:
        axis = np.linspace(0, 8, 65)
        value, slope = panels(figure, 2)
        pairs = [_pair(d) for d in axis]
        jensen = [js(p, q) for p, q, _ in pairs]
        value.plot(axis, [w for *_, w in pairs], color=BLUE, linewidth=2, label="W")
        value.plot(axis, [kl(p, q) for p, q, _ in pairs], color=GREEN, linewidth=2, label="KL")
        value.plot(axis, jensen, color=ORANGE, linewidth=2, label="JS")
        value.axhline(math.log(2), color=GREY, linewidth=1, linestyle="--", label="log 2")
        value.set_ylim(0, 4)
        label(value, "distance of N(0, 1) and N(d, 1)", "d", legend="upper right")
        slope.plot(axis, np.gradient([w for *_, w in pairs], axis), color=BLUE, linewidth=2, label="W")
        slope.plot(axis, np.gradient(jensen, axis), color=ORANGE, linewidth=2, label="JS")
        slope.set_ylim(-0.05, 1.15)
        label(slope, "slope in d", "d", legend="center right")

    columns = ("d", "KL", "d²/2", "TV", "erf(d/√8)", "W", "|d|", "JS", "log 2 - JS", "at most", "slope of JS")
    return Result((Table("N(0, 1) against N(d, 1), and the closed forms", columns, rows),), draw, (8.5, 3.2))


def _pair(d: float) -> tuple[Masses, Masses, float]:
    """Masses of both densities on a grid, and W = ∫ |F_p - F_q|."""
    x, step = np.linspace(-9, d + 9, CELLS, retstep=True)
    p, q = normal(x) * step, normal(x, d) * step
    return p, q, float(np.abs(np.cumsum(p - q)).sum() * step)


def _push(d: float, h: float = 1e-3) -> float:
    """The slope of JS in d, by a difference."""
    slope = (js(*_pair(d + h)[:2]) - js(*_pair(d - h)[:2])) / (2 * h)
    return slope if abs(slope) > 1e-9 else 0.0  # rounding
