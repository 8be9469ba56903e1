"""Two critics of opposite taste."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import Panel
from rivals.game import Player
from rivals.objectives import dual
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "d2gan",
    paper=Paper("Dual Discriminator Generative Adversarial Nets", 2017, "1709.03831"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def d2gan(
    data: Points | Images,
    *,
    alpha: float = 0.2,
    beta: float = 0.1,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """One critic rewards reals, one rewards fakes, so that G descends both KL divergences.

    J = α E log D₁(x) - E D₁(G(z)) - E D₂(x) + β E log D₂(G(z)), eq. 1.

    Args:
        data: points, or pictures of any size.
        alpha, beta: in (0, 1]: weights of KL(p_d ‖ p_g), which covers modes, and of KL(p_g ‖ p_d), which keeps to them.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Deviations: 1. The networks of `rivals.networks`.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Panel(*(Player(networks.critic(data, width), adam(rate, betas)) for _ in range(2))),
        prior=Gaussian(latent),
        objective=dual(alpha, beta),
    )
