"""The best discriminator of two known densities, and what it is worth."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.lab import critics
from rivals.lab.divergences import Masses, js, normal
from rivals.lab.drawing import BLUE, GREEN, GREY, ORANGE, label, panels
from rivals.lab.experiment import Result, Table, experiment
from rivals.networks import mlp
from rivals.objectives import non_saturating

BATCH = 512


@experiment("optimal-discriminator")
def optimal_discriminator(
    *, shifts: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0), steps: int = 600, rate: float = 1e-2, seed: int = 0
) -> Result:
    """A discriminator that is trained to the end is p / (p + q), and its value is the JS divergence in disguise.

    D* = p / (p + q), and C(G) = max_D V(D, G) = -log 4 + 2 JS(p, q), least where q = p. Goodfellow et al. 2014,
    arXiv:1406.2661, proposition 1 and theorem 1. Real: normals of deviation ½ at -2 and 2, half each; generated: the
    same at first, then N(s, 1).

    Args:
        shifts: s, from -8 to 8.
        steps, rate: of the training, with Adam; the rate falls to 0 in a straight line.

    Raises:
        UsageError: for other numbers.
    """
    if not shifts or max(map(abs, shifts)) > 8 or steps < 1 or not rate > 0:
        raise UsageError("shifts are from -8 to 8, at least one; steps are 1 or more; the rate is above 0")
    x, cell = np.linspace(-14, 14, 5601, retstep=True)
    p = _real(x)
    generated = {"q = p": p} | {f"q = N({s:g}, 1)": normal(x, s) for s in shifts}
    rows, found = [], {}
    for name, q in generated.items():
        logits = _train(x, p, q, steps, rate)
        d, best = 1 / (1 + np.exp(-logits)), p / (p + q + 1e-300)
        value = float((-p * np.logaddexp(0, -logits) - q * np.logaddexp(0, logits)).sum() * cell)
        ideal = -math.log(4) + 2 * js(p * cell, q * cell)
        away = float((np.abs(d - best) * (p + q)).sum() * cell / 2)
        rows.append((name, value, ideal, ideal - value, away))
        found[name] = (q, d, best)
    shown = list(generated)[min(2, len(generated) - 1)]
    q, d, best = found[shown]
    at = [int(np.abs(x - place).argmin()) for place in (-3, -2, -1, 0, 1, 2, 3)]
    points = [(round(float(x[i]), 6), float(p[i]), float(q[i]), float(d[i]), float(best[i])) for i in at]

    def draw(figure: Figure) -> None:
        density, judged = panels(figure, 2)
        inside = np.abs(x) < 5
        density.fill_between(x[inside], p[inside], color=BLUE, alpha=0.35, linewidth=0, label="real, p")
        density.fill_between(x[inside], q[inside], color=ORANGE, alpha=0.35, linewidth=0, label="generated, q")
        density.set_ylim(0, 0.62)
        label(density, f"densities, {shown}", "x", legend="upper left")
        judged.plot(x[inside], best[inside], color=GREY, linewidth=4, alpha=0.6, label="p / (p + q)")
        judged.plot(x[inside], d[inside], color=GREEN, linewidth=1.5, label="trained D")
        judged.set_ylim(-0.05, 1.3)
        label(judged, "discriminator", "x", legend="upper left")

    columns = ("generated", "V(D, G)", "-log 4 + 2 JS", "missing", "mean |D - D*|")
    return Result(
        (
            Table("Value of the trained discriminator", columns, rows),
            Table(f"Where {shown}", ("x", "p", "q", "trained D", "p / (p + q)"), points),
        ),
        draw,
        (8.5, 3.2),
    )


def _real(x: Masses) -> Masses:
    return (normal(x, -2, 0.5) + normal(x, 2, 0.5)) / 2


def _train(x: Masses, p: Masses, q: Masses, steps: int, rate: float) -> Masses:
    """Logits on the grid of a network trained on samples of both densities, by its own cross-entropy."""
    net = mlp.critic((1,), [32, 32], activation=nn.Tanh())
    grid = torch.from_numpy(x)
    edges = [torch.from_numpy(f / f.sum()).cumsum(0) for f in (p, q)]

    def draw(n: int, edge: Tensor) -> Tensor:
        at = torch.searchsorted(edge, torch.rand(n, dtype=torch.float64)).clamp_max(len(grid) - 1)
        return grid[at].float()[:, None]

    real, fake = (partial(draw, edge=edge) for edge in edges)
    critics.train(net, real, fake, non_saturating(), steps, rate, batch=BATCH)
    with torch.no_grad():
        logits: Masses = net(grid.float()[:, None]).double().numpy()
    return logits
