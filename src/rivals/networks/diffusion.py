"""Bodies that tell noise from samples at a given time: (x, t) -> noise of the same shape."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.data.specs import Images, Points
from rivals.networks import mlp
from rivals.nn.attention import Attention


def denoiser(data: Points | Images, width: int) -> nn.Module:
    """(x (N, ...), t (N,) in [0, 1]) -> noise (N, ...), at first 0.

    Args:
        data: pictures get a small U-Net; points three hidden layers of 2 · `width` units, with the time beside them.
        width: maps at full size, a multiple of 4, or units.
    """
    return UNet(data.channels, width) if isinstance(data, Images) else Vectors(data.dim, width)


def waves(t: Tensor, size: int) -> Tensor:
    """Sines and cosines of t in [0, 1], (N,) -> (N, size). Vaswani et al. 2017, arXiv:1706.03762, section 3.5.

    Wavelengths grow from 2π to 20,000π times a thousandth of t's range, as in Ho et al.'s code, which counts t to 1000.
    """
    rates = torch.exp(-math.log(10_000) * torch.arange(size // 2, device=t.device) / max(1, size // 2 - 1))
    angles = 1000 * t[:, None] * rates.to(t)
    return torch.cat([angles.sin(), angles.cos()], 1)


class Vectors(nn.Module):
    """See `denoiser`."""

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.time = 2 * (width // 2)
        self.net = _from_zero(mlp.mlp([dim + self.time, 2 * width, 2 * width, 2 * width, dim], nn.SiLU()))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """X (N, D) and t (N,) -> (N, D)."""
        made: Tensor = self.net(torch.cat([x, waves(t, self.time)], 1))
        return made


class Block(nn.Module):
    """x + conv(φ(conv(φ(x)) + time)): group norms before φ = SiLU. Ho et al. 2020, arXiv:2006.11239, appendix B."""

    def __init__(self, inputs: int, outputs: int, time: int) -> None:
        super().__init__()
        self.first = nn.Sequential(_norm(inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1))
        self.time = nn.Linear(time, outputs)
        self.second = nn.Sequential(_norm(outputs), nn.SiLU(), _from_zero(nn.Conv2d(outputs, outputs, 3, padding=1)))
        self.past = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Maps (N, inputs, H, W) and the time's code (N, T) -> (N, outputs, H, W)."""
        out: Tensor = self.past(x) + self.second(self.first(x) + self.time(t)[:, :, None, None])
        return out


class UNet(nn.Module):
    """Two halvings, with attention at the smallest size, and back, each map joined to its equal.

    Args:
        channels: of the pictures.
        width: maps at full size, twice as many below.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        wide = 2 * width
        self.width = width
        self.time = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, wide), nn.SiLU())
        self.enter = nn.Conv2d(channels, width, 3, padding=1)
        self.down = nn.ModuleList([Block(width, width, wide), Block(width, wide, wide)])
        self.halve = nn.ModuleList([nn.Conv2d(side, side, 3, 2, 1) for side in (width, wide)])
        self.middle = nn.ModuleList([Block(wide, wide, wide), Block(wide, wide, wide)])
        self.look = Attention(wide)
        self.up = nn.ModuleList([Block(2 * wide, wide, wide), Block(wide + width, width, wide)])
        self.leave = nn.Sequential(_norm(width), nn.SiLU(), _from_zero(nn.Conv2d(width, channels, 3, padding=1)))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """X (N, C, H, W) and t (N,) in [0, 1] -> (N, C, H, W)."""
        code, x, kept = self.time(waves(t, self.width)), self.enter(x), []
        for block, halve in zip(self.down, self.halve, strict=True):
            x = block(x, code)
            kept.append(x)
            x = halve(x)
        x = self.middle[1](self.look(self.middle[0](x, code)), code)
        for block in self.up:
            past = kept.pop()
            x = block(torch.cat([F.interpolate(x, past.shape[2:]), past], 1), code)
        made: Tensor = self.leave(x)
        return made


def _norm(channels: int) -> nn.GroupNorm:
    """Groups of about 8 channels; a group of one would forget what the time adds to a channel."""
    return nn.GroupNorm(math.gcd(max(1, channels // 8), channels), channels)


def _from_zero(layer: nn.Module) -> nn.Module:
    """A layer, or layers in a row, of which the last weights and bias are 0."""
    *_, weight, bias = layer.parameters()
    nn.init.zeros_(weight)
    nn.init.zeros_(bias)
    return layer
