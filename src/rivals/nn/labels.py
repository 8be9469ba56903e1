"""Labels as a second input."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class WithLabels(nn.Module):
    """Append the one-hot label to a network's input: to vectors as numbers, to pictures as constant maps.

    Mirza & Osindero 2014, arXiv:1411.1784, figure 1.

    Args:
        net: takes `classes` more channels than the bare input has.
        classes: number of labels.
    """

    def __init__(self, net: nn.Module, classes: int) -> None:
        super().__init__()
        self.net, self.classes = net, classes

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """X (N, C, ...) and labels (N,) -> the network's output."""
        code = F.one_hot(labels, self.classes).to(x)
        code = code.view(*code.shape, *[1] * (x.dim() - 2)).expand(-1, -1, *x.shape[2:])
        out: Tensor = self.net(torch.cat([x, code], 1))
        return out
