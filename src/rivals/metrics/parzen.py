"""Log-likelihood of test data under a Gaussian Parzen window on samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.rows import Rows, alike, as_tensor, blocks, squared

SIGMAS = tuple(float(s) for s in np.logspace(-1, 0, 10))
"""Widths that are tried: from .1 to 1, as the field does for pixels in [0, 1]."""


class ParzenResult(NamedTuple):
    """Mean log-likelihood of test data in nats, its standard error, the width, and the mean on validation data."""

    mean: float
    error: float
    sigma: float
    validation: float


def parzen_log_likelihood(
    samples: Rows, test: Rows, validation: Rows, sigmas: Sequence[float] = SIGMAS, block: int = 256
) -> ParzenResult:
    """Mean of log (1/N) Σ_i N(x; s_i, σ² I) over test data, σ the best of `sigmas` on validation data.

    Goodfellow et al. 2014, arXiv:1406.2661, section 5, after Breuleux et al. 2011; 10,000 samples and pixels in [0, 1]
    in the field's figures. A poor estimate in many dimensions (Theis et al. 2016, arXiv:1511.01844, section 3.1), here
    for comparison with papers.

    Args:
        samples: (N, ...), flattened to (N, D).
        test: (M, ...), M ≥ 2, pixels in [0, 1].
        validation: (K, ...), pixels in [0, 1].
        sigmas: widths to choose from, above 0. A choice at either end asks for wider ones.
        block: rows of the distance matrix that exist at once.

    Returns:
        Mean and standard error over test samples (nats), σ, and the mean on validation data that chose it.

    Raises:
        RivalsError: for pixels outside of [0, 1], widths that are not above 0, another shape, or numbers that are not
            finite.
    """
    what = "a Parzen window"
    if not len(sigmas) or not all(0 < s < math.inf for s in sigmas):
        raise RivalsError(f"{what} needs widths above 0, not {list(sigmas)}")
    flat = [z.flatten(1) if z.dim() > 2 else z for z in map(as_tensor, (samples, test, validation))]
    centres, held_out = alike(flat[0], flat[1], what)
    centres, chosen = alike(centres, flat[2], what)
    if len(held_out) < 2:
        raise RivalsError(f"{what} needs at least 2 test samples for a standard error, and there is 1")
    for name, z in {"test": held_out, "validation": chosen}.items():
        if z.min() < 0 or z.max() > 1:
            raise RivalsError(f"{what} takes {name} pixels in [0, 1], not in [{z.min():.3g}, {z.max():.3g}]: map them")
    means = _log_likelihoods(centres, chosen, sigmas, block).mean(1)
    best = int(means.argmax())
    found = _log_likelihoods(centres, held_out, [sigmas[best]], block)[0]
    error = float(found.std()) / math.sqrt(len(found))
    return ParzenResult(float(found.mean()), error, float(sigmas[best]), float(means[best]))


def _log_likelihoods(centres: Tensor, x: Tensor, sigmas: Sequence[float], block: int) -> Tensor:
    """Of (M, D) under windows at (N, D), for each width: (S, M)."""
    n, dim = centres.shape
    middle = centres.mean(0)
    found = torch.empty(len(sigmas), len(x), dtype=x.dtype, device=x.device)
    for part in blocks(len(x), block):
        distance = squared(x[part] - middle, centres - middle)
        for i, sigma in enumerate(sigmas):
            constant = math.log(n) + dim * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
            found[i, part] = (distance / (-2 * sigma**2)).logsumexp(1) - constant
    return found
