"""The gradient penalty."""

from __future__ import annotations

from typing import Literal

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import wasserstein
from rivals.optim import adam, linear
from rivals.penalties import gradient_penalty
from rivals.priors import Gaussian


@recipe(
    "wgan-gp",
    paper=Paper("Improved Training of Wasserstein GANs", 2017, "1704.00028"),
    data=("points", "images", "arrays"),
    steps=10_000,
    recommended={"points, arrays, images<12": "its critic's distance falls steadily while modes are still missing."},
    tiny={"width": 8, "latent": 8},
)
def wgan_gp(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 128,
    weight: float = 10.0,
    sides: Literal["two", "one"] = "two",
    rate: float = 1e-3,
    betas: tuple[float, float] = (0.0, 0.9),
    decay: int = 10_000,
    critic_updates: int = 5,
    body: networks.Body = "dcgan",
) -> Adversarial:
    """Critic held near slope 1 by a gradient penalty; algorithm 1.

    L = E D(G(z)) - E D(x) + λ E(‖∇D(x̂)‖ - 1)², eq. 3.

    Args:
        data: points, pictures of any size, or other arrays.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        body: of pictures; "resnet" is that of appendix F.
        weight, sides, rate, betas: λ; "one" punishes only slopes above 1; Adam's, for both.
        decay, critic_updates: steps over which the rate falls in a straight line to a fiftieth; n_critic.

    Deviations: 1. By default the DCGAN's convolutions for residual ones; dense networks below 12 pixels.
    2. The rate starts at ten times the paper's 1e-4, so that small data take minutes, and falls as the authors' does.
    """
    dense = networks.tiny(data)
    slower, own = linear(0, decay, floor=0.02), linear(0, decay * critic_updates, floor=0.02)
    return Adversarial(
        generator=Player(
            networks.generator(data, latent, width, dense=dense, body=body), adam(rate, betas), schedule=slower
        ),
        critic=Player(
            networks.critic(data, width, norm="none", dense=dense, body=body), adam(rate, betas), schedule=own
        ),
        prior=Gaussian(latent),
        objective=wasserstein(),
        penalties=[gradient_penalty(weight, sides=sides)],
        critic_updates=critic_updates,
    )
