"""Energies of visible and hidden units that know each other alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.errors import UsageError

COUNTED = 16
"""Units of the smaller layer up to which all of its states are summed over."""


class Restricted(nn.Module):
    """E(v, h) = -b·v - c·h - vᵀW h for v in {0, 1}^V and h in {0, 1}^H.

    Args:
        visible, hidden: V and H.
    """

    def __init__(self, visible: int, hidden: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.01 * torch.randn(visible, hidden))
        self.visible, self.hidden = nn.Parameter(torch.zeros(visible)), nn.Parameter(torch.zeros(hidden))

    def up(self, v: Tensor) -> Tensor:
        """Logits of p(h = 1 | v): (N, V) -> (N, H)."""
        return self.hidden + v @ self.weight

    def down(self, h: Tensor) -> Tensor:
        """Logits of p(v = 1 | h): (N, H) -> (N, V)."""
        return self.visible + h @ self.weight.T

    def forward(self, v: Tensor) -> Tensor:
        """Free energy -log Σ_h exp(-E(v, h)) = -b·v - Σ_j log(1 + exp(c_j + (vᵀW)_j)): (N, V) -> (N,)."""
        return -v @ self.visible - F.softplus(self.up(v)).sum(1)

    def log_partition(self) -> Tensor:
        """Log Σ_v exp(-F(v)), by all states of the smaller layer; ().

        Raises:
            UsageError: where there are too many of them.
        """
        less = min(self.hidden, self.visible, key=len)
        if len(less) > COUNTED:
            raise UsageError(f"the likelihood is a sum over all states of {len(less)} units: take {COUNTED} at most")
        bits = torch.arange(len(less), device=less.device)
        total = []
        for part in torch.arange(1 << len(less), device=less.device).split(4096):
            s = ((part[:, None] >> bits) & 1).to(less)
            field = self.up(s) if less is self.visible else self.down(s)
            total.append((s @ less + F.softplus(field).sum(1)).logsumexp(0))
        return torch.stack(total).logsumexp(0)
