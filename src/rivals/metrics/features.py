"""Distances between two sets of feature vectors; pure functions, in float64 inside."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.errors import RivalsError


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """Fréchet distance between the normal distributions fitted to two sets.

    d² = ‖μ_x - μ_y‖² + tr Σ_x + tr Σ_y - 2 tr (Σ_x Σ_y)^½, Heusel et al. 2017, arXiv:1706.08500, eq. 6, with unbiased
    covariances. The last trace is real by construction: with Σ = AᵀA it is the sum of the singular values of A_x A_yᵀ,
    which needs no full rank; where both ranks are safely full, the eigenvalues of L_xᵀ Σ_y L_x give the same faster.

    Args:
        x: (N, D), N ≥ 2; N < D and constant features are fine.
        y: (M, D), M ≥ 2.

    Returns:
        d², at least 0.

    Raises:
        RivalsError: for fewer than 2 samples, another shape, or numbers that are not finite.
    """
    x, y = _checked(x, y, least=2, what="a Fréchet distance")
    mean_x, mean_y = x.mean(0), y.mean(0)
    a, b = ((z - mean) / (len(z) - 1) ** 0.5 for z, mean in ((x, mean_x), (y, mean_y)))
    distance = (mean_x - mean_y).square().sum() + a.square().sum() + b.square().sum() - 2 * _cross(a, b)
    return max(0.0, float(distance))


def precision_recall(real: Tensor, fake: Tensor, k: int = 3, block: int = 256) -> tuple[float, float]:
    """Share of fakes inside the reals' manifold, and share of reals inside the fakes'.

    The manifold of a set is the union of balls around its samples that reach to their k-th nearest neighbour in the
    set. Kynkäänniemi et al. 2019, arXiv:1904.06991, eqs. 1 and 2. A sample on the edge of a ball, up to rounding, is
    inside.

    Args:
        real: (N, D), N > k.
        fake: (M, D), M > k.
        k: which neighbour, at least 1.
        block: rows of the distance matrix that exist at once.

    Returns:
        Precision and recall, both in [0, 1].

    Raises:
        RivalsError: for too few samples, another shape, or numbers that are not finite.
    """
    if k < 1:
        raise RivalsError(f"precision and recall need a neighbour k of at least 1, not {k}")
    real, fake = _checked(real, fake, least=k + 1, what=f"precision and recall with k = {k}")
    centre = real.mean(0)  # distances by products lose digits far from the origin
    real, fake = real - centre, fake - centre
    tolerance = 1e-13 * max(real.square().sum(1).max().item(), fake.square().sum(1).max().item())
    real_radius, fake_radius = (_radii(z, k, block) + tolerance for z in (real, fake))
    inside = torch.zeros(len(fake), dtype=torch.bool, device=fake.device)
    covered = 0
    for start in range(0, len(real), block):
        distance = _squared(real[start : start + block], fake)
        inside |= (distance <= real_radius[start : start + block, None]).any(0)
        covered += int((distance <= fake_radius).any(1).sum())
    return inside.double().mean().item(), covered / len(real)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    """Trace of (aᵀa bᵀb)^½ for a (N, D) and b (M, D)."""
    if min(len(a), len(b)) > a.shape[1]:
        other = b.T @ b
        (left, failed), (right, failed_too) = torch.linalg.cholesky_ex(a.T @ a), torch.linalg.cholesky_ex(other)
        # κ(Σ) below about 1e6 on both sides keeps the roots of the product's eigenvalues right to ten digits
        sound = [not bad and d.min() > 1e-3 * d.max() for bad, d in ((failed, left.diag()), (failed_too, right.diag()))]
        if all(sound):
            values: Tensor = torch.linalg.eigvalsh(left.T @ other @ left)
            return values.clamp_min(0).sqrt().sum()
    values = torch.linalg.svdvals(_thin(a) @ _thin(b).T)
    return values.sum()


def _thin(a: Tensor) -> Tensor:
    """The fewest rows with the same aᵀa."""
    return torch.linalg.qr(a, mode="r").R if len(a) > a.shape[1] else a


def _squared(x: Tensor, y: Tensor) -> Tensor:
    """Squared distances, (N, D) and (M, D) -> (N, M)."""
    return torch.addmm(y.square().sum(1), x, y.T, alpha=-2).add_(x.square().sum(1)[:, None]).clamp_min_(0)


def _radii(x: Tensor, k: int, block: int) -> Tensor:
    """Squared distance of each sample to its k-th nearest neighbour, itself left out."""
    radii = []
    for start in range(0, len(x), block):
        distance = _squared(x[start : start + block], x)
        distance.diagonal(start).fill_(torch.inf)
        radii.append(distance.topk(k, dim=1, largest=False).values[:, -1])
    return torch.cat(radii)


def _checked(x: Tensor, y: Tensor, *, least: int, what: str) -> tuple[Tensor, Tensor]:
    if x.dim() != 2 or y.dim() != 2 or x.shape[1] != y.shape[1] or not x.shape[1]:
        raise RivalsError(f"{what} compares (N, D) with (M, D), not {tuple(x.shape)} with {tuple(y.shape)}")
    if min(len(x), len(y)) < least:
        raise RivalsError(f"{what} needs at least {least} samples on each side, and there are {len(x)} and {len(y)}")
    for z in (x, y):
        bad = int((~z.isfinite()).any(1).sum())
        if bad:
            raise RivalsError(f"{what} needs finite numbers: {bad} of {len(z)} samples hold NaN or infinity")
    return x.detach().double(), y.detach().double()
