"""Inception score and mode score: what a classifier's probabilities say of quality and variety."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Rows, rows


class InceptionResult(NamedTuple):
    """Mean and standard deviation over splits."""

    mean: float
    std: float


def inception_score(probabilities: Rows, splits: int = 10, seed: int | None = 2020) -> InceptionResult:
    """Mean over splits of exp(E_x KL(p(y|x) ‖ p(y))), p(y) the mean of p(y|x) in the split.

    Salimans et al. 2016, arXiv:1606.03498, section 4. The order is shuffled first, as in torch-fidelity for the same
    seed, since a split of samples sorted by class would score too low.

    Args:
        probabilities: (N, C), N ≥ splits, rows that sum to 1.
        splits: parts of one size up to rounding, at least 1.
        seed: of the shuffle, None for the order as it is.

    Returns:
        Mean and (population) standard deviation over splits; each score is in [1, C].

    Raises:
        RivalsError: for rows that are no probabilities, or fewer samples than splits.
    """
    if splits < 1:
        raise RivalsError(f"an Inception score needs at least 1 split, not {splits}")
    p = _probabilities(probabilities, "an Inception score", least=splits)
    if seed is not None:
        order = np.random.RandomState(seed).permutation(len(p))  # its stream is frozen, unlike a Generator's
        p = p[torch.from_numpy(order).to(p.device)]
    n = len(p)
    parts = [p[i * n // splits : (i + 1) * n // splits] for i in range(splits)]
    scores = [float(_divergence(part, part.mean(0)).mean().exp()) for part in parts]
    return InceptionResult(float(np.mean(scores)), float(np.std(scores)))


def mode_score(fake: Rows, real: Rows) -> float:
    """exp(E_x KL(p(y|x) ‖ p(y)) - KL(p(y) ‖ p(y*))), p(y) the mean over fakes, p(y*) that over training data.

    The Inception score less what missing or doubled classes cost. Che et al. 2017, arXiv:1612.02136, section 4.

    Args:
        fake: (N, C), rows that sum to 1: the classifier's probabilities for samples.
        real: (M, C): those for training data.

    Returns:
        The score, in [0, C]; 0 where fakes have a class that the data never have.

    Raises:
        RivalsError: for rows that are no probabilities, or other numbers of classes.
    """
    p, q = _probabilities(fake, "a mode score"), _probabilities(real, "a mode score")
    if p.shape[1] != q.shape[1]:
        raise RivalsError(f"a mode score compares the same classes, not {p.shape[1]} with {q.shape[1]}")
    share, truth = p.mean(0), q.mean(0).to(p.device)
    return float((_divergence(p, share).mean() - _divergence(share, truth)).exp())


def _divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(p ‖ q) in nats over the last axis, with 0 log 0 = 0."""
    divergence: Tensor = torch.special.xlogy(p, p) - torch.special.xlogy(p, q)
    return divergence.sum(-1)


def _probabilities(x: Rows, what: str, least: int = 1) -> Tensor:
    p = rows(x, what, least)
    worst = (p.sum(1) - 1).abs().max().item()
    if p.min() < 0 or worst > 1e-3:
        raise RivalsError(f"{what} takes probabilities: rows of numbers from 0 that sum to 1 (logits need a softmax)")
    return p / p.sum(1, keepdim=True)
