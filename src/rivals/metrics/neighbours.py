"""Nearest neighbours: the two-sample test by them, and whether fakes are copies of training data."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Rows, alike, blocks, squared


class Neighbours(NamedTuple):
    """Distances (M, k), nearest first, and which rows (M, k) they belong to."""

    distances: Tensor
    indices: Tensor


class TwoSampleTest(NamedTuple):
    """How often the nearest neighbour of a sample is of its own kind; .5 where the two sets are alike."""

    accuracy: float
    real: float
    fake: float


class Memorisation(NamedTuple):
    """How the fakes' distances to the training data compare with those of held-out data.

    Attributes:
        nearer: share of pairs (fake, held-out sample) in which the fake is nearer, ties counting half.
        z: Mann-Whitney statistic in standard deviations; well below 0 the fakes copy.
    """

    nearer: float
    z: float


def nearest(train: Rows, x: Rows, k: int = 1, block: int = 512) -> Neighbours:
    """The k nearest training samples of each sample, by Euclidean distance.

    Args:
        train: (N, D), N ≥ k.
        x: (M, D).
        k: how many, at least 1.
        block: rows of the distance matrix that exist at once.

    Returns:
        Distances, float64 (M, k), and row numbers of `train`, int64 (M, k).

    Raises:
        RivalsError: for too few samples, another shape, or numbers that are not finite.
    """
    reference, queries = alike(train, x, "nearest neighbours")
    if not 1 <= k <= len(reference):
        raise RivalsError(f"of {len(reference)} training samples there are no {k} nearest ones")
    return _nearest(reference, queries, k, block)


def nearest_neighbour_test(real: Rows, fake: Rows, block: int = 512) -> TwoSampleTest:
    """Leave-one-out accuracy of a 1-nearest-neighbour classifier of real against fake.

    About .5 where both are of one distribution, 1 where they lie apart, below .5 where fakes are copies of reals.
    Lopez-Paz and Oquab 2017, arXiv:1610.06545, section 3; the two parts after Xu et al. 2018, arXiv:1806.07755.

    Args:
        real: (N, D), N ≥ 2.
        fake: (N, D), as many, since chance level is .5 only then.
        block: rows of the distance matrix that exist at once.

    Returns:
        Accuracy over all, over reals and over fakes, each in [0, 1].

    Raises:
        RivalsError: for unlike numbers of samples, another shape, or numbers that are not finite.
    """
    a, b = alike(real, fake, "a nearest-neighbour test", least=2)
    if len(a) != len(b):
        raise RivalsError(
            f"a nearest-neighbour test needs as many fakes as reals, not {len(a)} reals and {len(b)} fakes: "
            f"pass {min(len(a), len(b))} of each"
        )
    found = _nearest(torch.cat([a, b]), None, 1, block).indices[:, 0] < len(a)
    right, right_fake = found[: len(a)].double().mean().item(), (~found[len(a) :]).double().mean().item()
    return TwoSampleTest((right + right_fake) / 2, right, right_fake)


def memorisation(train: Rows, test: Rows, fake: Rows, block: int = 512) -> Memorisation:
    """Whether fakes lie nearer to the training data than held-out data do.

    With d(x) the distance to the nearest training sample: the share of pairs with d(fake) < d(test), .5 without
    copying and 1 for copies, and C_T, the Mann-Whitney statistic of d(fake) against d(test) in standard deviations, of
    Meehan et al. 2020, arXiv:2004.05675, section 3: z well below -3 tells copying, z well above 3 underfitting.

    Deviation: 1. the whole space is one cell, where the paper averages over cells of a clustering of the data.

    Args:
        train: (N, D).
        test: (M, D), M ≥ 2, of the data's distribution and not in `train`.
        fake: (K, D), K ≥ 2.
        block: rows of the distance matrix that exist at once.

    Raises:
        RivalsError: for too few samples, another shape, or numbers that are not finite.
    """
    from scipy.stats import mannwhitneyu  # slow to import

    what = "a test of memorisation"
    a, held_out = alike(train, test, what, least=2)
    a, made = alike(a, fake, what, least=2)
    real, own = (_nearest(a, z, 1, block).distances[:, 0].cpu().numpy() for z in (held_out, made))
    n, m = len(own), len(real)
    above = float(mannwhitneyu(own, real).statistic)  # pairs in which the fake is farther, ties counting half
    deviation = (n * m * (n + m + 1) / 12) ** 0.5
    return Memorisation(1 - above / (n * m), (above - n * m / 2) / deviation)


def _nearest(reference: Tensor, queries: Tensor | None, k: int, block: int) -> Neighbours:
    """Neighbours of float64 vectors; without queries those of the set itself, each left out of its own."""
    centre = reference.mean(0)
    a = reference - centre
    b = a if queries is None else queries - centre
    distances, indices = [], []
    for part in blocks(len(b), block):
        d = squared(b[part], a)
        if queries is None:
            d.diagonal(part.start).fill_(torch.inf)
        index = d.topk(k, dim=1, largest=False).indices
        # the product's distances lose digits where two rows are almost equal: these are exact
        distance = (b[part, None] - a[index]).norm(dim=2)
        distance, order = distance.sort(dim=1)
        distances.append(distance)
        indices.append(index.gather(1, order))
    return Neighbours(torch.cat(distances), torch.cat(indices))
