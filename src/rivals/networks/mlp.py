"""Fully connected networks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from rivals.nn.norms import Norm, norm1d
from rivals.nn.shapes import Reshape, Squeeze


def mlp(
    sizes: Sequence[int],
    activation: nn.Module | None = None,
    norm: Norm = "none",
    last: nn.Module | None = None,
    dropout: float = 0.0,
) -> nn.Sequential:
    """Linear layers of the given sizes with an activation (default ReLU) between: (N, sizes[0]) -> (N, sizes[-1])."""
    activation = activation or nn.ReLU()
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers += [norm1d(norm, b), activation] if norm not in ("none", "spectral") else [activation]
            layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, *([last] if last else []))


def generator(
    latent: int,
    shape: tuple[int, ...],
    hidden: Sequence[int],
    activation: nn.Module | None = None,
    norm: Norm = "none",
    dropout: float = 0.0,
) -> nn.Sequential:
    """Latent (N, L) -> samples (N, *shape), in [-1, 1] by tanh where the shape is a picture's."""
    body = mlp([latent, *hidden, math.prod(shape)], activation, norm, nn.Tanh() if len(shape) > 1 else None, dropout)
    return nn.Sequential(*body, Reshape(*shape)) if len(shape) > 1 else body


def critic(
    shape: tuple[int, ...],
    hidden: Sequence[int],
    outputs: int = 1,
    activation: nn.Module | None = None,
    norm: Norm = "none",
    dropout: float = 0.0,
) -> nn.Sequential:
    """Samples (N, *shape) -> logits (N,), or (N, outputs)."""
    body = mlp([math.prod(shape), *hidden, outputs], activation, norm, dropout=dropout)
    return nn.Sequential(nn.Flatten(), *body, Squeeze())


class Maxout(nn.Module):
    """max over k linear pieces: (N, inputs) -> (N, outputs). Goodfellow et al. 2013, arXiv:1302.4389, eq. 1-2."""

    def __init__(self, inputs: int, outputs: int, pieces: int) -> None:
        super().__init__()
        self.linear, self.pieces = nn.Linear(inputs, outputs * pieces), pieces

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        pieces: Tensor = self.linear(x).unflatten(1, (-1, self.pieces))
        return torch.amax(pieces, 2)
