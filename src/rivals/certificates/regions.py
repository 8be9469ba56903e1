"""Sets of variants of a sample that a safety property speaks of: x(θ) = c + Σ θ_j d_j for all θ with ‖θ‖ ≤ 1.

Wang et al. 2018, arXiv:1809.08098, section 5, properties of image classifiers: changes bounded in norm inf, 1 or 2, of
brightness and of contrast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.errors import UsageError


@dataclass(frozen=True)
class Region:
    """An affine image of a unit ball.

    Attributes:
        centre: c, float64 (*shape).
        directions: d_j, float64 (M, *shape).
        dual: order of the norm dual to θ's: 1 for norm inf, 2 for 2, inf for 1.
    """

    centre: Tensor
    directions: Tensor
    dual: float

    def reach(self, coefficients: Tensor) -> Tensor:
        """Max over ‖θ‖ ≤ 1 of Σ θ_j a_j, for each column of a (M, ...), (...)."""
        found: Tensor = torch.linalg.vector_norm(coefficients, self.dual, dim=0)
        return found

    def points(self, theta: Tensor) -> Tensor:
        """x(θ) of parameters (N, M), float64 (N, *shape)."""
        return self.centre + (theta @ self.directions.flatten(1)).view(-1, *self.centre.shape)


def linf(x: Tensor, epsilon: float) -> Region:
    """‖x' - x‖∞ ≤ ε and x' in [0, 1]: a box."""
    low, high = (x - epsilon).clamp_min(0.0), (x + epsilon).clamp_max(1.0)
    return Region((low + high) / 2, _each((high - low) / 2), 1.0)


def l1(x: Tensor, epsilon: float) -> Region:
    """‖x' - x‖₁ ≤ ε; that pixels stay in [0, 1] is not used."""
    return Region(x, _each(torch.full_like(x, epsilon)), torch.inf)


def l2(x: Tensor, epsilon: float) -> Region:
    """‖x' - x‖₂ ≤ ε; that pixels stay in [0, 1] is not used."""
    return Region(x, _each(torch.full_like(x, epsilon)), 2.0)


def brightness(x: Tensor, epsilon: float) -> Region:
    """All pixels brighter: x' = x + β, |β| ≤ ε, not cut to [0, 1]."""
    return Region(x, torch.full_like(x, epsilon)[None], 1.0)


def contrast(x: Tensor, epsilon: float) -> Region:
    """All pixels times one factor: x' = (1 + β) x, |β| ≤ ε, not cut to [0, 1]."""
    return Region(x, epsilon * x[None], 1.0)


def _each(amount: Tensor) -> Tensor:
    """A direction for each number of a sample, (M, *shape)."""
    return torch.diag(amount.flatten()).view(-1, *amount.shape)


REGIONS: dict[str, Callable[[Tensor, float], Region]] = {
    "linf": linf, "l1": l1, "l2": l2, "brightness": brightness, "contrast": contrast
}  # fmt: skip
"""Name of a safety property -> (sample in [0, 1] of float64 (*shape), ε) -> the set of its variants."""


def region(name: str, x: Tensor, epsilon: float) -> Region:
    """The variants of one sample.

    Args:
        name: of `REGIONS`.
        x: a sample (*shape) in [0, 1].
        epsilon: ε, at least 0.

    Raises:
        UsageError: for another property or a negative ε.
    """
    if name not in REGIONS:
        raise UsageError(f"there is no property '{name}': there are {', '.join(REGIONS)}")
    if epsilon < 0:
        raise UsageError(f"a property's radius must be at least 0, not {epsilon:g}")
    return REGIONS[name](x.detach().cpu().double(), epsilon)
