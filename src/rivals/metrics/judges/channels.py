"""A judge of grey pictures that looks at each channel apart."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.metrics.judges.judge import Judge


class EachChannel(Judge):
    """Features of the channels side by side, for pictures whose channels are pictures of their own.

    It names no classes: those of the channels are `single`'s.

    Args:
        single: the judge of one channel.
        channels: C.
    """

    def __init__(self, single: Judge, channels: int) -> None:
        before = f"each of {channels} channels apart; {single.preprocessing}"
        super().__init__(f"{single.name} on each channel", before, size=single.size, dim=channels * single.dim)
        self.single = single
        self.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] -> features (N, C · D), and no logits (N, 0)."""
        n, channels, *sides = images.shape
        features: Tensor = self.single(images.reshape(n * channels, 1, *sides))[0]
        return features.view(n, -1), torch.empty(n, 0, device=images.device)
