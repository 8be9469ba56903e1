"""How well the classes of a data set lie apart, before any network sees it."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import UsageError
from rivals.lab.drawing import BLUE, GREEN, GREY, ORANGE, label, panels
from rivals.lab.experiment import Result, Table, experiment
from rivals.metrics.separability import distance_separability, separability_index


@experiment("separability")
def separability(
    *,
    data: str = "digits",
    samples: int = 1500,
    distances: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0),
    seed: int = 0,
) -> Result:
    """Whether the classes of a data set can be told apart at all.

    Thornton's index is the share of samples whose nearest other sample has the same class. For many samples of two
    normal classes at distance d it is 1 - 2 E η(1 - η), η = p / (p + q) (Cover and Hart 1967): ½ where they coincide.
    The DSI compares the distances within classes with those between them: 0 where they coincide.

    Args:
        data: a set with labels: digits, ring, spiral, a path.
        samples: of it, and of the normal classes; 4 to 20,000.
        distances: of these, in standard deviations, 0 to 20.

    Raises:
        UsageError: for data without labels, or other numbers.
    """
    source = named.load(data)
    if "label" not in source.fields:
        raise UsageError(f"a separability index needs labels, and '{data}' has none: take digits or ring")
    if not 4 <= samples <= 20_000 or not distances or min(distances) < 0 or max(distances) > 20:
        raise UsageError("samples are 4 to 20,000, and distances, one or more, 0 to 20")
    rows = []
    clouds: list[tuple[Tensor, Tensor]] = []
    for d in distances:
        y = torch.arange(samples) % 2
        x = torch.randn(samples, 2) + torch.tensor([[d, 0.0]]) * y[:, None]
        clouds.append((x, y))
        rows.append(
            (f"two normals, d = {d:g}", separability_index(x, y), limit(d), distance_separability(x, y, seed=seed))
        )
    x, y = source.draw([source.main, "label"], seed=seed, start=0, size=samples)
    x = decoded(x).flatten(1)
    mixed = y[torch.randperm(len(y))]
    share = (torch.bincount(y) / len(y)).square().sum().item()
    own = [
        (data, separability_index(x, y), "", distance_separability(x, y, seed=seed)),
        (f"{data}, labels shuffled", separability_index(x, mixed), share, distance_separability(x, mixed, seed=seed)),
    ]

    def draw(figure: Figure) -> None:
        near, far, curve = panels(figure, 3)
        for axes, place in ((near, min(2, len(clouds) - 1)), (far, len(clouds) - 1)):
            points, classes = clouds[place]
            for c, colour in ((0, BLUE), (1, ORANGE)):
                axes.scatter(
                    points[classes == c, 0][:300],
                    points[classes == c, 1][:300],
                    s=7,
                    color=colour,
                    alpha=0.55,
                    linewidths=0,
                )
            axes.set_aspect("equal", "datalim")
            label(axes, f"d = {distances[place]:g}: index {rows[place][1]:.2f}")
        line = np.linspace(0, max(*distances, 0.1), 60)
        curve.plot(line, [limit(d) for d in line], color=GREY, linewidth=1.5, label="1 - 2 E η(1 - η)")
        curve.plot(distances, [row[1] for row in rows], "o", color=BLUE, label="index")
        curve.plot(distances, [row[3] for row in rows], "s-", color=GREEN, label="DSI", markersize=4, linewidth=1)
        curve.set_ylim(-0.05, 1.05)
        label(curve, "two normal classes", "distance", legend="lower right")

    columns = ("data", "index", "theory", "DSI")
    return Result((Table(f"Separability, {samples} samples", columns, [*rows, *own]),), draw, (9.5, 3.2))


def limit(d: float) -> float:
    """The index of infinitely many samples of two normal classes at distance d, 1 - 2 E η(1 - η), by quadrature."""
    t = np.linspace(-9, d + 9, 4001)
    p, q = (np.exp(-((t - at) ** 2) / 2) / math.sqrt(2 * math.pi) for at in (0.0, d))
    return float(1 - 2 * np.trapezoid(p * q / (p + q) / 2, t))
