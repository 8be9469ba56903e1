"""A critic that looks at patches. Isola et al. 2016, arXiv:1611.07004, section 3.2.2 and appendix 6.1.2."""

from __future__ import annotations

import math

from torch import nn

from rivals.networks import mlp
from rivals.networks.dcgan import initialised
from rivals.nn.norms import Norm, norm2d, spectral
from rivals.nn.shapes import Pad


def critic(shape: tuple[int, ...], width: int = 64, *, norm: Norm = "instance", layers: int | None = None) -> nn.Module:
    """Pictures (N, C, H, W) -> one logit a patch (N, 1, h, w); vectors (N, D) -> logits (N,), fully connected.

    `layers` halvings, then two convolutions of stride 1. Three halvings see 70×70 pixels each, two 34×34, one 16×16.

    Args:
        shape: of one sample.
        width: channels of the first hidden map, doubled to at most 8 times; vectors get three layers of twice as many.
        norm: of all hidden maps but the first, or "spectral" for the weights.
        layers: halvings; None for the paper's three, fewer where the map that is left would be smaller than 4×4.
    """
    if len(shape) != 3:
        return mlp.critic(shape, [2 * width] * 3, activation=nn.LeakyReLU(0.2))
    channels, height, wide = shape
    halvings = min(3, max(0, int(math.log2(min(height, wide))) - 2)) if layers is None else layers
    least = 4 << halvings
    body: list[nn.Module] = [Pad(max(height, least), max(wide, least))]
    before = channels
    for i in range(halvings + 1):
        after, first = width * min(2**i, 8), i == 0
        body += [nn.Conv2d(before, after, 4, 2 if i < halvings else 1, 1), norm2d("none" if first else norm, after)]
        body.append(nn.LeakyReLU(0.2))
        before = after
    net = initialised(nn.Sequential(*body, nn.Conv2d(before, 1, 4, 1, 1)))
    return spectral(net) if norm == "spectral" else net
