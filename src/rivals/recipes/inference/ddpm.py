"""Noise is added in many small steps, and a network learns to take it back."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.likelihood import Likelihood
from rivals.networks.diffusion import denoiser
from rivals.nn.diffusion import Diffusion, Variance, level
from rivals.optim import adam
from rivals.run import Run


class DDPM(Likelihood):
    """A network tells the noise ε in x_t from x_t and t. Ho et al. 2020, arXiv:2006.11239, algorithms 1 and 2.

    Args:
        net: x_t (N, ...) and t / T (N,) -> ε (N, ...).
        data: of pictures the levels have probabilities, points have a density.
        process: how x_t comes of x₀.
        looks: at how many t the bound is looked at for each sample.
        strides: in how many steps a sample is made.
    """

    def __init__(self, net: Player, data: Points | Images, process: Diffusion, looks: int, strides: int) -> None:
        super().__init__("levels", getattr(data, "bits", 8))
        self.net, self.shape, self.process = net, data.shape, process
        self.times, self.looks, self.strides = process.times, looks, strides

    def step(self, run: Run) -> None:
        """Algorithm 1: L_simple, eq. 14, in which every t counts alike."""
        x = run.real()
        t = noise.integers(len(x), self.times).to(x.device) + 1
        noisy, true = self.process(x, t)
        run.descend((self.net, (self.told(noisy, t) - true).square().flatten(1).mean(1)))

    def told(self, x: Tensor, t: Tensor) -> Tensor:
        """ε as the network sees it in x_t, t (N,) in {1, …, T}."""
        seen: Tensor = self.net(x, (t / self.times).to(x))
        return seen

    def bound(self, x: Tensor) -> dict[str, Tensor]:
        """The three terms of eq. 5; the middle one is an estimate from some times, one of each of equal parts."""
        last = self.process.spread[-1].to(x) ** 2
        prior = 0.5 * ((1 - last) * x.square() + last - 1 - last.log()).flatten(1).sum(1)
        middle = x.new_zeros(len(x))
        for i in range(self.looks):
            part = (i + noise.uniform(len(x)).to(x.device)) / self.looks
            t = 2 + (part * (self.times - 1)).long().clamp(max=self.times - 2)
            wrong = (x - self._clean(self.process(x, t)[0], t)).square().flatten(1).sum(1)
            of_clean, _, true, ours = (value.to(x) for value in self.process.back(t, t - 1))
            share = true / ours
            divergence = 0.5 * (of_clean**2 * wrong / ours + x[0].numel() * (share - 1 - share.log()))
            middle = middle + divergence * (self.times - 1) / self.looks
        return {"prior": prior, "middle": middle, "first": self._first(x)}

    def _first(self, x: Tensor) -> Tensor:
        """-log p(x₀ | x₁), p normal about x̂₀ with variance β₁; of pictures the probability of a level, eq. 13."""
        t = torch.ones(len(x), dtype=torch.long, device=x.device)
        std, mean = self.process.spread[1].to(x), self._clean(self.process(x, t)[0], t)
        if x.dim() != 4:
            return 0.5 * (((x - mean) / std) ** 2 + math.log(2 * math.pi) + 2 * std.log()).flatten(1).sum(1)
        return -level(x, mean, std, self.levels).flatten(1).sum(1)

    def _clean(self, x: Tensor, t: Tensor) -> Tensor:
        return self.process.clean(x, self.told(x, t), t)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Algorithm 2, from x_T back in equal strides."""
        x = noise.normal(n, *self.shape).to(self.device)
        times = torch.linspace(self.times, 0, self.strides + 1).round().long()
        for t, s in pairwise(times.to(x.device)):
            of_clean, of_noisy, _, variance = self.process.back(t, s)
            x = of_clean * self._clean(x, t.expand(n)) + of_noisy * x
            x = x + variance.sqrt() * noise.normal(*x.shape).to(x) * (s > 0)
        return x


@recipe(
    "ddpm",
    paper=Paper("Denoising Diffusion Probabilistic Models", 2020, "2006.11239"),
    data=("points", "images"),
    kind="likelihood",
    batch=128,
    steps=10_000,
    tiny={"width": 4, "times": 8, "looks": 2, "strides": 4},
)
def ddpm(
    data: Points | Images,
    *,
    width: int = 32,
    times: int = 1000,
    looks: int = 20,
    strides: int = 50,
    variance: Variance = "small",
    rate: float = 1e-3,
    average: float = 5e5,
) -> DDPM:
    """ε-prediction, linear schedule, ancestral sampling; algorithms 1 and 2.

    L_simple = E ‖ε - ε_θ(√ᾱ_t x₀ + √(1 - ᾱ_t) ε, t)‖², ᾱ_t = Π (1 - β_s), β from 1e-4 to .02, section 4.

    Args:
        data: points, or pictures of any size.
        width: of the network, see `rivals.networks.diffusion.denoiser`.
        times: T; the β grow as it falls below 1000.
        looks: at how many t `log_prob` looks for each sample; it is a lower bound in the mean over its draws.
        strides: steps in which a sample is made, at most T (below T: Nichol & Dhariwal 2021, arXiv:2102.09672).
        variance: of p(x_{t-1} | x_t): "large" is β_t, "small" that of q(x_{t-1} | x_t, x₀).
        rate: Adam's.
        average: half-life of the averaged weights in reals; 0 keeps none.

    Raises:
        UsageError: for times, looks or strides out of range.

    Deviations: 1. A small network of two halvings, and SAGAN's attention at the smallest size alone. 2. Fifty strides
    for a thousand steps of sampling. 3. x̂₀ is held within [-1, 1] (the authors' code does so in sampling).
    """
    if times < 2 or looks < 1 or not 1 <= strides <= times:
        raise UsageError(f"give times >= 2, looks >= 1 and strides from 1 to times, not {times}, {looks}, {strides}")
    net = Player(denoiser(data, width), adam(rate), average=average or None)
    return DDPM(net, data, Diffusion(times, variance), looks, strides)
