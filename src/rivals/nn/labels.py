"""Conditions as a second input: labels, or numbers, as codes beside what a network is given."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def code(condition: Tensor, size: int) -> Tensor:
    """Labels, int64 (N,), as one-hot rows; rows of numbers (N, size) as they are: float32 (N, size)."""
    return condition.float() if condition.is_floating_point() else F.one_hot(condition, size).float()


def alike(a: Tensor, b: Tensor) -> Tensor:
    """Whether two batches of labels (N,), or of codes (N, size), name the same, boolean (N,)."""
    return (a == b).all(1) if a.dim() > 1 else a == b


def beside(x: Tensor, code: Tensor) -> Tensor:
    """Vectors (N, C) or maps (N, C, ...) with a code (N, size) as further numbers, or as constant maps."""
    code = code.to(x).view(*code.shape, *[1] * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])
    return torch.cat([x, code], 1)


class WithLabels(nn.Module):
    """Append the condition's code to a network's input: to vectors as numbers, to pictures as constant maps.

    Mirza & Osindero 2014, arXiv:1411.1784, figure 1.

    Args:
        net: takes `size` more channels than the bare input has.
        size: numbers in a code; of labels, as many as there are classes.
    """

    def __init__(self, net: nn.Module, size: int) -> None:
        super().__init__()
        self.net, self.size = net, size

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """X (N, C, ...) and labels (N,) or codes (N, size) -> the network's output."""
        out: Tensor = self.net(beside(x, code(condition, self.size)))
        return out


class EveryLayer(nn.Module):
    """Layers in a row, each with weights of which also sees the condition's code. Li et al. 2019, arXiv:1905.01618.

    Args:
        net: the layers as they are without a condition; those with weights are widened here.
        size: numbers in a code.
    """

    def __init__(self, net: nn.Sequential, size: int) -> None:
        super().__init__()
        self.net, self.size = nn.Sequential(*(_widened(layer, size) for layer in net)), size

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """X (N, C, ...) and labels (N,) or codes (N, size) -> what the last layer gives."""
        told = code(condition, self.size)
        for layer in self.net:
            x = layer(beside(x, told)) if isinstance(layer, WEIGHED) else layer(x)
        return x


WEIGHED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def _widened(layer: nn.Module, size: int) -> nn.Module:
    """A layer with weights as one that takes `size` more channels, whose weights are drawn as large as its own."""
    if isinstance(layer, nn.Sequential):
        raise TypeError("layers in a row must not be nested to see a condition at every one of them")
    if not isinstance(layer, WEIGHED):
        return layer
    axis = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
    shape = list(layer.weight.shape)
    shape[axis] = size
    more = torch.randn(shape) * layer.weight.detach().std()
    layer.weight = nn.Parameter(torch.cat([layer.weight.detach(), more], axis))
    if isinstance(layer, nn.Linear):
        layer.in_features += size
    else:
        layer.in_channels += size
    return layer
