"""A reconstructor maps data back to noise, where missing modes show."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from rivals import networks
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.networks.trunk import Joint, trunk
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.recipes.inference.bigan import BiGAN
from rivals.run import Run


class VEEGAN(BiGAN):
    """BiGAN's pairs, with an encoder that learns from latents alone. Srivastava et al. 2017, algorithm 1.

    Args:
        generator, encoder, critic, prior: as BiGAN's; the critic's logit is the paper's -D, high on (F(x), x).
        weight: λ of the reconstruction.
    """

    def __init__(self, generator: Player, encoder: Player, critic: Player, prior: Prior, weight: float) -> None:
        super().__init__(generator, encoder, critic, prior)
        self.weight = weight

    def step(self, run: Run) -> None:
        """The three gradients of algorithm 1: the encoder's is of the reconstruction alone."""
        x = run.real()
        z = self.prior(len(x))
        with torch.no_grad():
            code = self.encoder(x)
        made = self.generator(z)
        encoded, generated = self.critic(x, code), self.critic(made, z)
        back = self.weight * (z - self.encoder(made)).square().sum(1)
        run.descend(
            (self.critic, F.softplus(-encoded) + F.softplus(generated)),
            ((self.generator, self.encoder), {"ratio": -generated, "reconstruction": back}),
        )


@recipe(
    "veegan",
    paper=Paper("VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning", 2017, "1705.07761"),
    data=("points", "images"),
    kind="encoder",
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 4},
    claims=(
        Claim(
            "ring",
            "All eight modes of a ring.",
            protocol="ring",
            source="table 1",
            paper=8.0,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=3500,
            at_least=7.8,
            partly=7.0,
            reduced="Layers of 128 and some 25 seconds.",
        ),
        Claim(
            "grid",
            "Nearly all of the 25 modes of a grid.",
            protocol="grid",
            source="table 1",
            paper=24.6,
            options={"width": 64, "latent": 2, "rate": 1e-3, "betas": (0.0, 0.9), "cool": 0.5},
            steps=3500,
            at_least=23.6,
            partly=19.7,
            reduced="Layers of 128 and some 25 seconds.",
        ),
        Claim(
            "high-dim",
            "More than half of ten Gaussians of 700 dimensions in a space of 1,200.",
            "modes",
            "high-dim",
            source="table 1",
            paper=5.5,
            also=("high quality", "reverse kl"),
            table="Mode coverage, 1200 dimensions",
            options={"width": 64, "latent": 32, "rate": 1e-3},
            steps=2500,
            batch=128,
            samples=2500,
            seeds=3,
            minutes=1.0,
            at_least=5.0,
            partly=3.0,
            reduced="Layers of 128 and a minute; good is within the radius of 99 % of a mode, for 10 deviations.",
            quick={"steps": 250},
        ),
        Claim(
            "stacked",
            "The reconstructor keeps more of a thousand modes.",
            protocol="stacked",
            source="the table on stacked MNIST",
            paper=150.0,
            options={"width": 4, "latent": 100, "rate": 1e-3},
            minutes=2.0,
            at_least=850.0,
            partly=750.0,
            reduced="Digits of 8×8 for MNIST's of 28×28, nets of 4 channels and up, 4,000 steps of 64 stacks.",
        ),
    ),
)
def veegan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 32,
    weight: float = 1.0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> VEEGAN:
    """The critic's log ratio of (z, G(z)) to (F(x), x), and an auto-encoder of the noise, F(G(z)) ≈ z.

    min over G, F of E D(z, G(z)) + λ E ‖z - F(G(z))‖², D = log q(x | z) p₀(z) / p(z | x) p(x), which the critic learns.

    Args:
        data: points, or pictures of any size.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight: λ, 1 in the paper.
        rate, betas: Adam's, for all.

    Deviations: 1. F gives the mean alone: no noise is added to the code that the critic sees. 2. The critic has the
    sample's features and the code side by side.
    """
    body, features = trunk(data, width)
    encoder = nn.Sequential(body, nn.Linear(features, latent))
    return VEEGAN(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        encoder=Player(encoder, adam(rate, betas)),
        critic=Player(Joint(data, latent, width), adam(rate, betas)),
        prior=Gaussian(latent),
        weight=weight,
    )
