"""The first of all."""

from __future__ import annotations

from typing import Literal

from torch import nn

from rivals import parts
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.networks import mlp
from rivals.optim import adam
from rivals.priors import Gaussian


@recipe(
    "gan",
    paper=Paper("Generative Adversarial Nets", 2014, "1406.2661"),
    data=("points", "images", "arrays"),
    steps=10_000,
    tiny={"hidden": (16, 16), "latent": 8},
)
def gan(
    data: Shaped,
    *,
    hidden: tuple[int, ...] = (256, 512, 1024),
    latent: int = 100,
    rate: float = 2e-4,
    loss: Literal["non_saturating", "minimax"] = "non_saturating",
) -> Adversarial:
    """Two fully connected networks play min-max; algorithm 1, with k = 1.

    V(D, G) = E log D(x) + E log(1 - D(G(z))), eq. 1; by default G climbs log D(G(z)) instead, section 3.

    Args:
        data: points, pictures of any size, or other arrays.
        hidden: the generator's hidden layers; the critic has the first two of them in reverse.
        latent: numbers in a normal latent.
        rate: Adam's, for both.
        loss: of the generator.

    Deviations: 1. Adam and LeakyReLU (0.2) where the paper has momentum, maxout and dropout, as the re-implementations
    that everybody compares with do. 2. A normal prior for the paper's uniform one.
    """
    leaky = nn.LeakyReLU(0.2)
    return Adversarial(
        generator=Player(mlp.generator(latent, data.shape, hidden, leaky), adam(rate, (0.5, 0.999))),
        critic=Player(mlp.critic(data.shape, hidden[1::-1], activation=leaky), adam(rate, (0.5, 0.999))),
        prior=Gaussian(latent),
        objective=parts.make("objective", loss),
    )
