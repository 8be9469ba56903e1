"""The first of all."""

from __future__ import annotations

from typing import Literal

from torch import nn

from rivals import parts
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import maxout, mlp
from rivals.optim import adam, sgd, step_down
from rivals.priors import Gaussian, Prior, Uniform


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
    hidden: tuple[int, ...] | None = None,
    latent: int = 100,
    rate: float | None = None,
    betas: tuple[float, float] | None = None,
    loss: Literal["non_saturating", "minimax"] = "non_saturating",
    body: Literal["leaky", "maxout"] = "leaky",
) -> Adversarial:
    """Two fully connected networks play min-max; algorithm 1, with k = 1.

    V(D, G) = E log D(x) + E log(1 - D(G(z))), eq. 1; by default G climbs log D(G(z)) instead, section 3.

    Args:
        data: points, pictures of any size, or other arrays.
        hidden: the generator's layers, by default 256, 512, 1024; the critic has the first two in reverse.
        latent, rate, betas: numbers in a latent; Adam's for both, by default 2e-4 and (.5, .999).
        loss, body: of the generator; "maxout" is the authors' MNIST setting, see `rivals.networks.maxout`: a uniform
            prior, two layers of 1200, of 240 maxout units in the critic, and SGD with momentum .5, by default at .1.

    Raises:
        UsageError: for betas with the maxout body.

    Deviations: 1. By default Adam, LeakyReLU (0.2) and a normal prior, as the re-implementations that people
    compare with. 2. Maxout's momentum stays at .5, the authors' grows to .7; biases start at 0.
    """
    if body == "maxout":
        if betas:
            raise UsageError("the maxout body moves by SGD, which has no betas: leave them out")
        nets = maxout.generator(latent, data.shape, hidden or (1200, 1200)), maxout.critic(data.shape)
        prior: Prior = Uniform(latent)
        optimizer, schedule = sgd(rate or 0.1, 0.5), step_down(1, 1 / 1.000004)
    else:
        hidden, leaky = hidden or (256, 512, 1024), nn.LeakyReLU(0.2)
        nets = mlp.generator(latent, data.shape, hidden, leaky), mlp.critic(data.shape, hidden[1::-1], 1, leaky)
        prior, optimizer, schedule = Gaussian(latent), adam(rate or 2e-4, betas or (0.5, 0.999)), None
    generator, critic = (Player(net, optimizer, schedule=schedule) for net in nets)
    return Adversarial(generator=generator, critic=critic, prior=prior, objective=parts.make("objective", loss))
