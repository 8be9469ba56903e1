"""Why modes are bridged: the map that is asked for has a jump, and a network has none."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.special import ndtr
from torch import Tensor

from rivals.errors import UsageError
from rivals.lab.drawing import BLUE, GREEN, GREY, ORANGE, label, panels
from rivals.lab.experiment import Cell, Result, Table, experiment
from rivals.networks import mlp


@experiment("broken-map")
def broken_map(
    *, gaps: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0), steps: int = 500, width: int = 32, seed: int = 0
) -> Result:
    """The best map from one normal to two modes jumps; a network, being continuous, leaves samples in the gap.

    z ~ N(0, 1) is to become two halves, uniform on [-g/2 - 1, -g/2] and [g/2, g/2 + 1]. The map of least transport is
    T = F⁻¹ ∘ Φ, which jumps by g at 0 (Lei et al. 2019, arXiv:1902.02934). A G of slope at most L needs an interval of
    length g / L to cross, so if it crosses at 0, at least 2Φ(g / 2L) - 1 of its samples lie in the gap.

    Args:
        gaps: g, above 0 and up to 20.
        steps, width: of a network trained on E |G(z) - T(z)|, with the answers given: no game, nothing to collapse.

    Raises:
        UsageError: for other numbers.
    """
    if not gaps or min(gaps) <= 0 or max(gaps) > 20 or min(steps, width) < 1:
        raise UsageError("gaps are above 0 and up to 20, at least one; steps and width are 1 or more")
    rows: list[tuple[Cell, ...]] = []
    maps: dict[float, Tensor] = {}
    z = torch.linspace(-4, 4, 8001)
    for gap in gaps:
        net = mlp.mlp([1, width, width, 1], torch.nn.Tanh())
        optimizer = torch.optim.Adam(net.parameters(), 1e-2, fused=True)
        fall = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
        for _ in range(steps):
            latent = torch.randn(256, 1)
            loss = (net(latent) - target(latent, gap)).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            fall.step()
        with torch.no_grad():
            made = net(z[:, None])[:, 0]
        slope = ((made[1:] - made[:-1]) / (z[1:] - z[:-1])).abs().max().item()
        share = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
        inside = (share * (made.abs() < gap / 2)).sum().item()
        rows.append((gap, slope, inside, float(2 * ndtr(gap / 2 / slope) - 1)))
        maps[gap] = made

    def draw(figure: Figure) -> None:
        curve, bars = panels(figure, 2)
        gap = gaps[min(2, len(gaps) - 1)]
        ideal = target(z, gap)
        for side in (z < 0, z > 0):
            curve.plot(z[side], ideal[side], color=GREY, linewidth=4, alpha=0.6, label="T" if side[0] else None)
        curve.plot(z, maps[gap], color=GREEN, linewidth=1.5, label="network")
        curve.axhspan(-gap / 2, gap / 2, color="#f3e3d3", linewidth=0, label="gap")
        label(curve, f"map to two modes, gap {gap:g}", "z", "G(z)", legend="upper left")
        places = np.arange(len(gaps))
        bars.bar(places - 0.2, [float(row[2]) for row in rows], 0.38, color=ORANGE, label="in the gap")
        bars.bar(places + 0.2, [float(row[3]) for row in rows], 0.38, color=BLUE, label="at least")
        bars.set_xticks(places, [f"{g:g}" for g in gaps])
        bars.set_ylim(0, 1.3 * max(float(row[2]) for row in rows))
        label(bars, "share of samples between the modes", "gap", legend="upper right")

    columns = ("gap", "steepest slope L", "in the gap", "at least 2Φ(g/2L) - 1")
    return Result((Table("Networks trained on the map itself", columns, rows),), draw, (8.5, 3.2))


def target(z: Tensor, gap: float) -> Tensor:
    """T(z) = F⁻¹(Φ(z)): quantiles to quantiles."""
    u = torch.special.ndtr(z)
    return torch.where(u < 0.5, -gap / 2 - 1 + 2 * u, gap / 2 + 2 * u - 1)
