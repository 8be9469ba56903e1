"""Samples of the networks' weights instead of one best setting."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import OptimizerFactory, Player, players_of
from rivals.optim import adam, noisy, sghmc
from rivals.priors import Gaussian, Prior
from rivals.run import Run
from rivals.semi import FewLabelled, real_logit


class BayesianGAN(FewLabelled):
    """Chains over generators and critics, each given all of the other side. Saatchi & Wilson 2017, algorithm 1.

    What a chain descends is its negative log posterior divided by the number N of data,
    U/N = (mean over the batch and the other side's chains of the loss) + ‖θ‖² / (2σ²N), so that the chain's noise is
    that of temperature 1/N.

    Args:
        generators, prior: networks z (N, L) -> x (N, ...), one a chain; latents.
        critics: networks x -> logits (N,), one a chain; (N, K) of the classes where there are labels.
        sampler, std: N -> what moves a chain down U/N; σ of the normal prior on every weight.
        observed: N where the data are endless; else it is their number.
        unlabelled, **few: weight of the real-or-fake loss in the critics'; of `FewLabelled`.
    """

    observed: Tensor

    def __init__(
        self,
        generators: Sequence[nn.Module],
        critics: Sequence[nn.Module],
        prior: Prior,
        *,
        sampler: Callable[[int], OptimizerFactory],
        std: float,
        observed: int,
        unlabelled: float = 1.0,
        **few: Any,
    ) -> None:
        super().__init__(**few)
        self.prior, self.sampler, self.std, self.unlabelled = prior, sampler, std, unlabelled
        self.generators = nn.ModuleList(Player(net, self.chain) for net in generators)
        self.critics = nn.ModuleList(Player(net, self.chain) for net in critics)
        self.register_buffer("observed", torch.tensor(observed))

    def chain(self, weights: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """A player's sampler; it is made at the first move, when the number of data is known."""
        return self.sampler(int(self.observed))(weights)

    def prepare(self, run: Run) -> None:
        """Count the data."""
        if run.source.size is not None:
            self.observed.fill_(run.source.size)

    def step(self, run: Run) -> None:
        """Algorithm 1: all generators move given the critics, then all critics given the generators."""
        generators, critics = players_of(self.generators), players_of(self.critics)
        z = self.prior(run.batch)
        fakes = [g(z) for g in generators]
        losses = [torch.stack([F.softplus(-real_logit(d(fake))) for d in critics]).mean(0) for fake in fakes]
        run.descend(*((g, self.posterior(g, loss)) for g, loss in zip(generators, losses, strict=True)))
        x, z = run.real(), self.prior(run.batch)
        with torch.no_grad():
            fakes = [g(z) for g in generators]
        told = [torch.stack([F.softplus(real_logit(d(fake))) for fake in fakes]).mean(0) for d in critics]
        losses = [self.unlabelled * (F.softplus(-real_logit(d(x))) + t) for d, t in zip(critics, told, strict=True)]
        named = self.named(run, *critics) if self.labels else [torch.zeros_like(x) for x in losses]
        losses = [loss + more for loss, more in zip(losses, named, strict=True)]
        run.descend(*((d, self.posterior(d, loss)) for d, loss in zip(critics, losses, strict=True)))

    def log_probabilities(self, x: Tensor) -> Tensor:
        """Of the classes, the mean of the chains' probabilities."""
        said = torch.stack([d(x).log_softmax(1) for d in self.critics])
        return said.logsumexp(0) - math.log(len(self.critics))

    def posterior(self, player: Player, loss: Tensor) -> dict[str, Tensor]:
        """The terms of U/N: the likelihood's, (N,), and the prior's, ()."""
        squares = torch.stack([w.square().sum() for w in player.weights]).sum()
        return {"likelihood": loss, "prior": squares / (2 * self.std**2 * self.observed)}

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """The chains in turn: sample i is from chain i mod J."""
        z, i = self.prior(n), torch.arange(n, device=self.device)
        made: Tensor = torch.stack([g(z) for g in self.generators])[i % len(self.generators), i]
        return made


@recipe(
    "bayesian-gan",
    paper=Paper("Bayesian GAN", 2017, "1705.09558"),
    data=("points", "images"),
    steps=10_000,
    tiny={"width": 8, "latent": 8, "generators": 2, "critics": 2},
)
def bayesian_gan(
    data: Points | Images,
    *,
    generators: int = 4,
    critics: int = 2,
    width: int = 64,
    latent: int = 16,
    sampler: Literal["sghmc", "adam"] = "sghmc",
    rate: float = 0.01,
    friction: float = 0.5,
    std: float = 1.0,
    observed: int = 10_000,
    labels: int = 0,
    subset: int | None = None,
    unlabelled: float = 1.0,
) -> BayesianGAN:
    """Weights are drawn from their posterior, so several generators, each with modes of its own, are kept.

    log p(θ_g | z, θ_d) = Σ log D(G(z)) + log p(θ_g), eq. 1; log p(θ_d | z, X, θ_g) = Σ log D(x) + Σ log(1 - D(G(z)))
    + log p(θ_d), eq. 2; both sampled by v ← (1 - α)v + η ∂log p + N(0, 2αη), θ ← θ + v.

    Args:
        data: points, or pictures of any size.
        generators, critics: chains of each.
        width, latent: of all networks, see `rivals.networks`; numbers in a normal latent.
        sampler: "adam" is the authors' code: β₁ = .5, and noise √(2α)/N in every gradient instead of beside the step.
        rate, friction, std: η, for the posterior divided by N; α; σ of the normal prior on weights.
        observed: N for endless data; a finite set is counted.
        labels, subset: how many samples have a label, section 2.2; which, by default following the seed.
        unlabelled: weight of the real-or-fake loss in the critics'; at 0 they learn from the labels alone.

    Deviations: 1. A chain's one sample is its present state; the paper sums over M of them. 2. Losses are averaged over
    the other side's chains, as in the authors' code. 3. The labelled batch's mean loss counts as much as the other's;
    "fake" is a logit of 0 beside the classes, as in `rivals.semi`. 4. Dense networks for pictures below 12 pixels.
    """
    dense, outputs = networks.tiny(data), data.classes if labels else 1
    gs = [networks.generator(data, latent, width, dense=dense) for _ in range(generators)]
    ds = [networks.critic(data, width, outputs=outputs, dense=dense) for _ in range(critics)]
    few: dict[str, Any] = {"classes": data.classes, "labels": labels, "subset": subset, "unlabelled": unlabelled}
    samplers: dict[str, Callable[[int], OptimizerFactory]] = {
        "sghmc": lambda n: sghmc(rate, friction, 1 / math.sqrt(n)),
        "adam": lambda n: noisy(adam(rate, (0.5, 0.999)), math.sqrt(2 * friction) / n),
    }
    return BayesianGAN(gs, ds, Gaussian(latent), sampler=samplers[sampler], std=std, observed=observed, **few)
