"""Small changes of shape as modules."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Squeeze(nn.Module):
    """(N, 1) or (N, 1, 1, 1) -> (N,); (N, K, 1, 1) -> (N, K): logits as objectives take them."""

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        x = x.flatten(1)
        return x[:, 0] if x.shape[1] == 1 else x


class Crop(nn.Module):
    """The middle `height` × `width` of each picture, (N, C, H, W) -> (N, C, height, width)."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        top, left = (x.shape[2] - self.height) // 2, (x.shape[3] - self.width) // 2
        return x[:, :, top : top + self.height, left : left + self.width]


class Pad(nn.Module):
    """Repeat the edges until each picture is `height` × `width`, the inverse of `Crop`."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, height, width)."""
        down, across = self.height - x.shape[2], self.width - x.shape[3]
        if not down and not across:
            return x
        return F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2), mode="replicate")


class Reshape(nn.Module):
    """(N, ...) -> (N, *shape)."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return x.reshape(-1, *self.shape)


class Scale(nn.Module):
    """Factor · x + shift, fixed: from one range of pixels to another."""

    def __init__(self, factor: float, shift: float = 0.0) -> None:
        super().__init__()
        self.factor, self.shift = factor, shift

    def forward(self, x: Tensor) -> Tensor:
        """(N, ...) -> (N, ...)."""
        return self.factor * x + self.shift
