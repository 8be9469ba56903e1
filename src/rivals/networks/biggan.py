"""Residual networks that are told the label. Brock et al. 2018, arXiv:1809.11096, appendix B.

Maps have the sizes of `rivals.networks.dcgan.sizes`; each halving doubles the channels, up to eightfold.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.networks.dcgan import attending, check_attention, hidden_sides, sizes
from rivals.nn.conditional import ConditionalNorm, Projection
from rivals.nn.norms import spectral
from rivals.nn.shapes import Crop, Pad


class Up(nn.Module):
    """Two 3×3 convolutions with conditional norms, around twice the size: (N, a, h, w) -> (N, b, 2h, 2w).

    Args:
        a, b: channels.
        condition: numbers in a condition.
    """

    def __init__(self, a: int, b: int, condition: int) -> None:
        super().__init__()
        self.first, self.second = ConditionalNorm(a, condition), ConditionalNorm(b, condition)
        self.widen, self.refine = nn.Conv2d(a, b, 3, padding=1), nn.Conv2d(b, b, 3, padding=1)
        self.short = nn.Conv2d(a, b, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Maps and conditions (N, condition) -> maps."""
        y = self.widen(_doubled(F.relu(self.first(x, condition))))
        y = self.refine(F.relu(self.second(y, condition)))
        out: Tensor = y + _doubled(self.short(x))  # a 1×1 convolution before, at a quarter of the places
        return out


class Down(nn.Module):
    """Two 3×3 convolutions, then half the size: (N, a, h, w) -> (N, b, h/2, w/2).

    Args:
        a, b: channels.
        first: whether the input is a picture, which no ReLU may cut.
        halved: whether the size is halved at all.
    """

    def __init__(self, a: int, b: int, *, first: bool = False, halved: bool = True) -> None:
        super().__init__()
        self.start: nn.Module = nn.Identity() if first else nn.ReLU()
        self.end: nn.Module = nn.AvgPool2d(2) if halved else nn.Identity()
        self.widen, self.refine = nn.Conv2d(a, b, 3, padding=1), nn.Conv2d(b, b, 3, padding=1)
        self.short: nn.Module = nn.Conv2d(a, b, 1) if a != b or halved else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y = self.refine(F.relu(self.widen(self.start(x))))
        out: Tensor = self.end(y + self.short(x))
        return out


class Generator(nn.Module):
    """Latents (N, L) and labels (N,) -> pictures in [-1, 1], section 3 and appendix B.

    The latent is split: its first part makes the smallest map, each block's norms are told a further one beside the
    label's vector, which all blocks share.

    Args:
        latent: L, at least one number for the map and for each block.
        channels, height, width: of the picture.
        classes: how many labels there are.
        base: channels of the largest map.
        embedding: numbers in a label's vector.
        attention: the shorter side of the map that self-attention looks at, 0 for none.

    Raises:
        UsageError: for a latent that cannot be split so, or a side that no map has.
    """

    def __init__(
        self,
        latent: int,
        channels: int,
        height: int,
        width: int,
        classes: int,
        base: int,
        embedding: int,
        attention: int,
    ) -> None:
        super().__init__()
        maps = sizes(height, width)
        blocks = len(maps) - 1
        self.small, each = maps[-1], latent // (blocks + 1)
        if not each:
            raise UsageError(f"a latent of {latent} cannot be split into {blocks + 1} parts: give it more numbers")
        self.parts = [latent - blocks * each, *[each] * blocks]
        widths = [base * min(8, 2**i) for i in range(blocks + 1)][::-1]
        self.shared = nn.Embedding(classes, embedding)
        self.start = nn.Linear(self.parts[0], widths[0] * self.small[0] * self.small[1])
        self.blocks = nn.ModuleList(Up(a, b, each + embedding) for a, b in pairwise(widths))
        sides = hidden_sides(height, width)[::-1]
        check_attention(attention, sides)
        looks = (attending(w, attention, side) for w, side in zip(widths[:-1], sides, strict=True))
        self.looks = nn.ModuleList(nn.Sequential(*look) for look in looks)
        self.end = nn.Sequential(
            nn.BatchNorm2d(base), nn.ReLU(), nn.Conv2d(base, channels, 3, padding=1), Crop(height, width), nn.Tanh()
        )

    def forward(self, latent: Tensor, labels: Tensor) -> Tensor:
        """See the class."""
        first, *rest = latent.split(self.parts, 1)
        label = self.shared(labels)
        x = self.start(first).unflatten(1, (-1, *self.small))
        for block, look, part in zip(self.blocks, self.looks, rest, strict=True):
            x = block(look(x), torch.cat([part, label], 1))
        made: Tensor = self.end(x)
        return made


def critic(channels: int, height: int, width: int, classes: int, base: int, attention: int) -> Projection:
    """Pictures and labels (N,) -> logits (N,), with a projection; arguments as the generator's."""
    maps = sizes(height, width)
    blocks = len(maps) - 1
    widths = [base * min(8, 2**i) for i in range(blocks)]
    sides = hidden_sides(height, width)
    check_attention(attention, sides)
    layers: list[nn.Module] = [Pad(maps[-1][0] << blocks, maps[-1][1] << blocks)]
    for i, (a, b) in enumerate(pairwise([channels, *widths])):
        layers += [Down(a, b, first=i == 0), *attending(b, attention, sides[i])]
    layers += [Down(widths[-1], widths[-1], halved=False), nn.ReLU()]
    return Projection(nn.Sequential(*layers), widths[-1], classes)


def initialised(net: nn.Module) -> nn.Module:
    """Orthogonal matrices throughout, biases zero; then all of spectral norm 1 but the label's vector that G shares."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
            nn.init.orthogonal_(module.weight)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]
        if isinstance(module, ConditionalNorm):
            nn.init.orthogonal_(module.gain)
            nn.init.orthogonal_(module.shift)
    for child in net.children():
        if child is not getattr(net, "shared", None):
            spectral(child)
    return net


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
