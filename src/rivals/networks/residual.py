"""Residual networks with normalisation, for pictures of any size.

Miyato et al. 2018, arXiv:1802.05957, table 4, after Gulrajani et al. 2017, arXiv:1704.00028, appendix F: pre-activated
blocks of two 3×3 convolutions with a 1×1 convolution beside them, nearest-neighbour doubling in the generator, halving
by averages in the critic, global sums at its end. Maps have the sizes of `rivals.networks.dcgan.sizes`.
"""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from rivals.networks.dcgan import sizes
from rivals.nn.norms import Norm, norm2d, spectral
from rivals.nn.shapes import Reshape, Squeeze


class UpBlock(nn.Module):
    """Doubling: (N, before, h, w) -> (N, after, *size).

    Args:
        before, after: channels.
        size: of the output.
        norm: of the maps before each convolution.
    """

    def __init__(self, before: int, after: int, size: tuple[int, int], norm: Norm = "batch") -> None:
        super().__init__()
        self.size = size
        self.norms = nn.ModuleList([norm2d(norm, before), norm2d(norm, after)])
        self.first, self.second = conv(before, after), conv(after, after)
        self.beside = conv(before, after, 1, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y = self.first(F.interpolate(F.relu(self.norms[0](x)), self.size))
        y = self.second(F.relu(self.norms[1](y)))
        out: Tensor = y + F.interpolate(self.beside(x), self.size)  # a 1×1 convolution and copying pixels commute
        return out


class DownBlock(nn.Module):
    """Halving, or none where the size stays: (N, before, h, w) -> (N, after, *size).

    Args:
        before, after: channels.
        size: of the output; None keeps it.
        first: whether the input is the picture, which is not activated.
        norm: of the maps before each convolution.
    """

    def __init__(
        self, before: int, after: int, size: tuple[int, int] | None, *, first: bool = False, norm: Norm = "none"
    ) -> None:
        super().__init__()
        self.size, self.raw = size, first
        self.norms = nn.ModuleList([nn.Identity() if first else norm2d(norm, before), norm2d(norm, after)])
        self.first, self.second = conv(before, after), conv(after, after)
        learnt = before != after or size is not None
        self.beside = conv(before, after, 1, gain=1.0) if learnt else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y = self.first(x if self.raw else F.relu(self.norms[0](x)))
        y = self.second(F.relu(self.norms[1](y)))
        if self.size is None:
            out: Tensor = y + self.beside(x)
        else:
            out = halved(y, self.size) + self.beside(halved(x, self.size))  # a 1×1 convolution and averages commute
        return out


def halved(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Averages of 2×2; where a side is odd, of what there is."""
    if x.shape[2] == 2 * size[0] and x.shape[3] == 2 * size[1]:
        return F.avg_pool2d(x, 2)
    return F.adaptive_avg_pool2d(x, size)


class Pooled(nn.Module):
    """Sums over the map, or means: (N, C, H, W) -> (N, C)."""

    def __init__(self, *, mean: bool = False) -> None:
        super().__init__()
        self.mean = mean

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return x.mean((2, 3)) if self.mean else x.sum((2, 3))


def generator(
    latent: int, channels: int, height: int, width: int, base: int = 256, norm: Norm = "batch"
) -> nn.Sequential:
    """Latent (N, L) -> pictures (N, channels, height, width) in [-1, 1].

    Args:
        latent: L.
        channels, height, width: of the picture.
        base: channels of all maps, 256 in SNGAN's, 128 in WGAN-GP's.
        norm: of the maps.
    """
    maps = sizes(height, width)[::-1]
    start = nn.Linear(latent, base * math.prod(maps[0]))
    nn.init.xavier_uniform_(start.weight)
    nn.init.zeros_(start.bias)
    blocks = [UpBlock(base, base, size, norm) for size in maps[1:]]
    return nn.Sequential(
        start,
        Reshape(base, *maps[0]),
        *blocks,
        norm2d(norm, base),
        nn.ReLU(),
        conv(base, channels, gain=1.0),
        nn.Tanh(),
    )


def critic(
    channels: int, height: int, width: int, base: int = 128, norm: Norm = "none", outputs: int = 1
) -> nn.Sequential:
    """Pictures (N, channels, height, width) -> logits (N,), or (N, outputs).

    Two halvings at most and two blocks that keep the size, as in the paper.

    Args:
        channels, height, width: of the picture.
        base: channels of all maps.
        norm: of the maps, or "spectral" for all weights.
        outputs: logits a sample.
    """
    halvings = sizes(height, width)[1:3]
    blocks: list[nn.Module] = []
    for i, size in enumerate([*halvings, None, None]):
        blocks.append(DownBlock(base if i else channels, base, size, first=not i, norm=norm))
    end = nn.Linear(base, outputs)
    nn.init.xavier_uniform_(end.weight)
    nn.init.zeros_(end.bias)
    net = nn.Sequential(*blocks, nn.ReLU(), Pooled(mean=norm != "spectral"), end, Squeeze())
    if norm == "spectral":
        spectral(net)
    return net


def conv(before: int, after: int, kernel: int = 3, gain: float = math.sqrt(2)) -> nn.Conv2d:
    """A convolution that keeps the size, with Glorot's uniform weights times a gain and no bias at first."""
    layer = nn.Conv2d(before, after, kernel, padding=kernel // 2)
    nn.init.xavier_uniform_(layer.weight, gain)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer
