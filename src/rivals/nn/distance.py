"""Distances between a sample and what it should be, one number a sample."""

from __future__ import annotations

from torch import Tensor


def l1(a: Tensor, b: Tensor) -> Tensor:
    """Mean absolute difference over all but the first axis: (N, ...), (N, ...) -> (N,)."""
    return (a - b).abs().flatten(1).mean(1)


def squared(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared difference over all but the first axis: (N, ...), (N, ...) -> (N,)."""
    return (a - b).square().flatten(1).mean(1)
