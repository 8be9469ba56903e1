"""A penalty around the data alone."""

from __future__ import annotations

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Shaped
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.penalties import dragan as local_penalty
from rivals.priors import Gaussian


@recipe(
    "dragan",
    paper=Paper("On Convergence and Stability of GANs", 2017, "1705.07215"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
    claims=(
        Claim(
            "around-data",
            "The critic's slope is near 1 around the data (mean |‖∇D(x + δ)‖ - 1| on held-out reals).",
            "measure:slopes-around-data",
            "ring",
            options={"width": 32, "latent": 2, "rate": 1e-3},
            steps=1000,
            batch=128,
            minutes=0.15,
            at_most=0.2,
            partly=0.3,
            quick={"steps": 200},
        ),
        Claim(
            "against-gan",
            "Its samples share out the modes of a grid more evenly than the plain game's.",
            "reverse kl",
            "grid",
            also=("modes", "high quality"),
            options={"width": 64, "latent": 2, "weight": 0.1, "rate": 1e-3},
            steps=3250,
            batch=128,
            samples=2500,
            seeds=5,
            minutes=0.4,
            beats="gan",
            beats_options={"hidden": (128, 128, 128), "latent": 2, "rate": 1e-3},
            quick={"steps": 250},
        ),
        Claim(
            "ring",
            "More of the eight modes of a ring than PacGAN's table 1 has for a plain GAN (6.3, and three errors).",
            protocol="ring",
            options={"width": 64, "latent": 2, "weight": 0.1, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=3250,
            at_least=7.8,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "grid",
            "More of the 25 modes of a grid than PacGAN's table 1 has for a plain GAN (17.3, and three errors).",
            protocol="grid",
            options={"width": 64, "latent": 2, "weight": 0.1, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=3250,
            at_least=19.7,
            reduced="Layers of 128 and some 20 seconds, against networks of 400 and 400 epochs.",
        ),
        Claim(
            "triangles",
            "Best F1 of a random search of five settings: the penalty around the data.",
            protocol="triangles",
            options={"width": 16, "latent": 16},
            minutes=6.0,
        ),
    ),
)
def dragan(
    data: Shaped,
    *,
    width: int = 64,
    latent: int = 100,
    weight: float = 10.0,
    spread: float = 0.5,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> Adversarial:
    """The first game, with the critic's slope held near 1 around real samples.

    L = E softplus(-D(x)) + E softplus(D(G(z))) + λ E(‖∇D(x + δ)‖ - 1)², D a logit.

    Args:
        data: points, pictures of any size, or other arrays.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight: λ.
        spread: size of δ in standard deviations of the batch.
        rate, betas: Adam's, for both.

    Deviations: 1. No norm in the critic, so that a slope is one sample's own. 2. δ is uniform and as wide as the batch,
    as in the authors' code; the paper writes a normal one.
    """
    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="none"), adam(rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        penalties=[local_penalty(weight, spread)],
    )
