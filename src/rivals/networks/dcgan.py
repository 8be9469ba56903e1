"""Strided convolutions only. Radford et al. 2015, arXiv:1511.06434, section 3, for pictures of any size.

The picture is halved (rounding up) until its shorter side is at most 4, and at least twice where it can be, so that 28
becomes 14, 7, 4, 32 becomes 16, 8, 4, and 8 becomes 4, 2; the generator goes the same way back and crops what rounding
added.
"""

from __future__ import annotations

from typing import TypeVar

from torch import nn

from rivals.errors import UsageError
from rivals.nn.attention import Attention
from rivals.nn.conditional import ByLabel, ConditionalNorm, Projection
from rivals.nn.norms import Norm, norm2d, spectral
from rivals.nn.shapes import Crop, Pad, Reshape, Squeeze
from rivals.options import listed

Net = TypeVar("Net", bound=nn.Module)


def sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Heights and widths from the picture down to the smallest map."""
    steps = [(height, width)]
    while min(steps[-1]) > 4 or (len(steps) < 3 and min(steps[-1]) > 1):
        h, w = steps[-1]
        steps.append((-(-h // 2), -(-w // 2)))
    return steps


def hidden_sides(height: int, width: int) -> list[int]:
    """Shorter sides of the hidden maps, the largest first; before a generator crops what rounding added."""
    maps = sizes(height, width)
    return [min(maps[-1]) << i for i in range(len(maps) - 1)][::-1] or [min(maps[-1])]


def attended(height: int, width: int, wanted: int | None, most: int = 32) -> int:
    """The side of the map that attends: the wanted one, or the largest hidden one of at most `most`."""
    sides = hidden_sides(height, width)
    return next((side for side in sides if side <= most), sides[-1]) if wanted is None else wanted


def generator(
    latent: int, channels: int, height: int, width: int, base: int = 64, norm: Norm = "batch", attention: int = 0
) -> nn.Sequential:
    """Latent (N, L) -> pictures (N, channels, height, width) in [-1, 1].

    Args:
        latent: L.
        channels, height, width: of the picture.
        base: channels of the largest hidden map; each halving doubles them.
        norm: of the hidden maps, "batch" in the paper.
        attention: the shorter side of the hidden map that self-attention looks at, 0 for none.

    Raises:
        UsageError: where no hidden map has that side.
    """
    maps, sides = sizes(height, width), hidden_sides(height, width)[::-1]
    check_attention(attention, sides)
    halvings = len(maps) - 1
    wide = base * 2 ** max(halvings - 1, 0)
    layers: list[nn.Module] = [
        Reshape(latent, 1, 1),
        nn.ConvTranspose2d(latent, wide, maps[-1], bias=norm == "none"),
        norm2d(norm, wide),
        nn.ReLU(),
        *attending(wide, attention, sides[0]),
    ]
    for i in range(halvings - 1):
        a, b = wide >> i, wide >> (i + 1)
        layers += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=norm == "none"), norm2d(norm, b), nn.ReLU()]
        layers += attending(b, attention, sides[i + 1])
    last: nn.Module = (
        nn.ConvTranspose2d(base, channels, 4, 2, 1) if halvings else nn.Conv2d(base, channels, 3, padding=1)
    )
    net = nn.Sequential(*layers, last, Crop(height, width), nn.Tanh())
    return initialised(net)


def critic(
    channels: int,
    height: int,
    width: int,
    base: int = 64,
    norm: Norm = "batch",
    outputs: int = 1,
    attention: int = 0,
) -> nn.Sequential:
    """Pictures (N, channels, height, width) -> logits (N,), or (N, outputs); no norm on the first map.

    Args:
        channels, height, width: of the picture.
        base: channels of the first hidden map; each halving doubles them.
        norm: of the other hidden maps, or "spectral" for all weights.
        outputs: logits a sample.
        attention: as the generator's.
    """
    trunk = features(channels, height, width, base, norm, attention)
    net = nn.Sequential(
        *trunk, nn.Conv2d(trunk_width(height, width, base), outputs, sizes(height, width)[-1]), Squeeze()
    )
    initialised(net)
    if norm == "spectral":
        spectral(net)
    return net


def trunk_width(height: int, width: int, base: int) -> int:
    """Channels of the smallest map of a critic."""
    return base << max(len(sizes(height, width)) - 2, 0)


def features(
    channels: int, height: int, width: int, base: int = 64, norm: Norm = "batch", attention: int = 0
) -> nn.Sequential:
    """The critic without its last layer: pictures -> the smallest map (N, trunk_width, h, w)."""
    maps, sides = sizes(height, width), hidden_sides(height, width)
    check_attention(attention, sides)
    halvings = len(maps) - 1
    layers: list[nn.Module] = [Pad(maps[-1][0] << halvings, maps[-1][1] << halvings)]
    before, kernel = channels, (4, 2, 1) if halvings else (3, 1, 1)
    for i in range(max(halvings, 1)):
        after = base << i
        layers.append(nn.Conv2d(before, after, *kernel, bias=i == 0 or norm in ("none", "spectral")))
        layers += [norm2d(norm, after)] if i else []
        layers.append(nn.LeakyReLU(0.2))
        layers += attending(after, attention, sides[i])
        before = after
    return nn.Sequential(*layers)


def conditional_generator(
    latent: int, channels: int, height: int, width: int, condition: int, base: int = 64, attention: int = 0
) -> ByLabel:
    """Latent (N, L) and labels (N,) or codes (N, condition) -> pictures; the generator with conditional batch norms.

    Arguments as the generator's.
    """
    layers = generator(latent, channels, height, width, base, "batch", attention)
    told = (ConditionalNorm(x.num_features, condition) if isinstance(x, nn.BatchNorm2d) else x for x in layers)
    return ByLabel(nn.Sequential(*told), condition)


def projection_critic(
    channels: int, height: int, width: int, condition: int, base: int = 64, norm: Norm = "spectral", attention: int = 0
) -> Projection:
    """Pictures and labels (N,) or codes -> logits (N,); the trunk under a projection. Arguments as the critic's."""
    trunk = features(channels, height, width, base, norm, attention)
    net = initialised(Projection(trunk, trunk_width(height, width, base), condition))
    if norm == "spectral":
        spectral(net)
    return net


def attending(channels: int, wanted: int, side: int) -> list[nn.Module]:
    """Self-attention for a map where its side is the wanted one, else nothing."""
    return [Attention(channels)] if wanted and side == wanted else []


def check_attention(wanted: int, sides: list[int]) -> None:
    """Refuse a side that no map has.

    Raises:
        UsageError: naming those that there are.
    """
    if wanted and wanted not in sides:
        raise UsageError(
            f"no hidden map has a side of {wanted}: attention can be at {listed(map(str, sorted(sides)))}, or 0"
        )


def initialised(net: Net) -> Net:
    """All weights from N(0, .02²), gains from N(1, .02²), as in the paper, section 4."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm | nn.InstanceNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)
    return net
