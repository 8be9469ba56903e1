"""Normalisation of each pixel's feature vector."""

from __future__ import annotations

from torch import Tensor, nn


class PixelNorm(nn.Module):
    """b = a / √(mean over channels of a² + ε), at every pixel. Karras et al. 2017, arXiv:1710.10196, section 4.2."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, ...) -> (N, C, ...), each vector over C of length √C."""
        return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()
