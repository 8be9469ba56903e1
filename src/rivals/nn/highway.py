"""Gated skip connections."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Highway(nn.Module):
    """y = t·relu(W₁x + b₁) + (1 - t)·x with the gate t = σ(W₂x + b₂). Srivastava et al. 2015, arXiv:1505.00387, eq. 3.

    Args:
        width: of input and output, (N, width) -> (N, width).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change, self.gate = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return torch.lerp(x, self.change(x).relu(), self.gate(x).sigmoid())
