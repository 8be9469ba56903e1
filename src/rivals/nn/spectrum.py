"""Singular values of layers as they act, not of their kernels as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def operator_norm(
    kernel: Tensor, shape: Sequence[int], *, stride: Any = 1, padding: Any = 0, iterations: int = 300
) -> float:
    """Largest singular value of a convolution on maps of one shape, by power iteration in float64.

    Args:
        kernel: (out, in, h, w).
        shape: of an input, (in, H, W).
        stride, padding: as `torch.nn.functional.conv2d` takes them.
        iterations: x ← Aᵀ A x, each of which cannot lower the estimate.

    Returns:
        σ₁(A) = max ‖A x‖ / ‖x‖, A the linear map of the layer without its bias.
    """
    kernel = kernel.detach().double()
    x = torch.randn(1, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.enable_grad():
        for _ in range(iterations):
            x = (x / torch.linalg.vector_norm(x)).requires_grad_()
            half = F.conv2d(x, kernel, stride=stride, padding=padding).square().sum() / 2
            (x,) = torch.autograd.grad(half, x)  # Aᵀ A x
    return float(torch.linalg.vector_norm(x).sqrt())
