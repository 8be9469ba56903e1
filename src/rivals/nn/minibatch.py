"""The minibatch's standard deviation as a feature."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MinibatchStd(nn.Module):
    """Append one map: how much the samples of a group differ, averaged. Karras et al. 2017, 1710.10196, section 3.

    s = mean over (c, h, w) of √(Var over the group of x + ε), the biased variance, the same at every pixel and in the
    whole group. Groups are neighbours of 4, as in the released code.

    Args:
        group: samples in a group; where it does not divide the batch, the largest smaller number that does.
    """

    def __init__(self, group: int = 4) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C + 1, H, W)."""
        n, _, height, width = x.shape
        size = next(g for g in range(min(self.group, n), 0, -1) if n % g == 0)
        groups = x.reshape(n // size, size, -1)
        std = (groups.var(1, correction=0) + 1e-8).sqrt().mean(1)
        return torch.cat([x, std.repeat_interleave(size).view(n, 1, 1, 1).expand(n, 1, height, width)], 1)
