"""Likelihoods in nats and in bits per dimension, and lower bounds of them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rivals.errors import RivalsError, UsageError
from rivals.metrics.mean import Mean

STEP = 1 / 127.5
"""Between neighbouring levels of an 8-bit picture in [-1, 1]."""


def bits_per_dimension(nats: Tensor, dims: int, step: float = STEP) -> Tensor:
    """Negative log-likelihood in bits a dimension of the stored levels.

    A density p of dequantised data x = step · (v + u) + offset, v the stored levels and u uniform in [0, 1), bounds the
    probability of the levels: log P(v) ≥ E_u log p(x) + D log step (Theis et al. 2016, arXiv:1511.01844).
    So bits = (nats / D - log step) / log 2. The step is

    - 1/127.5 for 8-bit pictures in [-1, 1], as in this library, which adds 6.99 bits;
    - 1/256 for (v + u) / 256 in [0, 1), which adds 8;
    - 1 for densities of v + u, and for models of the levels themselves, which adds nothing.

    A density of y = logit(x) counts after `logit`'s log-determinant has been added to it.

    Args:
        nats: -log p(x) of whole samples, of any shape.
        dims: D, numbers of a sample.
        step: between neighbouring levels in the units of x, above 0.

    Returns:
        float64, the shape of `nats`.

    Raises:
        UsageError: for no dimensions or a step that is not above 0.
        RivalsError: for NaN.
    """
    _scaled(dims, step)
    return (_numbers(nats, "negative log-likelihoods") / dims - math.log(step)) / math.log(2)


def nats(bits: Tensor, dims: int, step: float = STEP) -> Tensor:
    """Negative log-likelihood of whole samples in nats: the inverse of `bits_per_dimension`.

    Args:
        bits: a dimension, of any shape.
        dims: D, numbers of a sample.
        step: between neighbouring levels in the units of x, above 0.

    Returns:
        float64, the shape of `bits`.

    Raises:
        UsageError: for no dimensions or a step that is not above 0.
        RivalsError: for NaN.
    """
    _scaled(dims, step)
    return (_numbers(bits, "bits") * math.log(2) + math.log(step)) * dims


def logit(x: Tensor, alpha: float = 0.05) -> tuple[Tensor, Tensor]:
    """Data in [0, 1] on the whole line, with what its density needs to be one of x.

    y = log(s / (1 - s)), s = α + (1 - 2α) x, and log p(x) = log p(y) + Σ_d log((1 - 2α) / (s_d (1 - s_d))). Dinh et al.
    2017, arXiv:1605.08803, where 1 - α stands for 1 - 2α; with 2 both ends are alike.

    Args:
        x: (N, ...) in [0, 1].
        alpha: α, above 0 and below ½.

    Returns:
        y of the shape of x, and the log-determinants (N,), both float64.

    Raises:
        UsageError: for another α.
        RivalsError: for values outside [0, 1].
    """
    if not 0 < alpha < 0.5:
        raise UsageError(f"the logit's alpha is above 0 and below 0.5, not {alpha}")
    x = _numbers(x, "data")
    if x.numel() and not 0 <= x.min() <= x.max() <= 1:
        raise RivalsError(f"the logit takes data in [0, 1], and this reaches from {x.min():g} to {x.max():g}")
    s = alpha + (1 - 2 * alpha) * x
    slope = math.log(1 - 2 * alpha) - s.log() - torch.log1p(-s)
    return torch.logit(s), slope.flatten(1).sum(1)


def elbo(log_joint: Tensor, log_q: Tensor) -> Tensor:
    """Evidence lower bound of each sample: E_q[log p(x, z) - log q(z|x)] ≤ log p(x).

    Kingma and Welling 2014, arXiv:1312.6114. With several latents a sample it is their mean.

    Args:
        log_joint: log p(x, z) in nats, (N,), or (K, N) for K latents a sample.
        log_q: log q(z|x) of the same latents, the same shape.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for other shapes, or NaN.
    """
    if log_joint.shape != log_q.shape or log_joint.dim() not in (1, 2) or not log_joint.numel():
        raise RivalsError(
            f"the ELBO takes two (N,) or two (K, N), not {tuple(log_joint.shape)} with {tuple(log_q.shape)}"
        )
    weights = _numbers(log_joint, "joint log-densities") - _numbers(log_q, "log-densities of q").to(log_joint.device)
    return weights.mean(0) if weights.dim() == 2 else weights


def importance_weighted_bound(log_weights: Tensor) -> Tensor:
    """Importance-weighted lower bound of each sample's log-likelihood.

    E log (1/K) Σ_k w_k ≤ log p(x), w_k = p(x, z_k) / q(z_k|x), z_k from q: the ELBO for K = 1, and tighter in
    expectation for each further latent. Burda et al. 2016, arXiv:1509.00519.

    Args:
        log_weights: log w in nats, (K, N), K ≥ 1.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for another shape, or NaN.
    """
    if log_weights.dim() != 2 or not log_weights.numel():
        raise RivalsError(f"the importance-weighted bound takes log-weights (K, N), not {tuple(log_weights.shape)}")
    return torch.logsumexp(_numbers(log_weights, "log-weights"), 0) - math.log(len(log_weights))


class Nats(Mean):
    """Mean negative log-likelihood over all samples, of `update(nats)` with (N,)."""

    def __init__(self) -> None:
        super().__init__(lambda values: _numbers(values, "negative log-likelihoods"))


class BitsPerDimension(Mean):
    """Mean of `bits_per_dimension` over all samples, of `update(nats)` with (N,).

    Args:
        dims: numbers of a sample.
        step: between neighbouring levels in the data's units.
    """

    def __init__(self, dims: int, step: float = STEP) -> None:
        _scaled(dims, step)
        super().__init__(lambda values: bits_per_dimension(values, dims, step))


class ELBO(Mean):
    """Mean of `elbo` over all samples."""

    def __init__(self) -> None:
        super().__init__(elbo)


class ImportanceWeightedBound(Mean):
    """Mean of `importance_weighted_bound` over all samples."""

    def __init__(self) -> None:
        super().__init__(importance_weighted_bound)


def _scaled(dims: int, step: float) -> None:
    if dims < 1:
        raise UsageError(f"bits per dimension need at least 1 dimension, not {dims}")
    if not 0 < step < math.inf:
        raise UsageError(f"the step between levels is above 0, not {step}")


def _numbers(x: Tensor, what: str) -> Tensor:
    """In float64; -inf is a likelihood of 0, but NaN is a mistake."""
    bad = int(x.isnan().sum())
    if bad:
        raise RivalsError(f"{bad} of {x.numel()} {what} are NaN")
    return x.detach().double()
