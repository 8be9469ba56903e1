"""DCGAN for larger canvases."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "art-dcgan",
    paper=Paper("art-DCGAN: Modified implementation of DCGAN focused on generative art", 2017),
    data=("images",),
    smallest=8,
    tiny={"width": 8, "critic_width": 4, "latent": 8},
)
def art_dcgan(
    data: Images,
    *,
    width: int = 40,
    critic_width: int = 16,
    latent: int = 100,
    smooth: float = 0.9,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """A DCGAN with as many halvings as the canvas needs and a generator that is wider than its critic.

    At 128×128 maps of 4×4 are doubled five times. Channels halve with each doubling, so that a small base is enough;
    reals have the label `smooth`, since a large canvas is easily told from a first sketch.

    Args:
        data: pictures of any size, from 8 pixels; `--read size=128` makes one size of a folder of many.
        width, critic_width: channels of the largest hidden map of the generator, and of the critic.
        latent: numbers in a normal latent.
        smooth: the label of reals, in (0.5, 1].
        rate, beta: Adam's learning rate and β₁, for both.

    Deviations: 1. There is no paper, and the released code was not at hand: sizes and `smooth` are ours.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, critic_width), adam(rate, (beta, 0.999))),
        prior=Gaussian(latent),
        objective=non_saturating(smooth),
    )
