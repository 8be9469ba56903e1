"""Fréchet distances: between sets or their statistics, without the bias of finite sets, and class by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import eigvalsh, lapack
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Labels, Rows, alike, as_tensor, grouped, rows

WHAT = "a Fréchet distance"


@dataclass(frozen=True)
class Statistics:
    """All that a Fréchet distance needs to know of a set.

    Attributes:
        mean: (D,).
        covariance: (D, D), unbiased.
        count: how many samples they come from.

    Both tensors become float64.

    Raises:
        RivalsError: for other shapes, a covariance that is not symmetric, or numbers that are not finite.
    """

    mean: Tensor
    covariance: Tensor
    count: int

    def __post_init__(self) -> None:
        """Check once, so that distances need not."""
        mean, matrix = (as_tensor(z).detach().double() for z in (self.mean, self.covariance))
        if mean.dim() != 1 or matrix.shape != (len(mean), len(mean)) or not len(mean):
            shapes = f"{tuple(mean.shape)} and {tuple(matrix.shape)}"
            raise RivalsError(f"statistics are a mean (D,) and a covariance (D, D), not {shapes}")
        if not (mean.isfinite().all() and matrix.isfinite().all()):
            raise RivalsError("statistics need finite numbers, and a mean or a covariance holds NaN or infinity")
        if (matrix - matrix.T).abs().max() > 1e-6 * matrix.abs().max():
            raise RivalsError("a covariance is symmetric, and this matrix is not")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", matrix)

    @classmethod
    def of(cls, x: Rows) -> Statistics:
        """Statistics of (N, D), N ≥ 2, in float64."""
        z = rows(x, WHAT, least=2)
        mean = z.mean(0)
        z = z - mean
        return cls(mean, z.T @ z / (len(z) - 1), len(z))


def frechet_distance(x: Rows | Statistics, y: Rows | Statistics) -> float:
    """Fréchet distance between the normal distributions fitted to two sets.

    d² = ‖μ_x - μ_y‖² + tr Σ_x + tr Σ_y - 2 tr (Σ_x Σ_y)^½, Heusel et al. 2017, arXiv:1706.08500, eq. 6, with unbiased
    covariances. The last trace is real by construction: it is the sum of the roots of the eigenvalues of Lᵀ Σ_y L with
    Σ_x = L Lᵀ, or, where rounding would show in it (few samples, constant features), the sum of the singular values of
    A_x A_yᵀ with Σ = AᵀA, which needs no full rank.

    Args:
        x: (N, D), N ≥ 2, or the statistics of such a set; N < D and constant features are fine.
        y: (M, D), M ≥ 2, or statistics.

    Returns:
        d², at least 0.

    Raises:
        RivalsError: for fewer than 2 samples, another shape, or numbers that are not finite.
    """
    a, b = _side(x), _side(y)
    widths = [len(z.mean) if isinstance(z, Statistics) else z.shape[1] for z in (a, b)]
    if widths[0] != widths[1]:
        shapes = [f"({z.count}, {len(z.mean)})" if isinstance(z, Statistics) else f"{tuple(z.shape)}" for z in (a, b)]
        raise RivalsError(f"{WHAT} compares (N, D) with (M, D), not {shapes[0]} with {shapes[1]}")
    means = [z.mean if isinstance(z, Statistics) else z.mean(0) for z in (a, b)]
    root_a, root_b = (z if isinstance(z, Statistics) else (z - z.mean(0)) / (len(z) - 1) ** 0.5 for z in (a, b))
    trace = _trace(root_a) + _trace(root_b)
    distance = float((means[0] - means[1].to(means[0].device)).square().sum()) + trace - 2 * _cross(root_a, root_b)
    return max(0.0, distance)


def frechet_infinity(
    real: Rows | Statistics, fake: Rows, points: int = 15, least: int | None = None, seed: int = 0
) -> float:
    """Fréchet distance extrapolated to infinitely many fakes.

    The bias of the distance goes as 1/N: it is measured on random subsets of `points` sizes, evenly spaced up to all
    fakes, and the intercept of the line that fits it over 1/N is returned. Chong and Forsyth 2020, arXiv:1911.07023.

    Deviations: 1. plain random subsets, since features that exist already cannot be drawn by a Sobol sequence. 2. The
    bias from the finite real set stays.

    Args:
        real: (N, D), or its statistics.
        fake: (M, D); the law needs sizes well above D.
        points: how many sizes, at least 2.
        least: the smallest size; by default the smaller of 5,000 and M / 2.
        seed: of the subsets.

    Returns:
        The estimate, which rounding and chance may put below 0.

    Raises:
        RivalsError: for too few fakes, or what `frechet_distance` refuses.
    """
    z = rows(fake, "an extrapolated Fréchet distance", least=4)
    least = min(5000, len(z) // 2) if least is None else least
    if points < 2 or not 2 <= least < len(z):
        asked = f"{points} sizes from {least} to {len(z)}"
        raise RivalsError(f"an extrapolation needs 2 sizes, of 2 samples or more and not above all, not {asked}")
    against = real if isinstance(real, Statistics) else _side(real)
    sizes = np.linspace(least, len(z), points).astype(int)
    generator = np.random.default_rng(seed)
    found = [frechet_distance(against, z[torch.from_numpy(generator.permutation(len(z))[:n])]) for n in sizes]
    return float(np.polynomial.Polynomial.fit(1 / sizes, found, 1).convert().coef[0])


def per_class_frechet(x: Rows, x_labels: Labels, y: Rows, y_labels: Labels) -> dict[int, float]:
    """Fréchet distance between the samples of each class.

    Args:
        x: (N, D).
        x_labels: (N,).
        y: (M, D).
        y_labels: (M,), the same classes.

    Returns:
        Class -> distance.

    Raises:
        RivalsError: where a class has fewer than 2 samples on one side, or what `frechet_distance` refuses.
    """
    a, b = alike(x, y, "a Fréchet distance per class", least=2)
    left, right = grouped(a, x_labels, WHAT), grouped(b, y_labels, WHAT)
    few = [c for c in sorted(left.keys() | right.keys()) if min(len(left.get(c, ())), len(right.get(c, ()))) < 2]
    if few:
        named = ", ".join(map(str, few[:5]))
        raise RivalsError(f"{WHAT} per class needs 2 samples of each class on each side; too few of class {named}")
    return {label: frechet_distance(left[label], right[label]) for label in left}


def intra_frechet(x: Rows, x_labels: Labels, y: Rows, y_labels: Labels) -> float:
    """Mean of `per_class_frechet` over classes: intra-FID of Miyato and Koyama 2018, arXiv:1802.05637."""
    return float(np.mean(list(per_class_frechet(x, x_labels, y, y_labels).values())))


def _side(x: Rows | Statistics) -> Tensor | Statistics:
    """Statistics where there are more samples than features, which keeps the matrices small; else the samples."""
    if isinstance(x, Statistics):
        return x
    z = rows(x, WHAT, least=2)
    return Statistics.of(z) if len(z) > z.shape[1] else z


def _trace(z: Tensor | Statistics) -> float:
    return float(z.covariance.trace() if isinstance(z, Statistics) else z.square().sum())


def _cross(a: Tensor | Statistics, b: Tensor | Statistics) -> float:
    """Trace of (Σ_a Σ_b)^½; a side is its statistics, or A with Σ = AᵀA."""
    if isinstance(a, Statistics) and isinstance(b, Statistics):
        left, right = a.covariance, b.covariance.to(a.covariance.device)
        values = _product(left, right) if left.device.type == "cpu" else _product_torch(left, right)
        if values is not None:
            # an eigenvalue is right up to about ε times the largest, which its root feels the more the smaller it is
            error = 8 * torch.finfo(torch.float64).eps * values.max().clamp_min(1e-300)
            lost = (error / (2 * values.clamp_min(1e-300).sqrt())).clamp_max(error.sqrt()).sum()
            if lost <= 1e-9 * (left.trace() + right.trace()):
                return float(values.sqrt().sum())
    first, second = (_root(z) if isinstance(z, Statistics) else z for z in (a, b))
    return float(torch.linalg.svdvals(first @ second.to(first.device).T).sum())


def _product(a: Tensor, b: Tensor) -> Tensor | None:
    """Eigenvalues of Lᵀ b L, a = L Lᵀ, or None where a has no full rank; LAPACK's own reduction takes n³ operations."""
    left, failed = lapack.dpotrf(a.numpy().T, lower=1, clean=0)  # the transpose of a symmetric matrix spares a copy
    if failed:
        return None
    reduced, _ = lapack.dsygst(b.numpy().T, left, itype=2, lower=1)
    return torch.from_numpy(eigvalsh(reduced, overwrite_a=True, check_finite=False)).clamp_min(0)


def _product_torch(a: Tensor, b: Tensor) -> Tensor | None:
    left, failed = torch.linalg.cholesky_ex(a)
    if failed:
        return None
    values: Tensor = torch.linalg.eigvalsh(left.T @ b @ left)
    return values.clamp_min(0)


def _root(z: Statistics) -> Tensor:
    """A (r, D) with AᵀA the covariance, r its rank."""
    values, vectors = torch.linalg.eigh(z.covariance)
    least = len(values) * torch.finfo(torch.float64).eps * values[-1]
    if values[0] < -1e-6 * values[-1].abs():
        raise RivalsError("a covariance has no negative eigenvalues, and this matrix has some")
    kept = values > least
    root: Tensor = values[kept].sqrt()[:, None] * vectors[:, kept].T
    return root
