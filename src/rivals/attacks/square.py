"""Random squares: a score is all that is asked for."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks.attack import attack
from rivals.attacks.losses import margin
from rivals.attacks.victim import Victim
from rivals.errors import UsageError

HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""Queries, of 10,000, after which the share of changed pixels is halved."""


@attack("square", "Andriushchenko et al. 2019, arXiv:1912.00049", white=False)
def square(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    queries: int = 5000,
    share: float = 0.8,
) -> Tensor:
    """Vertical stripes of ±ε, then squares of ±ε at random places, kept where the margin falls; algorithms 1 and 2.

    Args:
        victim: the model, or a `Victim`.
        x: pictures (N, C, H, W).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε of norm inf, above 0.
        queries: most questions a picture, at least 1; who is fooled asks no more.
        share: of the pixels that the first square changes, in (0, 1].

    Raises:
        UsageError: for what is no picture.
    """
    if x.dim() != 4:
        raise UsageError(f"squares are cut from pictures (N, C, H, W), not {tuple(x.shape)}")
    n, channels, height, width = x.shape

    def above(near: Tensor, rows: Tensor) -> Tensor:
        """Below 0 where the attack has what it wants."""
        logits = victim.logits(near, rows)
        return -margin(logits, y[rows]) if target is None else margin(logits, target[rows])

    stripes = noise.integers(n * channels * width, 2).view(n, channels, 1, width).to(x) * 2 - 1
    near = (x + epsilon * stripes).clamp(*victim.bounds)
    every = torch.arange(n, device=x.device)
    worth = above(near, every)
    for k in range(1, queries):
        left = torch.nonzero(worth >= 0)[:, 0]
        if not len(left):
            break
        side = max(1, min(height, width, round(math.sqrt(_share(share, k, queries) * height * width))))
        tops, lefts = (noise.integers(n, room - side + 1).to(x.device)[left] for room in (height, width))
        signs = noise.integers(n * channels, 2).view(n, channels, 1, 1).to(x)[left] * 2 - 1
        down, across = (torch.arange(size, device=x.device) for size in (height, width))
        rows = (down >= tops[:, None]) & (down < tops[:, None] + side)
        columns = (across >= lefts[:, None]) & (across < lefts[:, None] + side)
        inside = rows[:, None, :, None] & columns[:, None, None, :]
        tried = torch.where(inside, x[left] + epsilon * signs, near[left]).clamp(*victim.bounds)
        value = above(tried, left)
        better = value < worth[left]
        near[left[better]], worth[left[better]] = tried[better], value[better]
    return near


def _share(first: float, query: int, queries: int) -> float:
    """The share of pixels that a square changes, halved along the paper's schedule."""
    at = query / queries * 10_000
    passed = sum(at > mark for mark in HALVINGS)
    return first / (1 << passed)
