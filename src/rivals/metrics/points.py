"""Scores of points against the mixture that made the data; where it is not known see `rivals.metrics.features`."""

from __future__ import annotations

import math

import torch
from scipy.stats import chi2
from torch import Tensor

from rivals.data.toy import Mixture


def radius(truth: Mixture) -> float:
    """How far from its mode a sample may be and still count as of high quality.

    3 standard deviations in the plane (98.9 % of the mass), the protocol of VEEGAN, arXiv:1705.07761; in other
    dimensions the radius of 99 % of a mode's mass, since there 3 standard deviations hold too much or nothing.
    """
    dim = truth.rank
    return truth.std * (3.0 if dim == 2 else math.sqrt(float(chi2.ppf(0.99, dim))))


def nearest(points: Tensor, truth: Mixture) -> tuple[Tensor, Tensor]:
    """Distance (N,) to the nearest mode, and which one it is (N,)."""
    distance, mode = torch.cdist(points.double(), truth.means.to(points.device).double()).min(1)
    return distance, mode


def against_truth(samples: Tensor, real: Tensor, truth: Mixture) -> dict[str, float]:
    """Coverage and quality of samples, where the modes are known.

    Args:
        samples: (N, D).
        real: (M, D), data of the same mixture, for what perfect samples would score.
        truth: the mixture.

    Returns:
        "modes": how many have a high-quality sample, and "high quality": the share of samples within `radius` of a
        mode (VEEGAN, arXiv:1705.07761); "real high quality": the same of the real data; "reverse kl": Σ q log(q K), q
        the shares of the K modes among samples given to their nearest mode (PacGAN, arXiv:1712.04086), in nats. For
        one mode also "mean error", ‖m - μ‖ / ‖μ‖ (in standard deviations where μ = 0), and "std error",
        max |s_i / σ - 1| over the coordinates.
    """
    distance, mode = nearest(samples, truth)
    good = distance <= radius(truth)
    count = len(truth.means)
    share = torch.bincount(mode, minlength=count).double() / len(mode)
    scores = {
        "modes": float((torch.bincount(mode[good], minlength=count) > 0).sum()),
        "high quality": good.double().mean().item(),
        "real high quality": (nearest(real, truth)[0] <= radius(truth)).double().mean().item(),
        "reverse kl": max(0.0, torch.special.xlogy(share, share * count).sum().item()),
    }
    if count == 1:
        mean = truth.means[0].to(samples.device).double()
        size = mean.norm().item() or truth.std
        scores["mean error"] = (samples.double().mean(0) - mean).norm().item() / size
        scores["std error"] = (samples.double().std(0) / truth.std - 1).abs().max().item()
    return scores
