"""Random maps of pictures that leave the distribution of much noise as it is, and no picture's."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise


def turned(x: Tensor) -> Tensor:
    """Each picture (N, C, H, W) turned by 0°, 90°, 180° or 270°; by 0° or 180° where it is no square."""
    square = x.shape[2] == x.shape[3]
    turns = [x.rot90(k, (2, 3)) for k in ((0, 1, 2, 3) if square else (0, 2))]
    which = noise.integers(len(x), len(turns)).to(x.device)
    return torch.stack(turns)[which, torch.arange(len(x), device=x.device)]


def shuffled(x: Tensor) -> Tensor:
    """The channels of each picture (N, C, H, W) in a random order."""
    order = noise.uniform(len(x), x.shape[1]).to(x.device).argsort(1)
    return x.gather(1, order[:, :, None, None].expand_as(x))


def inverted(x: Tensor) -> Tensor:
    """Each channel of each picture (N, C, H, W) with a random sign."""
    sign = 2.0 * noise.integers(len(x) * x.shape[1], 2).to(x) - 1
    return x * sign.view(len(x), x.shape[1], 1, 1)
