"""Dropout as a generator's noise."""

from __future__ import annotations

from torch import Tensor, nn

from rivals import noise


class NoisyDropout(nn.Module):
    """Dropout that stays on in evaluation, where it is all the noise there is. Isola et al. 2016, arXiv:1611.07004.

    The mask belongs to the sample, so it comes from `rivals.noise`. Section 2.1 and 6.2 of the paper.

    Args:
        p: probability that a number is set to 0, in [0, 1); the others are multiplied by 1 / (1 - p).
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """(N, ...) -> (N, ...)."""
        if not self.p:
            return x
        return x * (noise.uniform(*x.shape).to(x) >= self.p) / (1 - self.p)
