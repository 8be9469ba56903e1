"""A game that is brought to another domain by its weights' singular values alone."""

from __future__ import annotations

from typing import Any

from torch import nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.game import Chain, OptimizerFactory, Player
from rivals.nn.singular import decompose, singular
from rivals.objectives import wasserstein
from rivals.optim import adam
from rivals.penalties import gradient_penalty
from rivals.priors import Gaussian
from rivals.recipes.scaling.transfer_gan import TransferGAN


class Adapted(Chain):
    """A network of which all weights move at first, and then their singular values alone.

    Args:
        net: the network; its layers get shifts of their singular values.
        optimizer: of the weights.
        slower: of the shifts.
    """

    def __init__(self, net: nn.Module, optimizer: OptimizerFactory, slower: OptimizerFactory) -> None:
        shifts = singular(net)
        super().__init__(Player(net, optimizer), Player(shifts, slower))
        self.values_alone = False

    @property
    def players(self) -> tuple[Player, ...]:
        """Who moves now."""
        net, shifts = super().players
        return (shifts,) if self.values_alone else (net,)

    def forward(self, x: Any, *context: Any) -> Any:
        """The network; the shifts are in its weights."""
        return self.links[0](x, *context)


class SVDGAN(TransferGAN):
    """As `TransferGAN`, but on the target only σ moves of each weight W = U diag(σ) Vᵀ; section 3."""

    def adapt(self) -> None:
        """Take U and V from the weights of the source; from here on the singular values move alone."""
        for side in (self.generator, self.critic):
            assert isinstance(side, Adapted)
            decompose(side.links[0])
            side.values_alone = True


@recipe(
    "svd-gan",
    paper=Paper("Few-Shot Adaptation of Generative Adversarial Networks", 2020, "2010.11943"),
    data=("images",),
    tiny={"source": "digits", "source_steps": 4, "width": 8, "latent": 8},
)
def svd_gan(
    data: Images,
    *,
    source: str = "",
    source_steps: int = 5000,
    width: int = 64,
    latent: int = 128,
    weight: float = 10.0,
    rate: float = 1e-4,
    values_rate: float = 5e-3,
    betas: tuple[float, float] = (0.0, 0.9),
    critic_updates: int = 5,
) -> SVDGAN:
    """Few pictures move only the singular values of what another domain has taught; section 3.

    W = U diag(σ) Vᵀ in every layer of both networks; on the target the game of `transfer-gan` moves σ, from the
    source's, and nothing else.

    Args:
        data: the target, pictures of any size.
        source: name of the source's data, of as many channels; "" has none, for a start from a run on it (`--from`).
        source_steps: steps on the source, before those of the run on the target.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        weight, critic_updates: of the gradient penalty; n_critic.
        rate, values_rate, betas: Adam's, for weights on the source, for singular values, and of both.

    Raises:
        UsageError: for less than one step on the source.

    Deviations: 1. The DCGAN's networks and WGAN-GP's loss for StyleGAN2 and its. 2. A kernel's rows are its outputs.
    3. Biases and the norms' gains stay; the norms' running statistics follow.
    """
    slower = adam(values_rate, betas)
    return SVDGAN(
        source,
        source_steps,
        generator=Adapted(networks.generator(data, latent, width), adam(rate, betas), slower),
        critic=Adapted(networks.critic(data, width, norm="none"), adam(rate, betas), slower),
        prior=Gaussian(latent),
        objective=wasserstein(),
        penalties=[gradient_penalty(weight)],
        critic_updates=critic_updates,
    )
