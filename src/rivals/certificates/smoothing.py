"""Certificates by votes under noise. Cohen et al. 2019, arXiv:1902.02918."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy.stats import beta, norm
from torch import Tensor

from rivals import noise
from rivals.errors import UsageError

ABSTAINS = -1
"""The class of a sample of which nothing can be said."""


@dataclass(frozen=True)
class Certificate:
    """What is known of each sample, each with probability at least 1 - α.

    Attributes:
        named: class of the smoothed classifier, int64 (N,); `ABSTAINS` where the votes are too even.
        radius: of the ball of norm 2 in which it stays that class, float64 (N,); 0 where it abstains.
    """

    named: Tensor
    radius: Tensor

    def accuracy(self, y: Tensor, radius: float) -> float:
        """Certified accuracy: share of samples named y, (N,), and certified beyond a radius."""
        return float(((self.named == y) & (self.radius > radius)).double().mean())


def certify(chosen: Tensor, counted: Tensor, sigma: float, alpha: float = 0.001) -> Certificate:
    """Of the class that leads the first votes, how sure the others make it: R = σ Φ⁻¹(p̲); algorithm 1, CERTIFY.

    p̲ is the one-sided Clopper-Pearson bound of its share, the α-quantile of Beta(k, n - k + 1) of k votes in n. Where
    it is not above ½ the classifier abstains.

    Args:
        chosen: votes that choose the class, int64 (N, K); no votes of `counted` among them.
        counted: votes that are counted, int64 (N, K), at least one a sample.
        sigma: σ of the noise, above 0.
        alpha: α, the risk of a wrong certificate, in (0, 1).

    Raises:
        UsageError: for numbers out of range.
    """
    if sigma <= 0 or not 0 < alpha < 1:
        raise UsageError(f"a certificate needs sigma above 0 and alpha between 0 and 1, not {sigma:g} and {alpha:g}")
    n = counted.sum(1)
    if (n < 1).any():
        raise UsageError("a certificate needs at least one vote of each sample")
    leader = chosen.argmax(1)
    k = counted.gather(1, leader[:, None])[:, 0]
    lower = torch.from_numpy(beta.ppf(alpha, k.double().clamp_min(0.5).numpy(), (n - k + 1).double().numpy()))
    lower = torch.where(k > 0, lower, torch.zeros_like(lower))
    sure = lower > 0.5
    radius = torch.where(sure, sigma * torch.from_numpy(norm.ppf(lower.clamp(0.5, 1).numpy())), 0.0)
    return Certificate(torch.where(sure, leader, ABSTAINS), radius)


def votes(
    classify: Callable[[Tensor], Tensor], x: Tensor, sigma: float, n: int, classes: int, batch: int = 1000
) -> Tensor:
    """How often the base classifier names each sample's noisy copies each class, int64 (N, K).

    The noise is that of `rivals.noise`; the copies are not cut to the samples' range, as the theorem asks.

    Args:
        classify: f, samples (M, ...) -> logits (M, K).
        x: samples (N, ...).
        sigma: σ of the noise.
        n: copies of each.
        classes: K.
        batch: copies at a time.

    Raises:
        UsageError: for fewer than one copy.
    """
    if n < 1:
        raise UsageError("votes need at least one noisy copy")
    found = torch.zeros(len(x), classes, dtype=torch.long)
    with torch.no_grad():
        for i, sample in enumerate(x):
            for part in torch.arange(n).split(batch):
                copies = sample + sigma * noise.normal(len(part), *sample.shape).to(sample)
                found[i] += torch.bincount(classify(copies).argmax(1).cpu(), minlength=classes)
    return found
