"""Weight normalisation with a start that depends on data."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.nn.prepared import Prepared


class WeightNormed(Prepared):
    """y = g · (v / ‖v‖)ᵀx + b, after normal noise on x. Salimans & Kingma 2016, arXiv:1602.07868, section 2.

    On a first batch g ← 1 / σ[t], b ← -μ[t] / σ[t] with t = (v / ‖v‖)ᵀx, section 3, so that y starts with mean 0 and
    standard deviation 1. Where g then stays, the network cannot outgrow the noise by larger weights.

    Args:
        inputs, outputs: numbers in x and in y.
        std: of the noise on x in training; in evaluation there is none.
        learned: whether g is trained.
    """

    def __init__(self, inputs: int, outputs: int, *, std: float = 0.0, learned: bool = False) -> None:
        super().__init__()
        # the length of v does not change y, but how fast Adam turns it; .1 is the improved GAN's authors'
        self.weight = nn.Parameter(0.1 * torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = nn.Parameter(torch.ones(outputs), requires_grad=learned)
        self.in_features, self.out_features, self.std = inputs, outputs, std

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) -> (N, outputs)."""
        # the product is scaled, not the matrix, which is larger
        out: Tensor = F.linear(self.disturbed(x), self.weight) * (self.scale / self.weight.norm(dim=1)) + self.bias
        return out

    def disturbed(self, x: Tensor) -> Tensor:
        """X with its noise, in training."""
        return x + self.std * noise.normal(*x.shape).to(x) if self.std and self.training else x

    @torch.no_grad()
    def look(self, x: Tensor) -> None:
        """Set g and b by inputs (N, inputs), N ≥ 2."""
        t = F.linear(self.disturbed(x), self.weight) / self.weight.norm(dim=1)
        self.scale.copy_(1 / t.std(0).clamp_min(1e-3))
        self.bias.copy_(-self.scale * t.mean(0))
