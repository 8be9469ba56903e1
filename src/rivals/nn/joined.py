"""Two inputs looked at as one."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Joined(nn.Module):
    """A network on x and y side by side: pictures as channels, anything else as one vector.

    Args:
        net: takes (N, Cx + Cy, H, W), or (N, Dx + Dy).
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Both (N, ...) -> the network's output; a picture x is brought to y's size."""
        if x.dim() != 4 or y.dim() != 4:
            x, y = x.flatten(1), y.flatten(1)
        elif x.shape[2:] != y.shape[2:]:
            x = F.interpolate(x, y.shape[2:], mode="bilinear")
        out: Tensor = self.net(torch.cat([x, y], 1))
        return out
