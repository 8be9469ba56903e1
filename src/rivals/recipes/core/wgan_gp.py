"""The gradient penalty."""

from __future__ import annotations

from typing import Literal

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import wasserstein
from rivals.optim import adam, linear
from rivals.penalties import gradient_penalty
from rivals.priors import Gaussian


@recipe(
    "wgan-gp",
    paper=Paper("Improved Training of Wasserstein GANs", 2017, "1704.00028"),
    data=("points", "images", "arrays"),
    steps=10_000,
    recommended={"points, arrays, images<12": "its critic's distance falls steadily while modes are still missing."},
    tiny={"width": 8, "latent": 8},
    claims=(
        Claim(
            "distance",
            "The critic's estimate over its slope is the earth mover's distance (deviation from the exact W1 of a "
            "linear program on sets in the plane, the worst of three).",
            "measure:critic-distance",
            "grid",
            source="proposition 1",
            table="The critic and the earth mover's distance",
            steps=800,
            minutes=1.5,
            at_most=0.1,
            partly=0.2,
        ),
        Claim(
            "slope",
            "The penalty holds the critic's slope near 1 between reals and fakes (deviation of its mean).",
            "measure:critic-slope",
            "grid",
            source="equation 3",
            steps=800,
            minutes=0.7,
            at_most=0.1,
        ),
        Claim(
            "grid",
            "It learns a grid of 25 modes sooner than weight clipping does.",
            "reverse kl",
            "grid",
            source="figure 1",
            also=("modes", "high quality", "w1"),
            steps=800,
            seeds=4,
            minutes=0.7,
            beats="wgan",
        ),
        Claim(
            "ring",
            "More of the eight modes of a ring than PacGAN's table 1 has for a plain GAN (6.3, and three errors).",
            protocol="ring",
            options={"width": 64, "latent": 2, "weight": 0.1, "decay": 1000, "cool": 0.5},
            steps=1000,
            at_least=7.8,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid-modes",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "weight": 0.1, "decay": 1000, "cool": 0.5},
            steps=1000,
            at_least=19.7,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "stacked",
            "The penalised critic keeps more of a thousand modes (fully connected nets of about the same size).",
            protocol="stacked",
            options={"width": 8, "latent": 100, "rate": 1e-3, "critic_updates": 1},
            minutes=2.0,
            at_least=850.0,
            partly=750.0,
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the gradient penalty.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=9.0,
        ),
    ),
)
def wgan_gp(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 128,
    weight: float = 10.0,
    sides: Literal["two", "one"] = "two",
    rate: float = 1e-3,
    betas: tuple[float, float] = (0.0, 0.9),
    decay: int = 10_000,
    critic_updates: int = 5,
    body: networks.Body = "dcgan",
) -> Adversarial:
    """Critic held near slope 1 by a gradient penalty; algorithm 1.

    L = E D(G(z)) - E D(x) + λ E(‖∇D(x̂)‖ - 1)², eq. 3.

    Args:
        data: points, pictures of any size, or other arrays.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        body: of pictures; "resnet" is that of appendix F.
        weight, sides, rate, betas: λ; "one" punishes only slopes above 1; Adam's, for both.
        decay, critic_updates: steps over which the rate falls in a straight line to a fiftieth; n_critic.

    Deviations: 1. By default the DCGAN's convolutions for residual ones; dense networks below 12 pixels.
    2. The rate starts at ten times the paper's 1e-4, so that small data take minutes, and falls as the authors' does.
    """
    dense = networks.tiny(data)
    slower, own = linear(0, decay, floor=0.02), linear(0, decay * critic_updates, floor=0.02)
    return Adversarial(
        generator=Player(
            networks.generator(data, latent, width, dense=dense, body=body), adam(rate, betas), schedule=slower
        ),
        critic=Player(
            networks.critic(data, width, norm="none", dense=dense, body=body), adam(rate, betas), schedule=own
        ),
        prior=Gaussian(latent),
        objective=wasserstein(),
        penalties=[gradient_penalty(weight, sides=sides)],
        critic_updates=critic_updates,
    )
