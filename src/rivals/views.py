"""Views: what is done to reals and fakes alike before the critic sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from rivals import noise
from rivals.errors import UsageError
from rivals.parts import part

View: TypeAlias = Callable[[Tensor], Tensor]


@part("view")
def flip() -> View:
    """Mirror each picture left to right with probability ½: (N, C, H, W) -> (N, C, H, W)."""

    def view(x: Tensor) -> Tensor:
        mirror = (noise.uniform(len(x)) < 0.5).to(x.device).view(-1, 1, 1, 1)
        return torch.where(mirror, x.flip(3), x)

    return view


@part("view")
def instance_noise(std: float = 0.1) -> View:
    """Add normal noise to every input. Sønderby et al. 2016, arXiv:1610.04490; Arjovsky & Bottou 2017."""
    return lambda x: x + std * noise.normal(*x.shape).to(x)


@part("view")
def shift(pixels: int = 1) -> View:
    """Move each picture by up to `pixels` in both directions, edges repeated: (N, C, H, W) -> (N, C, H, W)."""

    def view(x: Tensor) -> Tensor:
        n, _, height, width = x.shape
        padded = torch.nn.functional.pad(x, [pixels] * 4, mode="replicate")
        down, across = (noise.integers(n, 2 * pixels + 1).to(x.device) for _ in range(2))
        rows = down[:, None] + torch.arange(height, device=x.device)
        columns = across[:, None] + torch.arange(width, device=x.device)
        return padded[
            torch.arange(n, device=x.device)[:, None, None], :, rows[:, :, None], columns[:, None, :]
        ].movedim(3, 1)

    return view


@part("view")
def pack(m: int = 2) -> View:
    """Stack m samples into one: (N, C, ...) -> (N // m, m · C, ...). Lin et al. 2017, arXiv:1712.04086, section 3.

    Args:
        m: samples in a pack; the N mod m that are left over are not seen.

    Raises:
        UsageError: for m < 1, and for a batch that has not even one pack.
    """
    if m < 1:
        raise UsageError(f"a pack has at least 1 sample, not {m}")

    def view(x: Tensor) -> Tensor:
        packs = len(x) // m
        if not packs:
            raise UsageError(f"a batch of {len(x)} makes no pack of {m}: give a larger --batch")
        return x[: packs * m].reshape(packs, -1, *x.shape[2:])

    return view
