"""Latents that lie apart must give samples that lie apart."""

from __future__ import annotations

from rivals import conditions, networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.terms import ModeSeeking


@recipe(
    "msgan",
    paper=Paper("Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis", 2019, "1903.05628"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def msgan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 100,
    weight: float = 1.0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """A conditional GAN whose generator is paid for variety under one label.

    min over G of L - λ E d(G(z₁, y), G(z₂, y)) / d(z₁, z₂), with d the mean absolute difference; section 3.2.

    Args:
        data: points or pictures, with labels.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight: λ.
        rate, betas: Adam's, for both.

    Raises:
        UsageError: for data without labels.

    Deviations: 1. The ratio's reciprocal is descended, as in the authors' code.
    """
    condition = conditions.of(data)
    return Adversarial(
        generator=Player(networks.generator(data, latent, width, condition=condition.size), adam(rate, betas)),
        critic=Player(networks.critic(data, width, condition=condition.size), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        condition=condition,
        terms=[ModeSeeking(weight)],
    )
