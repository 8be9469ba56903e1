"""What happens to a picture before a judge's first layer: rounding, colour, size; the same for real and fake."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

GREY = (0.299, 0.587, 0.114)
"""Luma of red, green and blue, ITU-R BT.601."""

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Mean and standard deviation of ImageNet's channels in [0, 1]."""


def quantised(x: Tensor) -> Tensor:
    """Pictures in [-1, 1] rounded to 8 bit, as a file would hold them."""
    return ((x + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def resized(x: Tensor, size: int, mode: str = "bilinear") -> Tensor:
    """Pictures (N, C, H, W) in [-1, 1] -> (N, C, size, size), antialiased, 8 bit before and after.

    Resizing is part of a metric (Parmar et al. 2021, arXiv:2104.11222), and fakes that are not rounded like the reals
    would be told from them by their rounding alone.

    Args:
        x: the pictures.
        size: height and width of the result.
        mode: "bilinear" or "bicubic".
    """
    x = quantised(x)
    return x if x.shape[2:] == (size, size) else quantised(scaled(x, size, mode))


def scaled(x: Tensor, size: int, mode: str = "bilinear") -> Tensor:
    """Pictures (N, C, H, W) -> (N, C, size, size), antialiased where they shrink, without rounding."""
    if x.shape[2:] == (size, size):
        return x
    return nn.functional.interpolate(x, (size, size), mode=mode, antialias=True)


def grey(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 1, H, W): luma of three channels, the mean of any other number."""
    if x.shape[1] == 3:
        return (x * torch.tensor(GREY, device=x.device)[:, None, None]).sum(1, keepdim=True)
    return x.mean(1, keepdim=True)


def coloured(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 3, H, W): three channels as they are, the mean of any other number three times."""
    return x if x.shape[1] == 3 else x.mean(1, keepdim=True).expand(-1, 3, -1, -1)


def standardised(x: Tensor, mean: Sequence[float], deviation: Sequence[float]) -> Tensor:
    """Pictures (N, 3, H, W) in [-1, 1] -> the same in [0, 1], less a mean and over a deviation of each channel."""
    centre, width = (x.new_tensor(list(values))[:, None, None] for values in (mean, deviation))
    return ((x + 1) / 2 - centre) / width
