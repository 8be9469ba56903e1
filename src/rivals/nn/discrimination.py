"""Minibatch discrimination: how near the other samples of a batch are."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.nn.weightnorm import WeightNormed


class MinibatchDiscrimination(nn.Module):
    """Append o_b = Σ_j exp(-‖M_ib - M_jb‖₁), M = fT, over the other samples j of the batch.

    Salimans et al. 2016, arXiv:1606.03498, section 3.2; there the sum has the sample itself as well, a constant 1.

    Args:
        inputs: numbers in f.
        kernels: B, features to append.
        dims: C, rows of a kernel's matrix.

    Raises:
        UsageError: for less than one kernel or dimension.
    """

    def __init__(self, inputs: int, kernels: int = 50, dims: int = 5) -> None:
        super().__init__()
        if min(kernels, dims) < 1:
            raise UsageError(f"minibatch discrimination needs at least 1 kernel and 1 dimension, not {kernels}, {dims}")
        self.kernels = kernels
        # distances of order 1, where the exponential neither saturates nor vanishes
        self.weight = nn.Parameter(torch.randn(inputs, kernels * dims) / (dims * math.sqrt(inputs)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) -> (N, inputs + kernels)."""
        m = (x @ self.weight).unflatten(1, (self.kernels, -1))
        near = (m[:, None] - m[None]).abs().sum(3).neg().exp()
        return torch.cat([x, near.sum(1) - 1], 1)


def discriminating(net: nn.Module, kernels: int = 50, dims: int = 5) -> nn.Module:
    """Let a critic's last layer with weights, a linear one or a convolution over the whole map, see the batch as well.

    Args:
        net: (N, ...) -> (N,) or (N, K), with its layers in one sequence; it is changed in place.
        kernels, dims: of `MinibatchDiscrimination`.

    Raises:
        UsageError: where the last layer is another.
    """
    layers = next((m for m in net.modules() if isinstance(m, nn.Sequential)), nn.Sequential())
    last = max((i for i, layer in enumerate(layers) if any(True for _ in layer.parameters())), default=-1)
    old = layers[last] if last >= 0 else net
    if isinstance(old, nn.Conv2d):
        inputs, outputs = old.weight[0].numel(), old.out_channels
    elif isinstance(old, nn.Linear | WeightNormed):
        inputs, outputs = old.in_features, old.out_features
    else:
        raise UsageError("minibatch discrimination goes in front of a linear layer, or a convolution of the whole map")
    new = nn.Linear(inputs + kernels, outputs)
    layers[last] = nn.Sequential(nn.Flatten(), MinibatchDiscrimination(inputs, kernels, dims), new)
    return net
