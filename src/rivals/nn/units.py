"""Inputs in the units of a data set."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Units(nn.Module):
    """(x - mean) / std with figures taken once from data: (..., dim) -> (..., dim).

    Args:
        dim: numbers in an input.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("std", torch.ones(dim))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Take mean and standard deviation from x (N, dim), N ≥ 2."""
        self.mean.copy_(x.mean(0))
        self.std.copy_(x.std(0).clamp_min(1e-3))

    def forward(self, x: Tensor) -> Tensor:
        """See the class; x may be on another device."""
        return (x.to(self.mean) - self.mean) / self.std
