"""Normalisation by name, so that it can be an option."""

from __future__ import annotations

from typing import Literal, TypeAlias

from torch import nn
from torch.nn.utils import parametrizations

from rivals.nn.virtual import VirtualNorm

Norm: TypeAlias = Literal["batch", "instance", "layer", "spectral", "virtual", "none"]


def norm2d(norm: Norm, channels: int) -> nn.Module:
    """A normalisation of pictures (N, C, H, W); "layer" is over (C, H, W) with one gain a channel.

    Spectral normalisation is of weights: see `spectral`; as a layer it is the identity. A virtual batch norm needs a
    reference batch in front of its input: see `rivals.nn.virtual`.
    """
    if norm == "batch":
        return nn.BatchNorm2d(channels)
    if norm == "instance":
        return nn.InstanceNorm2d(channels, affine=True)
    if norm == "layer":
        return nn.GroupNorm(1, channels)
    return VirtualNorm(channels) if norm == "virtual" else nn.Identity()


def norm1d(norm: Norm, channels: int) -> nn.Module:
    """A normalisation of vectors (N, C)."""
    if norm == "batch":
        return nn.BatchNorm1d(channels)
    if norm in ("layer", "instance"):
        return nn.LayerNorm(channels)
    return VirtualNorm(channels) if norm == "virtual" else nn.Identity()


def spectral(module: nn.Module) -> nn.Module:
    """Divide every weight matrix below `module` by its largest singular value; kernels as (out, in·h·w).

    W ← W / σ(W), σ by one power iteration a forward pass. Miyato et al. 2018, arXiv:1802.05957, algorithm 1.
    """
    for layer in list(module.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.Embedding):
            parametrizations.spectral_norm(layer)
    return module
