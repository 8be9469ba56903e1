"""What training made of a critic's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import RivalsError
from rivals.nn.spectrum import operator_norm
from rivals.store.model import load

BINS = 20


@measure("weights-at-bound")
def at_bound(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The share of the critic's weights whose size is within 1 % of the largest one: clipping's two spikes.

    Arjovsky et al. 2017, arXiv:1701.07875, and Gulrajani et al. 2017, arXiv:1704.00028, figure 1.

    Args:
        run: folder of a trained declarative game.
        data: what it was trained on; not looked at.
        seed: of nothing here.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, in [0, 1]; the protocol has "histogram", shares of weights over [-1, 1] in units of the largest.

    Raises:
        RivalsError: for another kind of game.
    """
    critic = _critic(run, recipe)
    weights = torch.cat([weight.detach().flatten() for weight in critic.parameters()])
    relative = weights / weights.abs().max()
    histogram = torch.histc(relative, BINS, -1, 1) / len(relative)
    protocol: dict[str, Any] = {"weights": len(weights), "bound": round(weights.abs().max().item(), 6)}
    protocol["histogram"] = [round(share, 4) for share in histogram.tolist()]
    return Figure((relative.abs() >= 0.99).double().mean().item(), protocol=protocol)


@measure("singular-values")
def singular_values(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far a critic's layer is from the largest singular value 1, at worst, by exact decomposition in float64.

    Kernels are taken as matrices of as many rows as they have outputs, as in Miyato et al. 2018, arXiv:1802.05957,
    section 2.1. Arguments as `at_bound`; `data` gives the shapes that convolutions see.

    Returns:
        The deviation; `also` has the smallest and largest of those values, and of the layers' true operator norms.
    """
    critic, source = _critic(run, recipe), named.load(data)
    shapes: dict[nn.Module, torch.Size] = {}
    layers = [m for m in critic.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    hooks = [m.register_forward_hook(lambda m, x, y: shapes.update({m: x[0].shape[1:]})) for m in layers]
    with torch.no_grad():
        critic(decoded(source.first(source.main, 2)))
    for hook in hooks:
        hook.remove()
    found, true = [], []
    for layer in layers:
        weight = layer.weight.detach().double()
        found.append(torch.linalg.matrix_norm(weight.flatten(1), 2).item())
        true.append(_norm(layer, weight, shapes[layer]))
    also = {"smallest": min(found), "largest": max(found), "smallest norm": min(true), "largest norm": max(true)}
    protocol = {"values": [round(x, 5) for x in found], "norms": [round(x, 5) for x in true]}
    return Figure(max(abs(x - 1) for x in found), protocol=protocol, also=also)


def _norm(layer: nn.Module, weight: Tensor, shape: torch.Size) -> float:
    """The layer's operator norm on inputs of a shape."""
    if not isinstance(layer, nn.Conv2d):
        return float(torch.linalg.matrix_norm(weight, 2))
    return operator_norm(weight, shape, stride=layer.stride, padding=layer.padding)


def _critic(run: Path, recipe: str | None) -> nn.Module:
    game = load(run, recipe=recipe)
    if not isinstance(game, Adversarial):
        raise RivalsError(f"a critic's weights are measured of games with a generator and a critic, not of {run}")
    return game.critic.eval()
