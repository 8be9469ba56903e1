"""How near errors are on a sphere, and how near they must be. Gilmer et al. 2018, arXiv:1801.02774."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from scipy.stats import norm
from torch import Tensor

from rivals.benchmark.measures.measure import Figure, measure
from rivals.errors import RivalsError
from rivals.store.model import load

POINTS, MEASURED = 200_000, 1000
"""Points of the inner sphere among which errors are counted, and those whose nearest error is looked for."""

ENOUGH = 20
"""Errors from which on their share is counted; of fewer it is the normal law's, as in the paper."""


def bound(share: float, dim: int) -> float:
    """-Φ⁻¹(μ) / √n: at most so far away errors of a share μ are on average, to first order in 1/√n.

    Of all sets of one measure a cap is the farthest away.

    Args:
        share: μ, in (0, ½).
        dim: n.
    """
    return float(-norm.ppf(share)) / math.sqrt(dim)


def nearest(x: Tensor, alpha: Tensor) -> Tensor:
    """Distance on the unit sphere from each point to the nearest z with Σ α_i z_i² ≥ 1, exactly, (N,).

    Where the gradients of ⟨x, z⟩, of ‖z‖² and of Σ α z² balance, z_i ∝ x_i / (1 - κ α_i); Σ α z² grows with κ in
    [0, 1 / max α), and κ is found by halving.

    Args:
        x: points of the unit sphere in the ellipsoid's axes, float64 (N, n).
        alpha: α, float64 (n,).

    Raises:
        RivalsError: where there is no such z.
    """
    if alpha.max() <= 1:
        raise RivalsError("the ellipsoid holds the whole inner sphere: there is no error to look for")
    low, high = torch.zeros(len(x), 1).double(), torch.full((len(x), 1), 1 / float(alpha.max())).double()

    def at(kappa: Tensor) -> Tensor:
        return torch.nn.functional.normalize(x / (1 - kappa * alpha), dim=1)

    for _ in range(80):
        middle = (low + high) / 2
        short = (alpha * at(middle).square()).sum(1, keepdim=True) < 1
        low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    outside = (alpha * x.square()).sum(1) >= 1
    return torch.where(outside, 0.0, (at(low) - x).norm(dim=1))


@measure("spheres-distance")
def spheres_distance(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Mean distance from points of the inner sphere to the nearest error, over what their share allows at most.

    The share μ is counted on 200,000 points; of fewer than 20 errors it is P(Σ (α_i - 1) g_i² > 0) by the normal law.

    Args:
        run: folder of a trained `adversarial-spheres` for two classes.
        data: not looked at: points are drawn on the sphere itself.
        seed: of the points.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio; also the share of errors, the mean distance, the bound, and the share of the ellipsoid's axes that
        reach out of the two spheres.

    Raises:
        RivalsError: for another game, or errors of a half or more.
    """
    game = load(run, recipe=recipe)
    axes = getattr(getattr(getattr(game, "classifier", None), "net", None), "axes", None)
    if axes is None:
        raise RivalsError(f"this is measured of adversarial-spheres, and {run} holds another game")
    alpha, _ = axes()
    generator = torch.Generator().manual_seed(seed)

    def drawn(n: int) -> Tensor:
        normal = torch.randn(n, len(alpha), generator=generator, dtype=torch.float64)
        return torch.nn.functional.normalize(normal, dim=1)

    errors = sum(int(((alpha * drawn(5000).square()).sum(1) >= 1).sum()) for _ in range(POINTS // 5000))
    away = alpha - 1
    by_law = float(norm.cdf(float(away.sum() / (2 * away.square().sum()).sqrt())))
    share = errors / POINTS if errors >= ENOUGH else by_law
    if not 0 < share < 0.5:
        raise RivalsError(
            f"a share of {share:.3g} of the inner sphere is named wrongly: the bound is for less than half"
        )
    distance, most = float(nearest(drawn(MEASURED), alpha).mean()), bound(share, len(alpha))
    also = {"errors": share, "distance": distance, "bound": most, "axes outside": float((alpha > 1).double().mean())}
    also["errors by the normal law"] = by_law
    return Figure(distance / most, protocol={"points": POINTS, "counted": errors >= ENOUGH}, also=also)
