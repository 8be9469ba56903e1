"""Capsules: vectors whose length says whether something is there. Sabour et al. 2017, arXiv:1710.09829."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def squash(s: Tensor) -> Tensor:
    """Squash s to s ‖s‖ / (1 + ‖s‖²) over the last axis: directions stay, lengths become ‖s‖² / (1 + ‖s‖²); eq. 1."""
    squared = s.square().sum(-1, keepdim=True)
    return s * (squared + 1e-12).sqrt() / (1 + squared)


class Primary(nn.Module):
    """Maps (N, C, h, w) -> capsules (N, C / d · h · w, d): d channels at a place are one, squashed."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return squash(x.unflatten(1, (-1, self.size)).movedim(2, -1).flatten(1, 3))


class Routed(nn.Module):
    """Capsules (N, I, d) -> (N, J, D), by routing-by-agreement: procedure 1.

    û_ij = W_ij u_i, v_j = squash(Σ_i c_ij û_ij), c_i = softmax(b_i), b_ij ← b_ij + û_ij · v_j, b = 0 at first. Only the
    last pass has a gradient through û; a single j is given all of everything, since c_i has to sum to 1.

    Args:
        before, after: I and J.
        size, wide: d and D.
        passes: of routing, at least 1.
    """

    def __init__(self, before: int, after: int, size: int, wide: int, passes: int = 3) -> None:
        super().__init__()
        self.passes = passes
        self.weight = nn.Parameter(torch.randn(before, after, wide, size) / math.sqrt(size))

    def forward(self, u: Tensor) -> Tensor:
        """See the class."""
        votes = torch.einsum("ijDd,nid->nijD", self.weight, u)
        fixed, agreement = votes.detach(), votes.new_zeros(votes.shape[:3])
        for _ in range(self.passes - 1):
            v = squash((agreement.softmax(2)[..., None] * fixed).sum(1))
            agreement = agreement + (fixed * v[:, None]).sum(-1)
        return squash((agreement.softmax(2)[..., None] * votes).sum(1))


class Lengths(nn.Module):
    """Capsules (N, J, D) -> lengths (N, J) in [0, 1)."""

    def forward(self, v: Tensor) -> Tensor:
        """See the class."""
        return (v.square().sum(-1) + 1e-12).sqrt()
