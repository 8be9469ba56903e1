"""A reconstructor maps data back to noise, where missing modes show."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from rivals import networks, noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
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
        spread: σ of p(z | x) around F(x).
    """

    def __init__(
        self, generator: Player, encoder: Player, critic: Player, prior: Prior, *, weight: float, spread: float
    ) -> None:
        super().__init__(generator, encoder, critic, prior)
        self.weight, self.spread = weight, spread

    def step(self, run: Run) -> None:
        """The three gradients of algorithm 1: the encoder's is of the reconstruction alone."""
        x = run.real()
        z = self.latents(len(x))
        with torch.no_grad():
            mean = self.encoder(x)
            code = mean + self.spread * noise.normal(*mean.shape).to(mean)
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
)
def veegan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 32,
    weight: float = 1.0,
    spread: float = 0.1,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> VEEGAN:
    """The critic's log ratio of (z, G(z)) to (F(x), x), and an auto-encoder of the noise, F(G(z)) ≈ z.

    min over G, F of E D(z, G(z)) + λ E ‖z - F(G(z))‖², D = log q(x | z) p₀(z) / p(z | x) p(x), which the critic learns.

    Args:
        data: points, or pictures of any size.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        weight, spread: λ, 1 in the paper; σ of the Gaussian p(z | x) around F(x).
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for a negative spread.

    Deviations: 1. p(z | x) is a Gaussian with a constant σ, which is our choice; algorithm 1 asks for samples of it.
    2. The critic has the sample's features and the code side by side.
    """
    if spread < 0:
        raise UsageError(f"spread must be at least 0, not {spread}")
    body, features = trunk(data, width)
    encoder = nn.Sequential(body, nn.Linear(features, latent))
    nets = (networks.generator(data, latent, width), encoder, Joint(data, latent, width))
    made, back, judge = (Player(net, adam(rate, betas)) for net in nets)
    return VEEGAN(made, back, judge, Gaussian(latent), weight=weight, spread=spread)
