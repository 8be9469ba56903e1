"""Two numbers play, so that one can see whether a method converges."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.catalog import Paper, recipe
from rivals.consensus import Consensus
from rivals.data.specs import Points
from rivals.game import Player
from rivals.objectives import minimax
from rivals.optim import sgd
from rivals.priors import Gaussian


class PointMass(nn.Module):
    """All mass at θ, whatever the latent: (N, L) -> (N, D)."""

    def __init__(self, dim: int, start: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.full((dim,), start))

    def forward(self, z: Tensor) -> Tensor:
        """See the class."""
        return self.theta.expand(len(z), -1)


class Slope(nn.Module):
    """Logits -ψ·x: (N, D) -> (N,). The paper's critic is high on fakes, ours on reals, hence the sign."""

    def __init__(self, dim: int, start: float) -> None:
        super().__init__()
        self.psi = nn.Parameter(torch.full((dim,), start))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return -(x @ self.psi)


@recipe(
    "dirac-gan",
    paper=Paper("Which Training Methods for GANs do actually Converge?", 2018, "1801.04406"),
    data=("points",),
    batch=4,
    steps=500,
)
def dirac_gan(
    data: Points,
    *,
    start: tuple[float, float] = (1.0, 1.0),
    rate: float = 0.2,
    simultaneous: bool = True,
    consensus: float = 0.0,
) -> Consensus:
    """The generator is a point mass at θ, the critic ψ·x, the data a point mass at 0; section 2.

    max over ψ, min over θ of L(θ, ψ) = f(ψθ) + f(0), f(t) = -log(1 + e^-t), eq. 1. Which method plays is a matter of
    parts: `--set objective=non_saturating`, `--set penalties=r1(gamma=0.3)`, `--set view=instance_noise(std=0.7)`,
    `--set constraint=clip(bound=1)`. What theory says of them is in `rivals.theory.dirac`.

    Args:
        data: points; of `dirac` every one is 0.
        start: θ and ψ, in each dimension.
        rate: h, of plain gradient steps.
        simultaneous: both move at once; otherwise the generator, and then the critic `critic_updates` times.
        consensus: γ of the consensus regulariser, see `rivals.consensus`.

    Deviations: 1. θ and ψ are vectors where points are, and of other data than `dirac` it finds the mean at best.
    2. From (1, 1) with five moves of the critic, consensus at γ = 1 ends where D saturates and both gradients vanish.
    """
    theta, psi = start
    return Consensus(
        generator=Player(PointMass(data.dim, theta), sgd(rate)),
        critic=Player(Slope(data.dim, psi), sgd(rate)),
        prior=Gaussian(1),
        objective=minimax(),
        simultaneous=simultaneous,
        consensus=consensus,
    )
