"""Fully convolutional bodies of one scale. Rott Shaham et al. 2019, arXiv:1905.01164, section 3.1 and figure 4."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.game import Game, Player
from rivals.nn.norms import Norm, norm2d
from rivals.nn.pyramid import larger


def body(inputs: int, outputs: int, width: int, norm: Norm = "batch", layers: int = 5) -> nn.Sequential:
    """3×3 convolutions, all but the last with a norm and a leaky ReLU; a place sees 2 · layers + 1 pixels a side."""
    net: list[nn.Module] = []
    for i in range(layers - 1):
        net += [nn.Conv2d(inputs if i == 0 else width, width, 3, padding=1), norm2d(norm, width), nn.LeakyReLU(0.2)]
    return nn.Sequential(*net, nn.Conv2d(width, outputs, 3, padding=1))


class Refine(nn.Module):
    """What a scale adds to the coarser picture: x + tanh ψ(z + x), of any size, eq. 5.

    Args:
        channels: of a picture.
        width: of hidden maps.
        positions: frequencies of a sinusoidal encoding of each place beside the body's input, after Xu et al. 2020,
            arXiv:2012.05217; 0 leaves it out.
        mixed: a learnt 1×1 convolution mixes noise and picture, which starts as their sum.
    """

    def __init__(self, channels: int, width: int, positions: int = 0, *, mixed: bool = False) -> None:
        super().__init__()
        self.positions = positions
        self.body = body(channels + 4 * positions, channels, width)
        self.mix = nn.Conv2d(2 * channels, channels, 1, bias=False) if mixed else None
        if self.mix is not None:
            sums = torch.cat([torch.eye(channels), torch.eye(channels)], 1)
            self.mix.weight = nn.Parameter(sums[:, :, None, None])

    def forward(self, noise: Tensor, picture: Tensor) -> Tensor:
        """Noise and the coarser picture at this size, both (N, C, H, W) -> pictures."""
        x = noise + picture if self.mix is None else self.mix(torch.cat([noise, picture], 1))
        if self.positions:
            x = torch.cat([x, encoded(x, self.positions)], 1)
        made: Tensor = picture + torch.tanh(self.body(x))
        return made


def encoded(x: Tensor, frequencies: int) -> Tensor:
    """Sines and cosines of 2ᵏπ times each place's height and width as shares of the picture's: (N, 4 · K, H, W)."""
    n, _, height, width = x.shape
    waves = []
    for k in range(frequencies):
        for axis, side in enumerate((height, width)):
            place = 2**k * math.pi * (torch.arange(side, device=x.device) + 0.5) / side
            place = place[:, None] if axis == 0 else place[None]
            waves += [place.sin().expand(height, width), place.cos().expand(height, width)]
    return torch.stack(waves).to(x.dtype).expand(n, -1, -1, -1)


class Scales(nn.Module):
    """One picture at every scale, from the coarsest to its own size, as state.

    Args:
        shape: (C, H, W) of the picture.
        smallest: the coarsest scale's shorter side, about.
        factor: r, the ratio of one scale's sides to the next ones', about.
    """

    def __init__(self, shape: tuple[int, int, int], smallest: int, factor: float) -> None:
        super().__init__()
        channels, *full = shape
        least = min(1.0, smallest / min(full))
        steps = max(0, round(math.log(least) / math.log(factor)))
        shares = [least ** (k / steps) for k in range(steps, 0, -1)] + [1.0]
        self.shapes = [(channels, *(max(1, round(s * side)) for side in full)) for s in shares]
        for k, at in enumerate(self.shapes):
            self.register_buffer(f"scale_{k}", torch.zeros(1, *at))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.shapes)

    def __getitem__(self, k: int) -> Tensor:
        """The picture at a scale, (1, C, h, w)."""
        kept: Tensor = getattr(self, f"scale_{k}")
        return kept

    def keep(self, picture: Tensor) -> None:
        """Keep a picture (1, C, H, W) at all scales."""
        for k, (_, *size) in enumerate(self.shapes):
            self[k].copy_(F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False))

    def size(self, k: int, whole: tuple[int, int] | None = None) -> tuple[int, int]:
        """Height and width at a scale where the whole picture has some, by default its own."""
        (_, *mine), (_, *full) = self.shapes[k], self.shapes[-1]
        height, width = (max(1, round(s * m / f)) for s, m, f in zip(whole or full, mine, full, strict=True))
        return height, width


class Pyramid(Game):
    """What the generators of all scales draw together, from the coarsest on; how they learn is a recipe's.

    Args:
        scales: the picture.
        generators: (noise, coarser picture) -> picture, both (N, C, h, w), for each scale.
    """

    amplitudes: Tensor
    level: Tensor
    start: Tensor

    def __init__(self, scales: Scales, generators: list[Player]) -> None:
        super().__init__()
        self.scales, self.generators = scales, nn.ModuleList(generators)
        self.register_buffer("start", torch.zeros_like(scales[0]))  # z*, which is 0 at all other scales
        self.register_buffer("amplitudes", torch.ones(len(scales)))
        self.register_buffer("level", torch.zeros((), dtype=torch.long))  # the finest scale that is trained

    def made(self, k: int, low: Tensor, *, again: bool = False) -> Tensor:
        """G_k on the coarser picture with new noise, or `again` from z*."""
        if again:
            z = torch.zeros_like(low) if k else self.start
        else:
            z = self.amplitudes[k] * noise.normal(len(low), *low.shape[1:])
        x: Tensor = self.generators[k](z, low)
        return x

    @torch.no_grad()
    def coarser(self, k: int, n: int, *, again: bool = False, whole: tuple[int, int] | None = None) -> Tensor:
        """N pictures of scale k - 1 at the size of scale k, at k = 0 nothing; the scales below do not learn.

        Args:
            k, n, again: which scale; how many; from z*.
            whole: size of the finished picture, by default the training picture's.
        """
        x = self.start.new_zeros(n, self.start.shape[1], *self.scales.size(0, whole))
        for j in range(k):
            self.generators[j].eval()
            x = larger(self.made(j, x, again=again), self.scales.size(j + 1, whole))
        return x

    def generate_size(self, height: int, width: int, n: int) -> Tensor:
        """N pictures of any size, (n, C, height, width): all networks are convolutions."""
        k = int(self.level)
        x = self.made(k, self.coarser(k, n, whole=(height, width)))
        return larger(x, (height, width)).clamp(-1, 1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        return self.generate_size(*self.scales.size(-1), n)

    @torch.no_grad()
    def scores(self, source: Any) -> dict[str, float]:
        """How far the finest reconstruction is from the picture: the root of the mean squared error over pixels."""
        k = int(self.level)
        again = self.made(k, self.coarser(k, 1, again=True), again=True)
        return {"reconstruction error": float((again - self.scales[k]).square().mean().sqrt())}
