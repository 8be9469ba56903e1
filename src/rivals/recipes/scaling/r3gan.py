"""The modern baseline."""

from __future__ import annotations

from torch import nn

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.networks import mlp, resnet
from rivals.objectives import relativistic
from rivals.optim import adam
from rivals.penalties import r1, r2
from rivals.priors import Gaussian


@recipe(
    "r3gan",
    paper=Paper("The GAN is dead; long live the GAN! A Modern Baseline GAN", 2025, "2501.05441"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def r3gan(
    data: Points | Images,
    *,
    width: int = 32,
    depth: int = 1,
    latent: int = 64,
    gamma: float = 1.0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.0, 0.99),
    average: float = 20_000.0,
) -> Adversarial:
    """Relativistic pairing with zero-centred penalties on reals and fakes; section 2, residual bodies; section 4.

    E f(D(G(z)) - D(x)) + γ/2 E‖∇D(x)‖² + γ/2 E‖∇D(G(z))‖², f the softplus, eq. 3-5.

    Args:
        data: points, or pictures of any size.
        width, depth: channels of the largest map (points: units / 4 of three hidden layers); blocks at each size.
        latent: numbers in a normal latent.
        gamma: γ of both penalties.
        rate, betas, average: Adam's, for both; half-life of the generator's average weights in reals seen.

    Deviations: 1. No schedules of rate, β₂, γ and average. 2. One block at each size and no mapping network.
    """
    if isinstance(data, Points):
        body: nn.Module = mlp.generator(latent, data.shape, [4 * width] * 3)
        judge: nn.Module = mlp.critic(data.shape, [4 * width] * 3, activation=nn.LeakyReLU(0.2))
    else:
        body = resnet.generator(latent, *data.shape, base=width, depth=depth)
        judge = resnet.critic(*data.shape, base=width, depth=depth)
    return Adversarial(
        generator=Player(body, adam(rate, betas), average=average),
        critic=Player(judge, adam(rate, betas)),
        prior=Gaussian(latent),
        objective=relativistic(),
        penalties=[r1(gamma), r2(gamma)],
    )
