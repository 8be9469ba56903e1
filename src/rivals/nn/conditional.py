"""Networks that are told a condition by their norms and their last layer, not as a further input."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
    """Layers in a row, the conditional norms of which are told the label, one-hot.

    Args:
        net: the layers.
        classes: how many labels there are.
    """

    def __init__(self, net: nn.Sequential, classes: int) -> None:
        super().__init__()
        self.net, self.classes = net, classes

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Inputs (N, ...) and labels (N,) -> what the last layer gives."""
        code = F.one_hot(labels, self.classes).to(x)
        for layer in self.net:
            x = layer(x, code) if isinstance(layer, ConditionalNorm) else layer(x)
        return x


class Projection(nn.Module):
    """ψ·φ(x) + e(y)·φ(x) + b, φ the trunk's map summed over places. Miyato & Koyama 2018, arXiv:1802.05637.

    Args:
        trunk: pictures -> maps (N, channels, h, w).
        channels: numbers in φ.
        classes: how many labels there are; 0 leaves out e.
    """

    def __init__(self, trunk: nn.Module, channels: int, classes: int = 0) -> None:
        super().__init__()
        self.trunk, self.judge = trunk, nn.Linear(channels, 1)
        self.named = nn.Embedding(classes, channels) if classes else None

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Pictures [and labels (N,)] -> logits (N,)."""
        features = self.trunk(x).flatten(2).sum(2)
        logits: Tensor = self.judge(features)[:, 0]
        if self.named is not None:
            logits = logits + (self.named(labels) * features).sum(1)
        return logits
