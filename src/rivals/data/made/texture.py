"""One picture, drawn by rule: paving stones."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.data.made.fixed import within
from rivals.data.sources import Arrays, Source
from rivals.data.specs import Images

STONE = 8
"""Pixels from one stone's middle to the next, about."""

COLOURS = ((0.62, 0.52, 0.44), (0.55, 0.40, 0.34), (0.70, 0.62, 0.52), (0.48, 0.46, 0.46))


def one_texture(size: int = 48) -> Source:
    """One picture of paving stones in four colours with dark joints; held out is another one, drawn alike.

    Stones are the cells nearest to points that are moved from a grid by up to a third of its width. They are darker
    towards the joints and lit from above.

    Args:
        size: pixels of a side, 16 to 256.

    Raises:
        UsageError: for a size outside its limits.
    """
    within("one-texture", size=(size, 16, 256))
    spec = Images(3, size, size)
    test = Arrays(spec, {"image": _stones(size, 1)}, name="one-texture, held out")
    return Arrays(spec, {"image": _stones(size, 0)}, test=test, name="one-texture")


def _stones(size: int, seed: int) -> Tensor:
    """Uint8 (1, 3, size, size)."""
    generator = torch.Generator().manual_seed(seed)
    n = size // STONE + 3
    grid = torch.stack(torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij"), 2).double()
    moved = (grid - 1 + 2 / 3 * (torch.rand(n, n, 2, generator=generator).double() - 0.5)).flatten(0, 1) * STONE
    colour = torch.tensor(COLOURS)[torch.randint(len(COLOURS), (n * n,), generator=generator)]
    pixels = torch.cartesian_prod(torch.arange(size), torch.arange(size)).double() + 0.5
    near = torch.cdist(pixels, moved).topk(2, largest=False)
    joint = ((near.values[:, 1] - near.values[:, 0]) / 2).clamp(0, 1.5) / 1.5
    above = (moved[near.indices[:, 0], 0] - pixels[:, 0]) / STONE
    shade = (joint * (1 + 0.35 * above)).float()[:, None]
    picture = (colour[near.indices[:, 0]] * shade + 0.12 * (1 - shade)).clamp(0, 1)
    return (picture * 255).round().to(torch.uint8).T.reshape(1, 3, size, size)
