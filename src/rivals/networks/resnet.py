"""Residual networks without normalisation, held together by their initialisation.

After Huang et al. 2025, arXiv:2501.05441, section 4: 1×1, grouped 3×3, 1×1 convolutions with leaky ReLU, bilinear
resampling, and a last convolution that starts at zero (Fixup, Zhang et al. 2019, arXiv:1901.09321).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.networks.dcgan import sizes
from rivals.nn.shapes import Reshape, Squeeze


class Residual(nn.Module):
    """x + conv1×1(φ(conv3×3(φ(conv1×1(x))))): (N, C, H, W) -> (N, C, H, W).

    Args:
        channels: C.
        group: channels in a group of the 3×3 convolution.
        blocks: residual blocks in the whole network, which scale the initial weights.
    """

    def __init__(self, channels: int, group: int, blocks: int) -> None:
        super().__init__()
        self.inside = nn.Conv2d(channels, 2 * channels, 1)
        self.spatial = nn.Conv2d(
            2 * channels, 2 * channels, 3, padding=1, groups=max(1, 2 * channels // group), bias=False
        )
        self.outside = nn.Conv2d(2 * channels, channels, 1, bias=False)
        gain = math.sqrt(2) * blocks**-0.25
        for conv in (self.inside, self.spatial):
            scaled(conv, gain)
        nn.init.zeros_(self.outside.weight)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y = F.leaky_relu(self.inside(x), 0.2)
        y = F.leaky_relu(self.spatial(y), 0.2)
        out: Tensor = x + self.outside(y)
        return out


class Resize(nn.Module):
    """Bilinear resampling to a size, then a 1×1 convolution where the number of channels changes."""

    def __init__(self, before: int, after: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size
        self.mix = scaled(nn.Conv2d(before, after, 1, bias=False), 1.0) if before != after else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) -> (N, after, *size)."""
        smaller = x.shape[-1] > self.size[-1]
        mixed = self.mix(x)
        if smaller and mixed.dtype == torch.bfloat16:  # which the antialiased kernel does not know on a CPU
            mixed = mixed.float()
        out: Tensor = F.interpolate(mixed, self.size, mode="bilinear", antialias=smaller)
        return out


def generator(latent: int, channels: int, height: int, width: int, base: int = 64, depth: int = 1) -> nn.Sequential:
    """Latent (N, L) -> pictures (N, channels, height, width); linear at the end, as the paper's.

    Args:
        latent: L.
        channels, height, width: of the picture.
        base: channels of the largest map, doubled at each halving up to eightfold.
        depth: residual blocks at each size.
    """
    maps = sizes(height, width)[::-1]
    widths = [base * min(8, 2**i) for i in range(len(maps))][::-1]
    blocks = depth * len(maps)
    start = nn.Linear(latent, widths[0] * math.prod(maps[0]))
    layers: list[nn.Module] = [start, Reshape(widths[0], *maps[0])]
    for i, (size, wide) in enumerate(zip(maps, widths, strict=True)):
        layers += [Resize(widths[i - 1], wide, size)] if i else []
        layers += [Residual(wide, 16, blocks) for _ in range(depth)]
    return nn.Sequential(*layers, scaled(nn.Conv2d(base, channels, 1), 1.0))


def critic(channels: int, height: int, width: int, base: int = 64, depth: int = 1, outputs: int = 1) -> nn.Sequential:
    """Pictures (N, channels, height, width) -> logits (N,), or (N, outputs); arguments as the generator's."""
    maps = sizes(height, width)
    widths = [base * min(8, 2**i) for i in range(len(maps))]
    blocks = depth * len(maps)
    layers: list[nn.Module] = [scaled(nn.Conv2d(channels, base, 1), 1.0)]
    for i, (size, wide) in enumerate(zip(maps, widths, strict=True)):
        layers += [Resize(widths[i - 1], wide, size)] if i else []
        layers += [Residual(wide, 16, blocks) for _ in range(depth)]
    last = nn.Conv2d(widths[-1], widths[-1], maps[-1], groups=widths[-1], bias=False)
    return nn.Sequential(*layers, scaled(last, 1.0), nn.Flatten(), nn.Linear(widths[-1], outputs), Squeeze())


def scaled(conv: nn.Conv2d, gain: float) -> nn.Conv2d:
    """Weights from N(0, gain² / fan-in), bias zero."""
    nn.init.normal_(conv.weight, 0.0, gain / math.sqrt(conv.weight[0].numel()))
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv
