"""Distances between two clouds of points, each point of equal weight; in float64 inside."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from rivals.errors import RivalsError, UsageError

Cloud = NDArray[np.float64]

MIXTURE = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Bandwidths of the kernel of `mmd`, in median distances."""

BLOCK = 1024
"""Rows of a distance matrix that exist at once."""


def wasserstein(x: Tensor, y: Tensor, p: int = 1) -> float:
    """Wasserstein distance between two clouds, exact.

    W_p = (min_π Σ_ij π_ij ‖x_i - y_j‖^p)^(1/p) over the couplings π, also for p = 2 and not its square. In 1 dimension
    quantiles are compared, for any N and M in O(N log N). In more the linear program is solved: with POT (the extra
    "transport") for any N and M, else as SciPy's assignment, which needs N = M. The program takes memory for N·M
    distances and time that grows like N³: use `sliced_wasserstein` above some thousand points.

    Args:
        x: (N, D).
        y: (M, D).
        p: 1 or 2.

    Returns:
        W_p, at least 0.

    Raises:
        UsageError: for another p.
        RivalsError: for no points, another shape, numbers that are not finite, or N ≠ M without POT.
    """
    a, b = _checked(x, y, "a Wasserstein distance", p)
    if a.shape[1] == 1:
        return float(_quantiles(a, b, p)[0] ** (1 / p))
    cost = torch.cdist(torch.from_numpy(a), torch.from_numpy(b), compute_mode="donot_use_mm_for_euclid_dist") ** p
    return float(_program(cost.numpy()) ** (1 / p))


def sliced_wasserstein(x: Tensor, y: Tensor, p: int = 2, projections: int = 128, seed: int = 0) -> float:
    """Wasserstein distance of one-dimensional projections, averaged over random directions.

    (E_θ W_p(θᵀx, θᵀy)^p)^(1/p), θ uniform on the sphere. Bonneel et al. 2015, "Sliced and Radon Wasserstein barycenters
    of measures". In one dimension it is `wasserstein`.

    Args:
        x: (N, D).
        y: (M, D).
        p: 1 or 2.
        projections: directions, at least 1.
        seed: of the directions; the same seed and D give the same ones.

    Returns:
        The distance, at least 0.

    Raises:
        UsageError: for another p, or no projections.
        RivalsError: for no points, another shape, or numbers that are not finite.
    """
    a, b = _checked(x, y, "a sliced Wasserstein distance", p)
    if projections < 1:
        raise UsageError(f"a sliced Wasserstein distance needs at least 1 projection, not {projections}")
    directions = np.random.default_rng(seed).standard_normal((a.shape[1], projections))
    directions /= np.linalg.norm(directions, axis=0)
    each = 8  # directions at once, so that clouds of many points stay small
    powers = [_quantiles(a @ d, b @ d, p) for d in np.split(directions, range(each, projections, each), axis=1)]
    return float(np.concatenate(powers).mean() ** (1 / p))


def mmd(x: Tensor, y: Tensor, bandwidths: Sequence[float] | None = None) -> float:
    """Squared maximum mean discrepancy with a mixture of Gaussian kernels, unbiased.

    Σ_{i≠j} k(x_i, x_j) / (N(N-1)) + Σ_{i≠j} k(y_i, y_j) / (M(M-1)) - 2 Σ_ij k(x_i, y_j) / (NM), with k the mean over
    bandwidths σ of exp(-‖x - y‖² / 2σ²). Gretton et al. 2012, "A kernel two-sample test", eq. 3.

    Deviation: 1. the median distance that sets the bandwidths is that of `y` alone (at most 1,024 of its points), not
    of both clouds, so that all models of one data set are measured by the same kernel.

    Args:
        x: samples (N, D), N ≥ 2.
        y: data (M, D), M ≥ 2.
        bandwidths: σ, each above 0; by default ¼, ½, 1, 2 and 4 times the median distance within `y`.

    Returns:
        An estimate of MMD², a little below 0 at times where the distributions are equal.

    Raises:
        UsageError: for bandwidths that are not above 0.
        RivalsError: for fewer than 2 points, another shape, numbers that are not finite, or data of equal points.
    """
    a, b = (torch.from_numpy(z) for z in _checked(x, y, "MMD", least=2))
    centre = b.mean(0)  # distances by products lose digits far from the origin
    a, b = a - centre, b - centre
    widths = [scale * _median(b) for scale in MIXTURE] if bandwidths is None else [float(w) for w in bandwidths]
    if not widths or not min(widths) > 0:
        raise UsageError(f"MMD needs bandwidths above 0, not {widths}")
    n, m = len(a), len(b)
    within = (_kernel(a, a, widths) - n) / (n * (n - 1)) + (_kernel(b, b, widths) - m) / (m * (m - 1))
    return within - 2 * _kernel(a, b, widths) / (n * m)


def _program(cost: Cloud) -> float:
    """Least mean cost of a coupling (N, M)."""
    try:
        ot: Any = importlib.import_module("ot")
    except ImportError:
        if cost.shape[0] != cost.shape[1]:
            raise RivalsError(
                f"a Wasserstein distance of {cost.shape[0]} to {cost.shape[1]} points in several dimensions needs the "
                "extra: pip install 'rivals[transport]' (or take as many points on both sides)"
            ) from None
        return float(cost[linear_sum_assignment(cost)].mean())
    value, log = ot.emd2([], [], cost, numItermax=1_000_000_000, log=True)
    if log["warning"]:
        raise RivalsError(f"POT has not solved the transport of {cost.shape[0]} to {cost.shape[1]} points")
    return max(0.0, float(value))


def _quantiles(a: Cloud, b: Cloud, p: int) -> Cloud:
    """W_p^p of each column, (N, K) and (M, K) -> (K,)."""
    n, m = len(a), len(b)
    # in units of 1/NM, which keeps the steps of the two quantile functions exact
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    gaps = np.abs(np.sort(a, axis=0)[(ends - 1) // m] - np.sort(b, axis=0)[(ends - 1) // n]) ** p
    powers: Cloud = np.diff(ends, prepend=0) @ gaps / (n * m)
    return powers


def _median(y: Tensor) -> float:
    """Median distance of two different points."""
    some = y[torch.linspace(0, len(y) - 1, min(len(y), BLOCK)).long()]
    distances = torch.pdist(some)
    distances = distances[distances > 0]
    if not len(distances):
        raise RivalsError("MMD finds no bandwidth, since all points of the data are equal: give bandwidths")
    return distances.median().item()


def _kernel(a: Tensor, b: Tensor, widths: Sequence[float]) -> float:
    """Σ_ij k(a_i, b_j)."""
    total = 0.0
    for rows in a.split(BLOCK):
        squared = torch.addmm(b.square().sum(1), rows, b.T, alpha=-2).add_(rows.square().sum(1)[:, None]).clamp_min_(0)
        kernel, before = squared, 0.0
        for width in sorted(widths, reverse=True):
            # half the width is the fourth power, far cheaper than an exponential
            fourth = before == 2 * width
            kernel = kernel.square_().square_() if fourth else torch.exp(squared / (-2 * width * width))
            total += kernel.sum().item() / len(widths)
            before = width
    return total


def _checked(x: Tensor, y: Tensor, what: str, p: int = 1, least: int = 1) -> tuple[Cloud, Cloud]:
    if p not in (1, 2):
        raise UsageError(f"{what} has p = 1 or 2, not {p}")
    if x.dim() != 2 or y.dim() != 2 or x.shape[1] != y.shape[1] or not x.shape[1]:
        raise RivalsError(f"{what} compares (N, D) with (M, D), not {tuple(x.shape)} with {tuple(y.shape)}")
    if min(len(x), len(y)) < least:
        raise RivalsError(f"{what} needs at least {least} points on each side, and there are {len(x)} and {len(y)}")
    for z in (x, y):
        bad = int((~z.isfinite()).any(1).sum())
        if bad:
            raise RivalsError(f"{what} needs finite numbers: {bad} of {len(z)} points hold NaN or infinity")
    a, b = (z.detach().cpu().double().numpy() for z in (x, y))
    return a, b
