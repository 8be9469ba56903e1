"""Scores of points against the mixture that made the data; where it is not known see `rivals.metrics.frechet`."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rivals.data.toy import Mixture
from rivals.errors import RivalsError


def radius(truth: Mixture) -> float:
    """How far from its mode a sample may be and still count as of high quality.

    3 standard deviations in the plane (98.9 % of the mass), the protocol of VEEGAN, arXiv:1705.07761; in other
    dimensions the radius of 99 % of a mode's mass, since there 3 standard deviations hold too much or nothing.
    """
    from scipy.stats import chi2  # slow to import

    dim = truth.rank
    return truth.std * (3.0 if dim == 2 else math.sqrt(float(chi2.ppf(0.99, dim))))


def nearest(points: Tensor, truth: Mixture) -> tuple[Tensor, Tensor]:
    """Distance (N,) to the nearest mode, and which one it is (N,)."""
    distance, mode = torch.cdist(points.double(), truth.means.to(points.device).double()).min(1)
    return distance, mode


def mixture_log_likelihood(points: Tensor, truth: Mixture) -> Tensor:
    """Log-density of points under the mixture that made the data, in nats.

    log (1/K) Σ_k N(x; μ_k, σ² I). Its mean over samples is high for samples of few modes as well: read it beside the
    modes covered.

    Args:
        points: (N, D).
        truth: of full rank: a mixture in a subspace has no density.

    Returns:
        float64 (N,).

    Raises:
        RivalsError: for another shape, numbers that are not finite, or a mixture without a density.
    """
    count, dim = truth.means.shape
    if truth.rank != dim:
        raise RivalsError(f"a mixture in {truth.rank} of {dim} dimensions has no density: score distances to its modes")
    if points.dim() != 2 or points.shape[1] != dim:
        raise RivalsError(f"the mixture has points (N, {dim}), not {tuple(points.shape)}")
    bad = int((~points.isfinite()).any(1).sum())
    if bad:
        raise RivalsError(f"a log-likelihood needs finite numbers: {bad} of {len(points)} points hold NaN or infinity")
    squared = torch.cdist(points.double(), truth.means.to(points.device).double()).square()
    normal = dim * math.log(truth.std * math.sqrt(2 * math.pi)) + math.log(count)
    return torch.logsumexp(-squared / (2 * truth.std**2), 1) - normal


def against_truth(samples: Tensor, real: Tensor, truth: Mixture) -> dict[str, float]:
    """Coverage and quality of samples, where the modes are known.

    Args:
        samples: (N, D).
        real: (M, D), data of the same mixture, for what perfect samples would score.
        truth: the mixture.

    Returns:
        "modes": how many have a high-quality sample, and "high quality": the share of samples within `radius` of a
        mode (VEEGAN, arXiv:1705.07761); "real high quality": the same of the real data; "reverse kl": Σ q log(q K), q
        the shares of the K modes among samples given to their nearest mode (PacGAN, arXiv:1712.04086), in nats;
        "forward kl": -Σ log(q K) / K, with half a sample added to each mode, so that one without samples counts much
        but not infinitely, at most log(1 + 2N/K). For one mode also "mean error", ‖m - μ‖ / ‖μ‖ (in standard deviations
        where μ = 0), and "std error", max |s_i / σ - 1| over the coordinates.
    """
    distance, mode = nearest(samples, truth)
    good = distance <= radius(truth)
    count = len(truth.means)
    held = torch.bincount(mode, minlength=count).double()
    share, smoothed = held / len(mode), (held + 0.5) / (len(mode) + 0.5 * count)
    scores = {
        "modes": float((torch.bincount(mode[good], minlength=count) > 0).sum()),
        "high quality": good.double().mean().item(),
        "real high quality": (nearest(real, truth)[0] <= radius(truth)).double().mean().item(),
        "reverse kl": max(0.0, torch.special.xlogy(share, share * count).sum().item()),
        "forward kl": max(0.0, -(smoothed * count).log().mean().item()),
    }
    if count == 1:
        mean = truth.means[0].to(samples.device).double()
        size = mean.norm().item() or truth.std
        scores["mean error"] = (samples.double().mean(0) - mean).norm().item() / size
        scores["std error"] = (samples.double().std(0) / truth.std - 1).abs().max().item()
    return scores
