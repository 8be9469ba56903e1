"""Any f-divergence, by its variational bound."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import Divergence, f_divergence
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "f-gan",
    paper=Paper(
        "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", 2016, "1606.00709"
    ),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def f_gan(
    data: Shaped,
    *,
    divergence: Divergence = "kl",
    saturating: bool = False,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """Min over G, max over D of a bound from below on D_f(data ‖ G); sections 2 and 3.

    F = E g(D(x)) - E f*(g(D(G(z)))), where f* is the conjugate of f and g maps logits to its domain.

    Args:
        data: points, pictures of any size, or other arrays.
        divergence: which f.
        saturating: the generator descends F itself, for climbing g(D(G(z))), section 3.2.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        rate, betas: Adam's, for both.

    Deviations: 1. The networks of `rivals.networks`, without a norm in the critic.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="none"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=f_divergence(divergence, saturating),
    )
