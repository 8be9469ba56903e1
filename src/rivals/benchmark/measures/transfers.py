"""What a move to another domain leaves of the weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from rivals.benchmark.measures.measure import Figure, measure
from rivals.errors import RivalsError
from rivals.nn.singular import Singular, parts
from rivals.store.model import load


@measure("singular-vectors")
def singular_vectors(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the weights of a trained game are from having the singular vectors of their source's, at worst.

    ‖W - U diag(Uᵀ W V) Vᵀ‖ / ‖W‖ over all layers, U and V those of the source's weight; 0 where at most the singular
    values have changed. It is taken of the weight that is used and of what lies behind it.

    Args:
        run: folder of a trained `svd-gan`.
        data, seed: not looked at.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance, in [0, 1]; also "moved", ‖σ - σ₀‖ / ‖σ₀‖ over all layers.

    Raises:
        RivalsError: for another game.
    """
    found = parts(load(run, recipe=recipe))
    if not found:
        raise RivalsError(f"singular vectors are kept by svd-gan, and {run} holds another game")
    away = [turned(part, weight) for used, own, part in found for weight in (used, own)]
    before = torch.stack([own.detach().double().square().sum() for _, own, _ in found]).sum()
    change = torch.stack([part.delta.detach().double().square().sum() for *_, part in found]).sum()
    return Figure(max(away), protocol={"layers": len(found)}, also={"moved": float((change / before).sqrt())})


def turned(part: Singular, weight: Tensor) -> float:
    """The share of a weight that the part's pairs of singular vectors do not make up, in [0, 1]."""
    w, u, v = (x.detach().double() for x in (part.matrix(weight), part.left, part.right))
    values = (u.T @ w @ v.T).diagonal()
    return float((w - (u * values) @ v).norm() / w.norm())
