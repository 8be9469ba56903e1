"""The critic judges several samples at once."""

from __future__ import annotations

from dataclasses import replace

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.views import pack


@recipe(
    "pacgan",
    paper=Paper("PacGAN: The power of two samples in generative adversarial networks", 2017, "1712.04086"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def pacgan(
    data: Points | Images,
    *,
    packing: int = 2,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """A pack of m samples is real or fake as a whole, so that a lack of variety shows.

    V(D, G) = E log D(x₁, …, x_m) + E log(1 - D(G(z₁), …, G(z_m))).

    Args:
        data: points, or pictures of any size.
        packing: m; the samples of a pack are stacked along channels (points: put side by side).
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for both.

    Deviations: 1. The networks of `rivals.networks`. 2. A batch of N reals makes N / m packs, where the paper draws m
    batches, so that costs compare.
    """
    wide = packing * data.shape[0]
    packs = replace(data, dim=wide) if isinstance(data, Points) else replace(data, channels=wide)
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(packs, width), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        view=pack(packing),
    )
