"""A density by an invertible network of couplings."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.likelihood import Likelihood
from rivals.networks import flows
from rivals.nn import prepared
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.verbs import verb


class NormalizingFlow(Likelihood):
    """max E log N(f(x); 0, I) + log |det ∂f/∂x|, the density of x by a change of variables. 1605.08803, eq. 2-3.

    Args:
        flow: an invertible network, see `rivals.nn.flows.MultiScale`.
        data: points as they are; pictures have a density under uniform noise between levels.
        temperature: of samples: standard deviation of the noise that they are made from.
    """

    first = 256
    """Samples that layers look at before training."""

    def __init__(self, flow: Player, data: Points | Images, temperature: float = 1.0) -> None:
        super().__init__("density", getattr(data, "bits", 8))
        self.flow, self.temperature = flow, temperature
        self.prior = Gaussian(math.prod(data.shape))

    def prepare(self, run: Run) -> None:
        """Show data to the layers that look at a first batch."""
        with torch.no_grad(), prepared.looking(self):
            self.flow(self.seen(run.examples(self.first)))

    def bound(self, x: Tensor) -> dict[str, Tensor]:
        """-log p(x) itself, of dequantised pictures."""
        z, stretch = self.flow(x)
        return {"noise": 0.5 * (z.square() + math.log(2 * math.pi)).sum(1), "stretch": -stretch}

    @verb
    def encode(self, x: Tensor) -> Tensor:
        """f(x)."""
        z: Tensor = self.flow(x)[0]
        return z

    @verb
    def decode(self, z: Tensor) -> Tensor:
        """f⁻¹(z)."""
        x: Tensor = self.flow(z, back=True)
        return x

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`; pictures have the level in whose width they fall."""
        x: Tensor = self.flow(self.temperature * self.prior(n), back=True)
        if x.dim() != 4:
            return x
        level = ((x + 1) / 2 * self.levels).floor().clamp(0, self.levels - 1)
        return 2 * level / (self.levels - 1) - 1


@recipe(
    "realnvp",
    paper=Paper("Density estimation using Real NVP", 2016, "1605.08803"),
    data=("points", "images"),
    kind="likelihood",
    batch=64,
    steps=10_000,
    tiny={"width": 4, "couplings": 1},
)
def realnvp(
    data: Points | Images,
    *,
    width: int = 64,
    couplings: int = 3,
    scales: int = 2,
    norm: Literal["batch", "act"] = "batch",
    rate: float = 1e-3,
    decay: float = 5e-5,
    average: float = 0.0,
) -> NormalizingFlow:
    """Affine couplings with checkerboard and channel masks, at several scales.

    log p(x) = log N(f(x)) + log |det ∂f/∂x|; y = b x + (1 - b)(x exp s(b x) + t(b x)), eq. 9, log det = Σ s, eq. 6.

    Args:
        data: points, or pictures with sides that halve scales - 1 times.
        width: of the couplings' networks, see `rivals.networks.flows.coupled`.
        couplings: with one kind of mask at each scale; points have twice as many.
        scales: of pictures, each of half the side.
        norm: "batch" (section 3.7), or Glow's "act".
        rate, decay: Adam's; weight decay.
        average: half-life of the averaged weights in reals; 0 keeps none.

    Raises:
        UsageError: for sides that do not halve, or counts below 1.

    Deviations: 1. Three convolutions in a coupling for residual blocks with weight norm. 2. Couplings start as the
    identity. 3. Batch norm's running averages enter after training alone. 4. AdamW for an L2 term on weight norms.
    """
    net = flows.realnvp(data, width, couplings, scales, norm)
    return NormalizingFlow(Player(net, adam(rate, decay=decay), average=average or None, clip=100.0), data)
