"""Weights of which only the singular values can be moved."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


class Singular(nn.Module):
    """W + U diag(δ) Vᵀ, so W with singular values σ + δ. Robb et al. 2020, arXiv:2010.11943.

    U and V are those of W from `decompose` on, and zero before. At δ = 0 the weight is W, bit by bit. A kernel is a
    matrix of as many rows as it has outputs.

    Args:
        weight: W.
        transposed: whether outputs are W's second axis, as of a transposed convolution.
        delta: δ, (min(rows, columns),), which somebody else owns.
    """

    left: Tensor
    right: Tensor

    def __init__(self, weight: Tensor, transposed: bool, delta: nn.Parameter) -> None:
        super().__init__()
        self.transposed, self._delta = transposed, (delta,)  # in a tuple, so that it is not registered here
        rows, columns = self.matrix(weight).shape
        self.register_buffer("left", torch.zeros(rows, len(delta)))
        self.register_buffer("right", torch.zeros(len(delta), columns))

    @property
    def delta(self) -> Tensor:
        """δ."""
        return self._delta[0]

    def matrix(self, weight: Tensor) -> Tensor:
        """A weight (out, in, ...), or (in, out, ...), as (out, in · ...)."""
        return (weight.transpose(0, 1) if self.transposed else weight).flatten(1)

    @torch.no_grad()
    def decompose(self, weight: Tensor) -> None:
        """Make U and V those of a weight."""
        u, _, v = torch.linalg.svd(self.matrix(weight).double(), full_matrices=False)
        self.left.copy_(u)
        self.right.copy_(v)

    def forward(self, weight: Tensor) -> Tensor:
        """W -> the weight that is used, of its shape."""
        moved = (self.left * self.delta) @ self.right
        if self.transposed:
            return weight + moved.view(weight.shape[1], weight.shape[0], *weight.shape[2:]).transpose(0, 1)
        return weight + moved.view_as(weight)


def singular(net: nn.Module) -> nn.ParameterList:
    """Let the singular values of all layers below `net` be moved by the shifts δ that are returned, zeros at first."""
    shifts = nn.ParameterList()
    for layer in list(net.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            transposed = isinstance(layer, nn.ConvTranspose2d)
            rows = layer.weight.shape[1] if transposed else layer.weight.shape[0]
            shifts.append(torch.zeros(min(rows, layer.weight.numel() // rows)))
            parametrize.register_parametrization(layer, "weight", Singular(layer.weight, transposed, shifts[-1]))
    return shifts


def decompose(net: nn.Module) -> None:
    """Take the singular vectors of all layers whose singular values can be moved from their present weights."""
    for _, own, part in parts(net):
        part.decompose(own)


def parts(net: nn.Module) -> list[tuple[Tensor, Tensor, Singular]]:
    """Of all layers whose singular values can be moved: the weight that is used, W behind it, and what moves it."""
    found: list[tuple[Tensor, Tensor, Singular]] = []
    for layer in net.modules():
        if parametrize.is_parametrized(layer, "weight"):
            weights = layer.parametrizations["weight"]  # type: ignore[index]
            used, own = layer.weight, weights.original  # type: ignore[union-attr]
            found += [(used, own, part) for part in weights if isinstance(part, Singular)]  # type: ignore[misc]
    return found
