"""A recipe from outside: SNGAN whose generator also keeps the running average of its weights."""

from __future__ import annotations

from rivals import Paper, Player, networks, recipe
from rivals.adversarial import Adversarial
from rivals.data.specs import Points
from rivals.objectives import hinge
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "averaged-sngan",
    paper=Paper("Spectral Normalization for Generative Adversarial Networks", 2018, "1802.05957"),
    data=("points",),
)
def averaged_sngan(data: Points, *, width: int = 8, latent: int = 4, average: float = 100.0) -> Adversarial:
    """Every layer of the critic is divided by its largest singular value; samples are of averaged weights.

    Args:
        data: points.
        width, latent: of both networks; numbers in a normal latent.
        average: half-life of the generator's average in reals.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(2e-4, (0.5, 0.999)), average=average),
        critic=Player(networks.critic(data, width, norm="spectral"), adam(2e-4, (0.5, 0.999))),
        prior=Gaussian(latent),
        objective=hinge(),
    )
