"""Squared error for the cross-entropy."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import least_squares
from rivals.optim import adam
from rivals.priors import Uniform


@recipe(
    "lsgan",
    paper=Paper("Least Squares Generative Adversarial Networks", 2016, "1611.04076"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def lsgan(data: Shaped, *, width: int = 64, latent: int = 100, rate: float = 2e-4, beta: float = 0.5) -> Adversarial:
    """Fakes far on the right side of the boundary still pull; eq. 9, the 0-1 coding.

    min ½E(D(x) - 1)² + ½E D(G(z))²  and  min ½E(D(G(z)) - 1)².

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a uniform latent.
        rate, beta: Adam's learning rate and β₁, for both.

    Deviations: 1. The DCGAN's networks for the paper's deeper ones. 2. The rate of the DCGAN, a fifth of the paper's
    for its bedrooms.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, width), adam(rate, (beta, 0.999))),
        prior=Uniform(latent),
        objective=least_squares(),
    )
