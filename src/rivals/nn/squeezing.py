"""Transformations that take from a picture some of the room that perturbations need.

Each takes pictures (N, C, H, W) in [-1, 1] and gives pictures of the same shape and range. What rounds or sorts has no
useful gradient: `through` lets it pass as if nothing had been done.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise

Squeezer: TypeAlias = Callable[[Tensor], Tensor]

LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55), (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62), (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
"""Steps of the 64 frequencies at quality 50. ITU-T T.81, table K.1."""


def bits(depth: int) -> Squeezer:
    """Round to 2^depth levels. Xu et al. 2017, arXiv:1704.01155, section III.A.

    Args:
        depth: bits that a number keeps, at least 1.
    """
    steps = 2**depth - 1
    return lambda x: ((x + 1) / 2 * steps).round() / steps * 2 - 1


def median(side: int) -> Squeezer:
    """The median of the side × side numbers around each; of an even count the lower one. The same, section III.B.

    Args:
        side: of the window, at least 1; an even one reaches further to the right and below. Edges are repeated.
    """
    before, after = (side - 1) // 2, side // 2

    def smooth(x: Tensor) -> Tensor:
        wide = F.pad(x, (before, after, before, after), mode="replicate")
        return wide.unfold(2, side, 1).unfold(3, side, 1).flatten(4).median(4).values

    return smooth


def jpeg(quality: int) -> Squeezer:
    """What JPEG's rounding leaves: the cosine transform of 8 × 8 blocks, each frequency rounded to its step.

    Every channel is treated as luminance is: neither colours are transformed nor their resolution lowered. Edges are
    repeated where a side is no multiple of 8.

    Args:
        quality: 1 to 100; the steps are those of libjpeg.
    """
    share = 50 / quality if quality < 50 else 2 - quality / 50

    def compressed(x: Tensor) -> Tensor:
        n, c, height, width = x.shape
        wide = F.pad(x, (0, -width % 8, 0, -height % 8), mode="replicate") * 127.5
        blocks = wide.unfold(2, 8, 8).unfold(3, 8, 8)
        basis = _cosines().to(x)
        step = (torch.tensor(LUMINANCE) * share).round().clamp(1, 255).to(x)
        kept = (basis @ blocks @ basis.T / step).round() * step
        back = (basis.T @ kept @ basis).transpose(3, 4).reshape(n, c, *wide.shape[2:])
        return (back[:, :, :height, :width] / 127.5).clamp(-1, 1)

    return compressed


def resized(smallest: float) -> Squeezer:
    """Each picture made smaller by a random factor and put at a random place on black. Xie et al. 2017, 1711.01991.

    Args:
        smallest: factor, in (0, 1]; it is uniform from there to 1, and the same for both sides.
    """

    def moved(x: Tensor) -> Tensor:
        u = noise.uniform(len(x), 3).to(x)
        factor = smallest + (1 - smallest) * u[:, :1]
        shift = (1 - factor) * (2 * u[:, 1:] - 1)
        maps = torch.diag_embed(1 / factor.expand(-1, 2))
        grid = F.affine_grid(torch.cat([maps, (-shift / factor)[:, :, None]], 2), list(x.shape), align_corners=False)
        return F.grid_sample(x + 1, grid, align_corners=False) - 1

    return moved


def through(squeezer: Squeezer) -> Squeezer:
    """The same, but for gradients nothing is done: BPDA by the identity. Athalye et al. 2018, 1802.00420, 4.1."""
    return lambda x: x + (squeezer(x) - x).detach()


@lru_cache(maxsize=1)
def _cosines() -> Tensor:
    """The orthonormal cosine transform of 8 numbers, (8, 8): frequency by place."""
    k, i = torch.arange(8.0)[:, None], torch.arange(8.0)
    rows = torch.cos(math.pi * (2 * i + 1) * k / 16) / 2
    rows[0] /= math.sqrt(2)
    return rows
