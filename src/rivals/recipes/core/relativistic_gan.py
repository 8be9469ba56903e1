"""How much more real than a fake is a real?"""

from __future__ import annotations

from typing import Literal

from rivals import networks, parts
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "relativistic-gan",
    paper=Paper("The relativistic discriminator: a key element missing from standard GAN", 2018, "1807.00734"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def relativistic_gan(
    data: Shaped,
    *,
    loss: Literal[
        "relativistic",
        "relativistic_average",
        "relativistic_average_least_squares",
        "relativistic_average_hinge",
    ] = "relativistic_average",
    width: int = 64,
    latent: int = 128,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """The critic compares reals with fakes, and both players' losses see both; algorithms 1 and 2.

    RaSGAN: D̃(x) = σ(D(x) - E D(G(z))), D̃(G(z)) = σ(D(G(z)) - E D(x)); -E log D̃(x) - E log(1 - D̃(G(z))), eq. 9-10.

    Args:
        data: points, pictures of any size, or other arrays.
        loss: RSGAN (pairs), RaSGAN, RaLSGAN or RaHingeGAN.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for both (the paper's, section 5.1).

    Deviations: 1. The DCGAN's networks. 2. Each loss of the average form is halved, which Adam does not notice.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="spectral"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=parts.make("objective", loss),
    )
