"""Two lines that do not meet: which distances notice that they come nearer."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.figure import Figure

from rivals.errors import UsageError
from rivals.lab.divergences import js, kl, total_variation
from rivals.lab.drawing import BLUE, GREY, ORANGE, label, panels
from rivals.lab.experiment import Result, Table, experiment
from rivals.metrics.transport import wasserstein


@experiment("parallel-lines")
def parallel_lines(*, thetas: tuple[float, ...] = (-1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0), points: int = 64) -> Result:
    """Only the earth mover's distance sees how far apart two lines are that do not meet.

    Real: (0, z), generated: (θ, z), z uniform in [0, 1]. For θ ≠ 0: KL = ∞, JS = log 2, W = |θ|; for θ = 0 all are 0.
    So only W has a gradient in θ. Arjovsky et al. 2017, arXiv:1701.07875, example 1.

    Args:
        thetas: θ, each between -100 and 100.
        points: each line is so many atoms of equal mass; at most 1,000.

    Raises:
        UsageError: for other numbers.
    """
    if not thetas or max(map(abs, thetas)) > 100 or not 2 <= points <= 1000:
        raise UsageError("thetas are between -100 and 100, at least one, and points between 2 and 1,000")
    rows = []
    for theta in thetas:
        w, divergences = _distances(theta, points)
        apart = theta != 0
        ideal = (math.inf, math.log(2), 1.0, abs(theta)) if apart else (0.0, 0.0, 0.0, 0.0)
        found = (*divergences, w)
        rows.append((theta, *(value for pair in zip(found, ideal, strict=True) for value in pair)))

    def draw(figure: Figure) -> None:
        lines, moved, jensen = panels(figure, 3)
        z = np.linspace(0, 1, 30)
        lines.plot(0 * z, z, color=BLUE, linewidth=3, label="real")
        lines.plot(0 * z + 0.5, z, color=ORANGE, linewidth=3, label="generated")
        lines.annotate("", (0.48, 0.5), (0.02, 0.5), arrowprops={"arrowstyle": "<->", "color": GREY})
        lines.text(0.25, 0.53, "θ", ha="center", color="#444444")
        lines.set_xlim(-0.5, 1)
        lines.set_ylim(-0.1, 1.45)
        label(lines, "two lines", legend="upper right")
        axis = np.linspace(-1, 1, 41)
        curves = [_distances(theta, 32) for theta in axis]
        moved.plot(axis, [w for w, _ in curves], color=BLUE, linewidth=2)
        label(moved, "earth mover's distance", "θ")
        jensen.plot(axis, [d[1] for _, d in curves], ".", color=ORANGE)
        jensen.set_ylim(-0.05, 1.1)
        moved.set_ylim(-0.05, 1.1)
        label(jensen, "Jensen-Shannon divergence", "θ")

    columns = ("θ", "KL", "theory", "JS", "theory", "TV", "theory", "W", "theory")
    return Result((Table("Distances of the lines, and what theory says", columns, rows),), draw, (8.5, 2.9))


def _distances(theta: float, points: int) -> tuple[float, tuple[float, float, float]]:
    """W, and KL, JS and total variation, of two lines of atoms."""
    z = (torch.arange(points, dtype=torch.float64) + 0.5) / points
    real, made = (torch.stack([torch.full_like(z, x), z], 1) for x in (0.0, theta))
    atoms = sorted({*map(tuple, real.tolist()), *map(tuple, made.tolist())})
    place = {atom: i for i, atom in enumerate(atoms)}
    p, q = np.zeros(len(atoms)), np.zeros(len(atoms))
    for cloud, masses in ((real, p), (made, q)):
        for atom in map(tuple, cloud.tolist()):
            masses[place[atom]] += 1 / points
    return wasserstein(real, made), (kl(p, q), js(p, q), total_variation(p, q))
