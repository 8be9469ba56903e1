"""A parody: no one loses, and nothing is learnt."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import unadversarial
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "guns",
    paper=Paper("Stopping GAN Violence: Generative Unadversarial Networks", 2017, "1703.02528"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def guns(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """A joke paper, taken at its word: a motivator praises the generator whatever it makes. Do not use it.

    max over M and G of E log M(x) + E log M(G(z)). Both losses go to zero, since M may say yes to everything, and so
    no gradient says anything of the data. It is here as a control: a falling loss is no sign of a good generator.

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for both.

    Deviations: 1. The paper has no serious objective: the first game's logarithms are used, with the signs that make
    friends of its players.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=unadversarial(),
    )
