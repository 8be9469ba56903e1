"""Pictures with a part that is another part of themselves."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise


def crop_mixture(x: Tensor, share: float) -> Tensor:
    """With a probability a random part of each picture is replaced by another part of it; differentiable.

    Both parts have sides uniform between a quarter and three quarters of the picture's, after CutMix, Yun et al. 2019,
    arXiv:1905.04899, which takes the other part from another picture.

    Args:
        x: pictures (N, C, H, W).
        share: the probability, in [0, 1]; nothing is drawn for 0.

    Returns:
        Pictures (N, C, H, W).
    """
    if not share:
        return x
    n, _, height, width = x.shape
    mixed = (noise.uniform(n) < share).to(x.device)
    inside, other = [], []
    for length in (height, width):
        size, here, there = (noise.uniform(n, 1).to(x.device) for _ in range(3))
        side = ((0.25 + 0.5 * size) * length).floor().clamp(min=1)
        start, source = ((u * (length - side + 1)).floor() for u in (here, there))
        place = torch.arange(length, device=x.device)
        inside.append((place >= start) & (place < start + side))
        other.append((place + source - start).clamp(0, length - 1).long())
    rows, columns = other[0][:, None, :, None], other[1][:, None, None, :]
    moved = x.gather(2, rows.expand_as(x)).gather(3, columns.expand_as(x))
    mask = mixed.view(-1, 1, 1, 1) & inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return torch.where(mask, moved, x)
