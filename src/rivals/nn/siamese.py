"""Two inputs looked at by the same network."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Siamese(nn.Module):
    """Whether a and b are alike: the last layers of a network on |φ(a) - φ(b)|, φ its other layers.

    Args:
        net: (N, ...) -> logits.
        last: how many of its layers are the last ones.
    """

    def __init__(self, net: nn.Sequential, last: int = 1) -> None:
        super().__init__()
        self.branch, self.head = net[:-last], net[-last:]

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Both (N, ...) -> the network's output; both are normalised together."""
        first, second = self.branch(torch.cat([a, b])).chunk(2)
        out: Tensor = self.head((first - second).abs())
        return out
