"""Precision-recall curves of distributions (PRD), from a clustering of both sets."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Rows, alike


class Curve(NamedTuple):
    """Precision and recall, float64 (angles,), and the best F_8 (weighs recall) and F_1/8 (weighs precision)."""

    precision: Tensor
    recall: Tensor
    f8: float
    f_eighth: float


def precision_recall_curve(
    real: Rows, fake: Rows, clusters: int = 20, angles: int = 1001, runs: int = 10, seed: int = 0
) -> Curve:
    """How much of each distribution the other can make, for every trade-off of the two.

    Both sets are clustered together by mini-batch k-means; over the shares p of reals and q of fakes in the clusters,
    α(λ) = Σ min(λ p, q) is precision and α(λ)/λ recall, for λ = tan of evenly spaced angles. The curve is the mean over
    `runs` clusterings. Sajjadi et al. 2018, arXiv:1806.00035, section 3.3.

    Args:
        real: (N, D).
        fake: (M, D); of the larger set as many as the smaller has are drawn, since unlike sizes bias the clusters.
        clusters: at least 2, and at most twice the smaller set.
        angles: points of the curve, at least 3.
        runs: clusterings, each the best of 10 starts.
        seed: of clusterings and draw.

    Returns:
        The curve, and the largest F_8 and F_1/8 on it.

    Raises:
        RivalsError: for fewer samples than clusters, another shape, or numbers that are not finite.
    """
    from sklearn.cluster import MiniBatchKMeans

    a, b = (z.cpu().numpy() for z in alike(real, fake, "a precision-recall curve", exact=False))
    n = min(len(a), len(b))
    if not 2 <= clusters <= 2 * n or angles < 3 or runs < 1:
        asked = f"{clusters} clusters, {angles} angles, {runs} runs of {n} samples a side"
        raise RivalsError(
            f"a precision-recall curve needs 2 clusters, 3 angles, 1 run and samples for them, not {asked}"
        )
    generator = np.random.default_rng(seed)
    a, b = (z if len(z) == n else z[generator.permutation(len(z))[:n]] for z in (a, b))
    both, found = np.concatenate([a, b]), []
    for _ in range(runs):
        start = int(generator.integers(2**31))
        labels = MiniBatchKMeans(n_clusters=clusters, n_init=10, random_state=start).fit(both).labels_
        p, q = (torch.from_numpy(np.bincount(z, minlength=clusters) / n) for z in (labels[:n], labels[n:]))
        found.append(torch.stack(of_shares(p, q, angles)))
    precision, recall = torch.stack(found).mean(0)
    return Curve(precision, recall, best_f(precision, recall, 8), best_f(precision, recall, 1 / 8))


def of_shares(real: Tensor, fake: Tensor, angles: int = 1001) -> tuple[Tensor, Tensor]:
    """Precision and recall (angles,) of two distributions over the same bins, (K,) and (K,) that sum to 1."""
    slopes = torch.linspace(1e-10, math.pi / 2 - 1e-10, angles, dtype=torch.float64).tan()[:, None]
    precision = torch.minimum(slopes * real.double(), fake.double()).sum(1)
    return precision.clamp(0, 1), (precision / slopes[:, 0]).clamp(0, 1)


def best_f(precision: Tensor, recall: Tensor, beta: float) -> float:
    """Largest F_β = (1 + β²) p r / (β² p + r) on a curve."""
    below = (beta**2 * precision + recall).clamp_min(1e-10)
    return float(((1 + beta**2) * precision * recall / below).max())
