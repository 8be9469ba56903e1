"""The critic as an estimate of a distance."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.constraints import clip
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import wasserstein
from rivals.optim import rmsprop
from rivals.priors import Gaussian


@recipe(
    "wgan",
    paper=Paper("Wasserstein GAN", 2017, "1701.07875"),
    data=("points", "images", "arrays"),
    steps=4_000,
    tiny={"width": 8, "latent": 8},
)
def wgan(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 100,
    bound: float = 0.01,
    rate: float = 5e-5,
    critic_updates: int = 5,
) -> Adversarial:
    """A critic with clipped weights follows the earth mover's distance; algorithm 1.

    W(P, Q) = sup over 1-Lipschitz f of E f(x) - E f(G(z)), eq. 2; clipping to [-c, c] keeps f K-Lipschitz for some K.

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        bound: c.
        rate: RMSProp's, for both.
        critic_updates: n_critic.

    Deviations: 1. Without the authors' first 25 steps of 100 critic updates.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), rmsprop(rate)),
        critic=Player(networks.critic(data, width), rmsprop(rate)),
        prior=Gaussian(latent),
        objective=wasserstein(),
        constraint=clip(bound),
        critic_updates=critic_updates,
    )
