"""Spectral normalisation that does not let the smaller singular values fall."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivals.errors import UsageError

Compensation: TypeAlias = Literal["dynamic", "static", "none"]


class Compensated(nn.Module):
    """(W + ΔW) / σ₁, ΔW = Σ_k (γ_k σ₁ - σ_k) u_k v_kᵀ, so W with σ_k / σ₁ raised to γ_k. Liu et al. 2019, 1908.10999.

    "dynamic": γ_k is the largest σ_k / σ₁ that there has been in training; "static": 1 for the first n, else σ_k / σ₁;
    "none": σ_k / σ₁ for all, spectral normalisation. Singular vectors and ΔW are constants to the gradient. A kernel is
    a matrix of as many rows as it has outputs.

    Args:
        weight: W.
        kind: of the compensation.
        first: n, at least 1.

    Raises:
        UsageError: for n < 1.
    """

    ratios: Tensor

    def __init__(self, weight: Tensor, kind: Compensation, first: int = 1) -> None:
        super().__init__()
        if first < 1:
            raise UsageError(f"a static compensation raises the first n singular values, n at least 1, not {first}")
        self.kind, self.first = kind, first
        self.register_buffer("ratios", torch.zeros(min(weight.flatten(1).shape)))

    def forward(self, weight: Tensor) -> Tensor:
        """W -> the weight that is used, of its shape."""
        with torch.autocast(weight.device.type, enabled=False):
            matrix = weight.flatten(1)
            u, s, v = torch.linalg.svd(matrix.detach(), full_matrices=False)
            ratio = s / s[0].clamp_min(1e-12)
            if self.kind == "dynamic":
                if self.training:
                    self.ratios.copy_(torch.maximum(self.ratios, ratio))
                ratio = torch.maximum(self.ratios, ratio)
            elif self.kind == "static":
                ratio[: self.first] = 1
            largest = u[:, 0] @ matrix @ v[0]
            out: Tensor = ((matrix + (u * (ratio * s[0] - s)) @ v) / largest.clamp_min(1e-12)).view_as(weight)
            return out


def compensated(net: nn.Module, kind: Compensation, first: int = 1) -> nn.Module:
    """Normalise and compensate every linear and convolutional layer below `net`."""
    for layer in list(net.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            parametrize.register_parametrization(layer, "weight", Compensated(layer.weight, kind, first))
    return net


def spectra(net: nn.Module) -> list[Tensor]:
    """σ_k / σ₁ of the weights behind all compensated layers of more than one singular value, each (K,), falling."""
    found = []
    for layer in net.modules():
        if parametrize.is_parametrized(layer, "weight"):
            weights = layer.parametrizations["weight"]  # type: ignore[index]
            if any(isinstance(part, Compensated) for part in weights):
                own: Tensor = weights.original  # type: ignore[union-attr]
                values = torch.linalg.svdvals(own.detach().flatten(1).double())
                found += [values / values[0]] if len(values) > 1 else []
    return found
