"""Laplacian pyramids of pictures. Burt & Adelson 1983; Denton et al. 2015, arXiv:1506.05751, section 2.2."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

_KERNEL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""A binomial kernel, Burt & Adelson's with a = 3/8."""


def halved(size: tuple[int, int], times: int = 1) -> tuple[int, int]:
    """Height and width after some halvings, rounded up."""
    return -(-size[0] // 2**times), -(-size[1] // 2**times)


def smaller(x: Tensor) -> Tensor:
    """Blurred, then every second pixel: (N, C, H, W) -> (N, C, ⌈H/2⌉, ⌈W/2⌉)."""
    channels, kernel = x.shape[1], _KERNEL.to(x)
    square = torch.outer(kernel, kernel).expand(channels, 1, 5, 5)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), square, stride=2, groups=channels)


def larger(x: Tensor, size: Sequence[int]) -> Tensor:
    """Smoothly brought to a size, (N, C, h, w) -> (N, C, *size)."""
    return F.interpolate(x, list(size), mode="bilinear", align_corners=False)


def split(x: Tensor, levels: int) -> list[Tensor]:
    """The pyramid [h₀, …, h_{K-1}, x_K]: h_k = x_k - u(x_{k+1}), x_{k+1} = d(x_k), x₀ = x; K = `levels`."""
    parts = []
    for _ in range(levels):
        low = smaller(x)
        parts.append(x - larger(low, x.shape[2:]))
        x = low
    return [*parts, x]


def joined(parts: Sequence[Tensor]) -> Tensor:
    """The picture of a pyramid, the inverse of `split`: x_k = u(x_{k+1}) + h_k, from the coarsest on."""
    x = parts[-1]
    for part in reversed(parts[:-1]):
        x = larger(x, part.shape[2:]) + part
    return x
