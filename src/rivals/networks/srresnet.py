"""Residual networks in the manner of super-resolution. Jin et al. 2017, arXiv:1708.05509, section 3.

The generator works at an eighth of the picture's size, in blocks of two 3×3 convolutions, and enlarges by shuffling
channels into pixels (Ledig et al. 2016, arXiv:1609.04802). The critic has no norm, as a gradient penalty wants it.
Maps have the sizes of `rivals.networks.dcgan.sizes`.
"""

from __future__ import annotations

import math

from torch import nn

from rivals.networks.dcgan import sizes
from rivals.networks.translators import Residual
from rivals.nn.shapes import Crop, Pad, Reshape

DOUBLINGS = 3
"""Of the generator's map, at most."""


def around(*layers: nn.Module) -> Residual:
    """X + f(x) of layers in a row."""
    return Residual(nn.Sequential(*layers))


def generator(latent: int, channels: int, height: int, width: int, base: int = 64, blocks: int = 16) -> nn.Sequential:
    """Latent (N, L) -> pictures (N, channels, height, width) in [-1, 1].

    Args:
        latent: L.
        channels, height, width: of the picture.
        base: channels of all maps.
        blocks: residual ones, at the smallest size.
    """
    maps = sizes(height, width)
    doublings = min(DOUBLINGS, len(maps) - 1)
    small = maps[doublings]

    def block() -> Residual:
        return around(_conv(base, base), nn.BatchNorm2d(base), nn.ReLU(), _conv(base, base), nn.BatchNorm2d(base))

    layers: list[nn.Module] = [
        nn.Linear(latent, base * math.prod(small)), Reshape(base, *small), nn.BatchNorm2d(base), nn.ReLU(),
        around(*(block() for _ in range(blocks)), nn.BatchNorm2d(base), nn.ReLU()),
    ]  # fmt: skip
    for _ in range(doublings):
        layers += [_conv(base, 4 * base), nn.PixelShuffle(2), nn.BatchNorm2d(base), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(base, channels, 9, padding=4), Crop(height, width), nn.Tanh())


def features(channels: int, height: int, width: int, base: int = 32, blocks: int = 2) -> tuple[nn.Sequential, int]:
    """Pictures -> features (N, F), and F.

    Args:
        channels, height, width: of the picture.
        base: channels of the first map; each halving doubles them, up to sixteenfold.
        blocks: residual ones after each halving.
    """
    maps = sizes(height, width)
    halvings, before = len(maps) - 1, channels
    layers: list[nn.Module] = [Pad(maps[-1][0] << halvings, maps[-1][1] << halvings)]
    for i in range(halvings):
        after = base * min(16, 2**i)
        layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2)]
        for _ in range(blocks):
            layers += [around(_conv(after, after), nn.LeakyReLU(0.2), _conv(after, after)), nn.LeakyReLU(0.2)]
        before = after
    return nn.Sequential(*layers, nn.Flatten()), before * math.prod(maps[-1])


def _conv(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, padding=1)
