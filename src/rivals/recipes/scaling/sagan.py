"""Self-attention in both networks."""

from __future__ import annotations

from torch import nn

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.conditions import Labels
from rivals.data.specs import Images
from rivals.game import Player
from rivals.networks import dcgan
from rivals.nn.norms import spectral
from rivals.objectives import hinge
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "sagan",
    paper=Paper("Self-Attention Generative Adversarial Networks", 2018, "1805.08318"),
    data=("images",),
    tiny={"width": 8, "latent": 8},
)
def sagan(
    data: Images,
    *,
    width: int = 64,
    latent: int = 128,
    attention: int | None = None,
    conditional: bool = True,
    rate: float = 1e-4,
    critic_rate: float = 4e-4,
    betas: tuple[float, float] = (0.0, 0.9),
) -> Adversarial:
    """Self-attention relates far places, spectral norm holds both networks, and the critic learns faster; sections 3-4.

    y = γ o + x, o the values of all places weighed by a softmax, eq. 2-3; hinge loss, eq. 4. With labels the generator
    has conditional batch norms and the critic a projection.

    Args:
        data: pictures of any size.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        attention: the side of the map that attends; by default the largest hidden one of at most 32, 0 for none.
        conditional: labels are used where the data have them.
        rate, critic_rate, betas: Adam's, for the generator; for the critic; for both.

    Deviations: 1. The DCGAN's convolutions for residual blocks.
    """
    at = dcgan.attended(data.height, data.width, attention)
    labels = Labels(data.classes) if conditional and data.classes else None
    generator: nn.Module
    critic: nn.Module
    if labels:
        generator = dcgan.conditional_generator(latent, *data.shape, labels.classes, base=width, attention=at)
        critic = dcgan.projection_critic(*data.shape, labels.classes, base=width, attention=at)
    else:
        generator = dcgan.generator(latent, *data.shape, base=width, attention=at)
        critic = dcgan.critic(*data.shape, base=width, norm="spectral", attention=at)
    return Adversarial(
        generator=Player(spectral(generator), adam(rate, betas)),
        critic=Player(critic, adam(critic_rate, betas)),
        prior=Gaussian(latent),
        objective=hinge(),
        condition=labels,
    )
