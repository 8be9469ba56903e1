"""Weights from which a few steps lead to a new class."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.sources import Source
from rivals.data.specs import Images
from rivals.data.tasks import TASK, Tasks
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.optim import adam, sgd
from rivals.penalties import between, slope
from rivals.priors import Gaussian, Prior
from rivals.run import Run


class MetaGAN(Game):
    """Reptile around a game: Φ moves towards where a few steps on one class lead; algorithm 1.

    Args:
        generator, critic: Φ; latents -> pictures, pictures -> logits (N,). Their optimisers are the outer ones.
        prior: latents.
        inner, inner_rate: steps on a class, at least 1, and the rate of their gradient descent.
        weight: λ of the gradient penalty.
        held_out: how many of the last classes are not learnt from.

    Raises:
        UsageError: for a number out of range.
    """

    def __init__(
        self,
        generator: Player,
        critic: Player,
        prior: Prior,
        *,
        inner: int,
        inner_rate: float,
        weight: float,
        held_out: int,
    ) -> None:
        super().__init__()
        if inner < 1 or held_out < 0:
            raise UsageError(f"inner must be at least 1 and held_out at least 0, not {inner} and {held_out}")
        self.generator, self.critic, self.prior = generator, critic, prior
        self.inner, self.inner_rate, self.weight, self.held_out = inner, inner_rate, weight, held_out

    def feed(self, source: Source) -> Source:
        """The data with tasks beside them."""
        return Tasks(source, self.held_out)

    def step(self, run: Run) -> None:
        """One task: W ← Φ, inner steps, and the outer optimisers' move along Φ - W."""
        nets = self.adapted(run.real(TASK), self.inner)
        here = [weight for player in (self.generator, self.critic) for weight in player.weights]
        there = [weight for net in nets for weight in net.parameters()]
        run.apply((self.generator, self.critic), [w - v for w, v in zip(here, there, strict=True)])

    def adapted(self, x: Tensor, steps: int) -> tuple[nn.Module, nn.Module]:
        """Generator and critic after steps of WGAN-GP from Φ on pictures (N, ...); Φ stays where it is."""
        g, d = (copy.deepcopy(player.net) for player in (self.generator, self.critic))
        move_d, move_g = (sgd(self.inner_rate)(net.parameters()) for net in (d, g))
        for _ in range(steps):
            fake = g(self.prior(len(x)).to(x)).detach()
            penalty = (slope(d, between(x, fake)) - 1).square()
            _descend(move_d, d(fake) - d(x) + self.weight * penalty)
            _descend(move_g, -d(g(self.prior(len(x)).to(x))))
        return g, d

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`: by Φ, before it has seen any class."""
        made: Tensor = self.generator(self.prior(n))
        return made


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for weight, gradient in zip(weights, torch.autograd.grad(loss.mean(), weights), strict=True):
        weight.grad = gradient
    optimizer.step()


@recipe(
    "meta-gan",
    paper=Paper("FIGR: Few-shot Image Generation with Reptile", 2019, "1901.02199"),
    data=("images",),
    batch=8,
    steps=10_000,
    tiny={"width": 8, "latent": 8, "inner": 2},
)
def meta_gan(
    data: Images,
    *,
    inner: int = 10,
    inner_rate: float = 1e-3,
    held_out: int = 1,
    weight: float = 10.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 1e-4,
) -> MetaGAN:
    """Learn weights that a handful of pictures of a class never seen, and ten steps, make a generator of it.

    For each task: W ← Φ; `inner` times W_d descends E D(G(z)) - E D(x) + λ E(‖∇D(x̂)‖ - 1)², W_g descends -E D(G(z));
    then Φ moves by Adam with Φ - W for its gradient, algorithm 1.

    Args:
        data: pictures with classes; a batch is what is shown of one.
        inner, inner_rate, weight: steps on a class, and their rate; λ.
        held_out: how many of the last classes are not learnt from, but left for trying.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        rate: of the outer Adam, for both.

    Raises:
        UsageError: for a number out of range, or data without enough classes.

    Deviations: 1. The networks of `rivals.networks`, dense ones for pictures of less than 12 pixels. 2. A microbatch of
    an accumulated batch makes its own inner steps.
    """
    if data.classes <= held_out:
        raise UsageError(f"meta-gan learns from classes and holds out {held_out}, and this data has {data.classes}")
    dense = networks.tiny(data)
    return MetaGAN(
        Player(networks.generator(data, latent, width, norm="layer", dense=dense), adam(rate)),
        Player(networks.critic(data, width, norm="layer", dense=dense), adam(rate)),
        Gaussian(latent),
        inner=inner,
        inner_rate=inner_rate,
        weight=weight,
        held_out=held_out,
    )
