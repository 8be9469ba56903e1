"""Networks that grow from 4×4 to the picture's size. Karras et al. 2017, arXiv:1710.10196, sections 2 and 4, table 2.

A picture lives in a square whose side is the smallest power of two that covers it: 28×28 is padded to 32×32 by
repeating its edges, and grows 4, 8, 16, 32. Level 0 is 4×4, level l has side 4·2^l.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.data.specs import Images
from rivals.nn.equalised import equalised
from rivals.nn.minibatch import MinibatchStd
from rivals.nn.pixelnorm import PixelNorm
from rivals.nn.shapes import Crop, Pad, Squeeze


def sides(data: Images) -> list[int]:
    """The side of every level, from 4 to the power of two that covers the picture."""
    last = max(2, math.ceil(math.log2(max(data.height, data.width))))
    return [2**k for k in range(2, last + 1)]


def channels(data: Images, width: int, most: int) -> list[int]:
    """Feature maps of every level: `width` at the last, twice as many at each one below, at most `most`."""
    levels = len(sides(data))
    return [min(width << levels - 1 - level, most) for level in range(levels)]


def doubled(x: Tensor) -> Tensor:
    """Each pixel four times: (N, C, H, W) -> (N, C, 2H, 2W)."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Growing(nn.Module):
    """How far a network has grown, as state: its level, and how much of the newest level counts.

    Args:
        data: what the pictures are at their full size.

    Attributes:
        level: int64 ().
        alpha: in [0, 1], (); below 1 the newest level is still being faded in.
    """

    level: Tensor
    alpha: Tensor

    def __init__(self, data: Images) -> None:
        super().__init__()
        self.sides = sides(data)
        self.padded, self.cropped = Pad(self.sides[-1], self.sides[-1]), Crop(data.height, data.width)
        self.register_buffer("level", torch.zeros((), dtype=torch.long))
        self.register_buffer("alpha", torch.ones(()))

    def grow(self, level: int, alpha: float) -> None:
        """Be at a level, of which the share `alpha` counts."""
        self.level.fill_(level)
        self.alpha.fill_(alpha)

    def fading(self, level: int) -> bool:
        """Whether this level is being faded in."""
        return level > 0 and bool((self.level == level) & (self.alpha < 1))

    def mixed(self, old: Tensor, new: Tensor) -> Tensor:
        """(1 - α)·old + α·new, figure 2."""
        return torch.lerp(old, new, self.alpha.to(new))

    def shrunk(self, x: Tensor) -> Tensor:
        """Pictures at full size as this level shows them, (N, C, H, W) -> (N, C, side, side).

        Pixels are averaged; while the level fades in, its pictures fade in from the doubled ones of the level below.
        """
        level = int(self.level)
        x = F.avg_pool2d(self.padded(x), self.sides[-1] // self.sides[level])
        return self.mixed(doubled(F.avg_pool2d(x, 2)), x) if self.fading(level) else x

    def whole(self, x: Tensor) -> Tensor:
        """Pictures of this level at full size, pixels repeated, (N, C, side, side) -> (N, C, H, W)."""
        full: Tensor = self.cropped(F.interpolate(x, self.sides[-1], mode="nearest"))
        return full


class GrowingGenerator(Growing):
    """Latent (N, L), put on a sphere -> pictures (N, channels, side, side) of the current level, not bounded.

    Args:
        data: what the pictures are at their full size.
        latent: L.
        width: feature maps of the last level.
        most: feature maps of any level, at most.
    """

    def __init__(self, data: Images, latent: int, width: int, most: int = 512) -> None:
        super().__init__(data)
        maps = channels(data, width, most)
        dense = equalised(nn.Linear(latent, maps[0] * 16), math.sqrt(2) / 4)
        first = [PixelNorm(), dense, nn.Unflatten(1, (maps[0], 4, 4)), nn.LeakyReLU(0.2), PixelNorm()]
        self.blocks = nn.ModuleList([nn.Sequential(*first, *_conv(maps[0], maps[0], PixelNorm()))])
        for a, b in pairwise(maps):
            self.blocks.append(nn.Sequential(*_conv(a, b, PixelNorm()), *_conv(b, b, PixelNorm())))
        self.pictures = nn.ModuleList(equalised(nn.Conv2d(m, data.channels, 1), 1.0) for m in maps)

    def forward(self, latent: Tensor) -> Tensor:
        """See the class."""
        level = int(self.level)
        x = before = self.blocks[0](latent)
        for block in self.blocks[1 : level + 1]:
            before = x
            x = block(doubled(x))
        new: Tensor = self.pictures[level](x)
        return self.mixed(doubled(self.pictures[level - 1](before)), new) if self.fading(level) else new


class GrowingCritic(Growing):
    """Pictures (N, channels, side, side) of the current level, or whole ones, which are shrunk to it -> logits (N,).

    Args:
        data: what the pictures are at their full size.
        width: feature maps of the last level.
        most: feature maps of any level, at most.
        group: of the minibatch's standard deviation.
    """

    def __init__(self, data: Images, width: int, most: int = 512, group: int = 4) -> None:
        super().__init__(data)
        maps = channels(data, width, most)
        last = [
            MinibatchStd(group),
            *_conv(maps[0] + 1, maps[0]),
            nn.Flatten(),
            equalised(nn.Linear(16 * maps[0], maps[0])),
        ]
        end = equalised(nn.Linear(maps[0], 1), 1.0)
        self.blocks = nn.ModuleList([nn.Sequential(*last, nn.LeakyReLU(0.2), end, Squeeze())])
        for a, b in pairwise(maps):
            self.blocks.append(nn.Sequential(*_conv(b, b), *_conv(b, a), nn.AvgPool2d(2)))
        self.pictures = nn.ModuleList(
            nn.Sequential(equalised(nn.Conv2d(data.channels, m, 1)), nn.LeakyReLU(0.2)) for m in maps
        )

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        level = int(self.level)
        if x.shape[2:] != (self.sides[level], self.sides[level]):
            x = self.shrunk(x)
        h = self.pictures[level](x)
        if self.fading(level):
            h = self.mixed(self.pictures[level - 1](F.avg_pool2d(x, 2)), self.blocks[level](h))
            level -= 1
        for i in range(level, -1, -1):
            h = self.blocks[i](h)
        logits: Tensor = h
        return logits


def _conv(a: int, b: int, *after: nn.Module) -> list[nn.Module]:
    return [equalised(nn.Conv2d(a, b, 3, padding=1)), nn.LeakyReLU(0.2), *after]
