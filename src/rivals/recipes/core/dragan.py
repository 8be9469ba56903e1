"""A penalty around the data alone."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.penalties import dragan as local_penalty
from rivals.priors import Gaussian


@recipe(
    "dragan",
    paper=Paper("On Convergence and Stability of GANs", 2017, "1705.07215"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def dragan(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 100,
    weight: float = 10.0,
    spread: float = 0.5,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """The first game, with the critic's slope held near 1 around real samples.

    L = E softplus(-D(x)) + E softplus(D(G(z))) + λ E(‖∇D(x + δ)‖ - 1)², D a logit.

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight: λ.
        spread: size of δ in standard deviations of the batch.
        rate, betas: Adam's, for both.

    Deviations: 1. No norm in the critic, so that a slope is one sample's own. 2. δ is uniform and as wide as the batch,
    as in the authors' code; the paper writes a normal one.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="none"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        penalties=[local_penalty(weight, spread)],
    )
