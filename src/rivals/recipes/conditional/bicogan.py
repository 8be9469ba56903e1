"""Latent and condition of a sample are learnt to be found in the game itself."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import conditions
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import Inverted
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.coder import decoder, encoder
from rivals.networks.trunk import Joint
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.recipes.inference.bigan import BiGAN
from rivals.run import Run


class BiCoGAN(Inverted, BiGAN):
    """A BiGAN of codes (z, y), whose encoder is told the y of reals with a growing weight. Jaiswal et al. 2017.

    γ = min(α exp(ρ t), φ) after t moves.

    Args:
        start, growth, ceiling: α, ρ and φ, at least 0.
        **others: of `Inverted` and `BiGAN`; the encoder gives z and logits of y.

    Raises:
        UsageError: for a negative number.
    """

    def __init__(self, *, start: float, growth: float, ceiling: float, **others: Any) -> None:
        super().__init__(**others)
        if min(start, growth, ceiling) < 0:
            raise UsageError("start, growth and ceiling of the extrinsic factor loss's weight must be at least 0")
        self.start, self.growth, self.ceiling = start, growth, ceiling

    @property
    def gamma(self) -> float:
        """The weight of the extrinsic factor loss at this move."""
        return min(self.start * math.exp(min(self.growth * self.encoder.updates, 700.0)), self.ceiling)

    def step(self, run: Run) -> None:
        """One move of all three."""
        x, y = self.told(run)
        z, logits = self.encoder(x).tensor_split([-self.size], 1)
        extrinsic = F.cross_entropy if self.classes else F.binary_cross_entropy_with_logits
        wrong = extrinsic(logits, y, reduction="none")
        wrong = wrong if self.classes else wrong.mean(1)
        code = torch.cat([z, self.likely(logits)], 1)
        self.move(run, x, code, self.with_latents(y), extrinsic=self.gamma * wrong)

    def likely(self, logits: Tensor) -> Tensor:
        """Probabilities of classes, or of each attribute: (N, A) -> (N, A)."""
        return logits.softmax(1) if self.classes else logits.sigmoid()

    def code(self, x: Tensor) -> Tensor:
        """(z, y), y as probabilities."""
        z, logits = self.encoder(x).tensor_split([-self.size], 1)
        return torch.cat([z, self.likely(logits)], 1)


@recipe(
    "bicogan",
    paper=Paper("Bidirectional Conditional Generative Adversarial Networks", 2017, "1711.07461"),
    data=("points", "images"),
    kind="encoder",
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 4},
)
def bicogan(
    data: Points | Images,
    *,
    start: float = 1.0,
    growth: float = 1e-3,
    ceiling: float = 10.0,
    width: int = 64,
    latent: int = 50,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> BiCoGAN:
    """One critic tells (x, E(x)) from (G(z, y), (z, y)), so that the encoder takes apart what the label says and not.

    min over G, E max over D of E log D(x, E(x)) + E log(1 - D(G(z, y), z, y)); E further descends γ times the
    extrinsic factor loss, -log of the probability that it gives a real's y.

    Args:
        data: points or pictures, with labels or attributes.
        start, growth, ceiling: γ is min(α exp(ρ t), φ) after t moves: α, ρ and φ.
        width, latent: of all networks, see `rivals.networks`; numbers in a normal latent.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for data without labels and attributes, or a negative number.

    Deviations: 1. Our networks. 2. t counts moves, not epochs. 3. Fakes' y are those of the batch's reals.
    """
    condition = conditions.of(data)
    size = latent + condition.size
    return BiCoGAN(
        condition=condition,
        start=start,
        growth=growth,
        ceiling=ceiling,
        generator=Player(decoder(data, size, width), adam(rate, betas)),
        encoder=Player(encoder(data, size, width), adam(rate, betas)),
        critic=Player(Joint(data, size, width), adam(rate, betas)),
        prior=Gaussian(latent),
    )
