"""Networks that are told a condition by their norms and their last layer, not as a further input."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.nn.labels import code


class ConditionalNorm(nn.Module):
    """Batch norm whose gain 1 + Wᵀc and shift Vᵀc follow from a condition c. Dumoulin et al. 2016, arXiv:1610.07629.

    W and V start at zero. They are no matrices between maps, so a spectral norm leaves them alone.

    Args:
        channels: of the maps.
        size: numbers in a condition; of a label, one-hot, as many as there are classes.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain, self.shift = (nn.Parameter(torch.zeros(size, channels)) for _ in range(2))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Maps (N, C, H, W) and conditions (N, size) -> maps."""
        gain, shift = ((condition @ w)[:, :, None, None] for w in (self.gain, self.shift))
        out: Tensor = self.norm(x) * (1 + gain) + shift
        return out


class ByLabel(nn.Module):
    """Layers in a row, the conditional norms of which are told the condition.

    Args:
        net: the layers.
        size: numbers in a condition's code; of labels, as many as there are classes.
    """

    def __init__(self, net: nn.Sequential, size: int) -> None:
        super().__init__()
        self.net, self.size = net, size

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Inputs (N, ...) and labels (N,) or codes (N, size) -> what the last layer gives."""
        told = code(condition, self.size).to(x)
        for layer in self.net:
            x = layer(x, told) if isinstance(layer, ConditionalNorm) else layer(x)
        return x


class Projection(nn.Module):
    """ψ·φ(x) + e(y)·φ(x) + b, φ the trunk's map summed over places. Miyato & Koyama 2018, arXiv:1802.05637.

    Args:
        trunk: pictures -> maps (N, channels, h, w).
        channels: numbers in φ.
        size: numbers in a condition's code, of labels as many as there are classes; 0 leaves out e.
    """

    def __init__(self, trunk: nn.Module, channels: int, size: int = 0) -> None:
        super().__init__()
        self.trunk, self.judge = trunk, nn.Linear(channels, 1)
        self.named = nn.Embedding(size, channels) if size else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Pictures [and labels (N,) or codes (N, size)] -> logits (N,)."""
        features = self.trunk(x)
        features = features.flatten(2).sum(2) if features.dim() > 2 else features
        logits: Tensor = self.judge(features)[:, 0]
        if self.named is not None:
            assert condition is not None
            e = condition @ self.named.weight if condition.is_floating_point() else self.named(condition)
            logits = logits + (e * features).sum(1)
        return logits
