"""Noise in many small steps, forwards and backwards: what does not depend on any network."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from rivals import noise

Variance: TypeAlias = Literal["large", "small"]
"""Of p(x_{t-1} | x_t): β_t, or the smaller one of q(x_{t-1} | x_t, x₀)."""


class Diffusion(nn.Module):
    """x_t = √ᾱ_t x₀ + √(1 - ᾱ_t) ε for t = 0 … T, ᾱ_t = Π (1 - β_s). Ho et al. 2020, arXiv:2006.11239, eq. 4-7.

    β grows in a straight line from 1e-4 to .02, times 1000 / T, so that little is left of x₀ at any T.

    Args:
        times: T.
        variance: of a step back.
    """

    signal: Tensor
    spread: Tensor

    def __init__(self, times: int, variance: Variance) -> None:
        super().__init__()
        self.times, self.variance = times, variance
        betas = (torch.linspace(1e-4, 0.02, times, dtype=torch.double) * 1000 / times).clamp(max=0.99)
        kept = torch.cat([torch.ones(1), (1 - betas).cumprod(0)])  # ᾱ from t = 0
        self.register_buffer("signal", kept.sqrt().float(), persistent=False)
        self.register_buffer("spread", (1 - kept).sqrt().float(), persistent=False)

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """A draw of x_t, and the ε in it, both (N, ...), of x₀ (N, ...) at times t (N,)."""
        true = noise.normal(*x.shape).to(x)
        return self.at(self.signal, t, x) * x + self.at(self.spread, t, x) * true, true

    def clean(self, x: Tensor, told: Tensor, t: Tensor) -> Tensor:
        """x₀ of x_t and of the ε that is told; pictures within [-1, 1]."""
        found = (x - self.at(self.spread, t, x) * told) / self.at(self.signal, t, x)
        return found.clamp(-1, 1) if x.dim() == 4 else found

    def back(self, t: Tensor, s: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The factors of x₀ and of x_t in the mean of x_s, s < t, and its variance by q and by p, all shaped as t.

        A stride of more than one has β = 1 - ᾱ_t / ᾱ_s.
        """
        past, lost, lost_past = self.signal[s] ** 2, self.spread[t] ** 2, self.spread[s] ** 2
        kept = self.signal[t] / self.signal[s]
        beta = 1 - kept**2
        true = beta * lost_past / lost
        return past.sqrt() * beta / lost, kept * lost_past / lost, true, beta if self.variance == "large" else true

    @staticmethod
    def at(values: Tensor, t: Tensor, x: Tensor) -> Tensor:
        """Of values (T + 1,) those at times t (N,), as factors of x (N, ...)."""
        return values[t].to(x).view(-1, *[1] * (x.dim() - 1))


def level(x: Tensor, mean: Tensor, std: Tensor, levels: int) -> Tensor:
    """Log probability of the level of each number under N(mean, std²), eq. 13: the mass nearer to it than to others.

    Args:
        x: levels 2 v / (L - 1) - 1 in [-1, 1], (N, ...).
        mean: the shape of x.
        std: ().
        levels: L; the first and the last have all that lies beyond them.
    """
    half = 1 / (levels - 1)
    low, high = (torch.special.ndtr((x.double() - mean + side) / std) for side in (-half, half))
    low, high = torch.where(x < half - 1, 0.0, low), torch.where(x > 1 - half, 1.0, high)
    return (high - low).clamp_min(1e-300).log().to(x)
