"""Every place of a map looks at every other. Zhang et al. 2018, arXiv:1805.08318, section 3."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """γ v(Σᵢ βⱼᵢ h(xᵢ)) + x, β the softmax over i of f(xᵢ)·g(xⱼ): (N, C, H, W) -> (N, C, H, W).

    f, g, h and v are 1×1 convolutions without bias; f and g have C/8 maps, h has C/2. Keys f and values h are
    max-pooled over 2×2 places, as in the released code. γ starts at 0, so the layer starts as the identity. For weights
    of spectral norm 1 give it, or the net that holds it, to `rivals.nn.norms.spectral`.

    Args:
        channels: C.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        few, half = max(1, channels // 8), max(1, channels // 2)
        self.query, self.key = (nn.Conv2d(channels, few, 1, bias=False) for _ in range(2))
        self.value, self.out = nn.Conv2d(channels, half, 1, bias=False), nn.Conv2d(half, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def weights(self, x: Tensor) -> Tensor:
        """β: maps -> (N, H·W, h·w), where each place looks; every row sums to 1."""
        query, key = self.query(x).flatten(2), _pooled(self.key(x)).flatten(2)
        return torch.softmax(query.transpose(1, 2) @ key, 2)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        seen = _pooled(self.value(x)).flatten(2) @ self.weights(x).transpose(1, 2)
        out: Tensor = x + self.gamma * self.out(seen.unflatten(2, x.shape[2:]))
        return out


def _pooled(x: Tensor) -> Tensor:
    """The largest of 2×2 places; at an odd edge of what is there."""
    return F.max_pool2d(x, 2, ceil_mode=True)
