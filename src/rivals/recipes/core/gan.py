"""The first of all."""

from __future__ import annotations

from typing import Literal

from torch import nn

from rivals import parts
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
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
    claims=(
        Claim(
            "vanishing-gradient",
            "The better the critic, the smaller the generator's gradient of log(1 - D) (norm after 1,000 moves of the "
            "critic alone, over that before).",
            "measure:gradient-vanishing",
            "digits",
            source="figure 2 of arXiv:1701.04862",
            table="The generator's gradient as the critic trains",
            options={"hidden": (128, 256), "latent": 16},
            steps=100,
            minutes=0.3,
            at_most=0.05,
        ),
        Claim(
            "noisy-gradient",
            "The gradient of -log D does not vanish, but its variance grows (after 1,000 moves of the critic alone, "
            "over that before).",
            "measure:gradient-variance",
            "digits",
            source="figure 3 of arXiv:1701.04862",
            table="The generator's gradient as the critic trains",
            options={"hidden": (128, 256), "latent": 16},
            steps=100,
            minutes=0.3,
            at_least=10.0,
        ),
        Claim(
            "density",
            "The generator's distribution comes to follow the data's (exact W1 on a line; an empty mode costs 2).",
            "measure:density",
            "bimodal",
            source="figure 1",
            options={"hidden": (128, 128), "latent": 8, "rate": 5e-5},
            batch=256,
            minutes=2.0,
            at_most=0.15,
            partly=0.3,
            quick={"steps": 2_000},
        ),
        Claim(
            "optimal-critic",
            "For a fixed generator the best critic is p_d / (p_d + p_g) (mean distance of a trained one to it).",
            "measure:optimal-critic",
            "bimodal",
            source="proposition 1",
            options={"hidden": (128, 128), "latent": 8},
            steps=300,
            batch=256,
            at_most=0.05,
            partly=0.1,
            quick={"steps": 100},
        ),
        Claim(
            "parzen",
            "Samples are as good as those of other generative models: Parzen log-likelihood of MNIST, in nats.",
            "parzen",
            "mnist",
            source="table 1",
            paper=225.0,
            options={"body": "maxout"},
            steps=60_000,
            batch=100,
            samples=10_000,
            seeds=1,
            minutes=40.0,
            at_least=223.0,
            partly=200.0,
            quick={"steps": 3_000},
        ),
        Claim(
            "ring",
            "A plain GAN loses some of the eight modes of a ring (PacGAN, arXiv:1712.04086, table 1).",
            protocol="ring",
            paper=6.3,
            options={"hidden": (128, 128, 128), "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=5000,
            at_most=7.8,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid",
            "A plain GAN loses some of the 25 modes of a grid (PacGAN, arXiv:1712.04086, table 1).",
            protocol="grid",
            paper=17.3,
            options={"hidden": (128, 128, 128), "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=5000,
            at_most=19.7,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the first game, fully connected.",
            protocol="triangles",
            options={"hidden": (128, 256), "latent": 16},
            minutes=3.0,
        ),
    ),
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
