"""Figures of two sets of features, and of weights: all from one matrix of distances or a few products."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

ROUNDS = 8
"""Power iterations for a largest singular value: within a few per cent, which a symptom does not need better."""


def pair_distance(within: Tensor) -> float:
    """Mean Euclidean distance of different samples, from all distances within a set (N, N)."""
    n = len(within)
    return within.sum().item() / max(1, n * (n - 1))


def nearest_other(within: Tensor) -> Tensor:
    """Each sample's distance to its nearest other one: (N, N) -> (N,)."""
    return (within + torch.diag(torch.full((len(within),), math.inf, device=within.device))).min(1).values


def energy_distance(between: Tensor, first: Tensor, second: Tensor) -> float:
    """2 E‖x - y‖ - E‖x - x'‖ - E‖y - y'‖, which is 0 for equal distributions alone (Székely & Rizzo 2013).

    Args:
        between: distances of the two sets (N, M).
        first, second: distances within each.
    """
    return 2 * between.mean().item() - pair_distance(first) - pair_distance(second)


def overlap(between: Tensor, real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """Precision and recall by k-th neighbours. Kynkäänniemi et al. 2019, arXiv:1904.06991, eq. 1-2.

    Args:
        between: distances of reals to fakes (N, M).
        real, fake: distances within each.
        k: which neighbour gives the radius.
    """
    about_real, about_fake = (x.kthvalue(min(k + 1, len(x)), dim=1).values for x in (real, fake))
    precision = (between <= about_real[:, None]).any(0).float().mean().item()
    recall = (between <= about_fake[None]).any(1).float().mean().item()
    return precision, recall


def told_apart(between: Tensor, first: Tensor, second: Tensor) -> float:
    """Share of samples whose nearest other sample is of their own set: ½ for equal distributions, 1 for separate ones.

    The 1-nearest-neighbour test of Lopez-Paz & Oquab 2017, arXiv:1610.06545, for sets of one size.
    """
    own = torch.cat([nearest_other(first), nearest_other(second)])
    other = torch.cat([between.min(1).values, between.min(0).values])
    return (own < other).float().mean().item()


def ranked_above(high: Tensor, low: Tensor) -> float:
    """Share of pairs in which the first is the higher, ties half: the area under the ROC curve. (N,), (M,)."""
    difference = high.flatten()[:, None] - low.flatten()[None]
    return ((difference > 0).float().mean() + (difference == 0).float().mean() / 2).item()


def margin(high: Tensor, low: Tensor) -> float:
    """Distance of two sets' means in units of their spread, (E h - E l) / √(½Var h + ½Var l): (N,), (M,)."""
    spread = ((high.var() + low.var()) / 2).sqrt()
    return ((high.mean() - low.mean()) / spread.clamp_min(1e-12)).item()


def effective_rank(x: Tensor) -> float:
    """Exp of the entropy of the covariance's normalised eigenvalues: (N, D) -> [1, D]. Roy & Vetterli 2007."""
    values = torch.linalg.svdvals(x - x.mean(0)).square()
    if values.sum() <= 0:
        return 1.0
    share = values / values.sum()
    return math.exp(-(share * share.clamp_min(1e-12).log()).sum().item())


@torch.no_grad()
def spectrum(weights: Iterable[Tensor]) -> tuple[float, float]:
    """Largest singular value, and smallest stable rank ‖W‖²_F / σ₁², over the matrices among some weights.

    Kernels count as (out, in · h · w); σ₁ by power iteration from a fixed vector.
    """
    largest, smallest = 0.0, math.inf
    for weight in (w.flatten(1).float() for w in weights if w.dim() > 1):
        if min(weight.shape) < 2:  # of one row or column there is one singular value
            continue
        v = torch.ones(weight.shape[1], device=weight.device)
        for _ in range(ROUNDS):
            v = torch.nn.functional.normalize(weight.T @ (weight @ v), dim=0)
        top = (weight @ v).norm().item()
        largest = max(largest, top)
        smallest = min(smallest, weight.square().sum().item() / max(top**2, 1e-30))
    return largest, smallest if math.isfinite(smallest) else 1.0
