"""Two numbers play, so that one can see whether a method converges."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.catalog import Claim, Paper, recipe
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
    claims=(
        Claim(
            "verdicts",
            "GAN, WGAN and WGAN-GP do not converge, NSGAN does more slowly than linearly, instance noise, R1, R2 and "
            "consensus do linearly (share of methods whose trajectories say so).",
            "measure:dirac-verdicts",
            "dirac",
            table="Dirac-GAN",
            seeds=1,
            minutes=0.7,
            at_least=1.0,
        ),
        Claim(
            "eigenvalues",
            "The Jacobian at the equilibrium has the eigenvalues ±i/2, and with R1 -γ/2 ± √(γ²/4 - ¼).",
            "measure:dirac-eigenvalues",
            "dirac",
            table="Dirac-GAN",
            seeds=1,
            minutes=0.1,
            at_most=1e-6,
        ),
        Claim(
            "gan",
            "Alone, the game does not converge (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "nsgan",
            "The non-saturating loss converges sublinearly (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"objective": "non_saturating"},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "wgan",
            "With clipped weights it does not converge (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"objective": "wasserstein", "constraint": "clip(bound=1.0)"},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "wgan-gp",
            "With the gradient penalty it does not converge (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"objective": "wasserstein", "penalties": "gradient_penalty(weight=0.35)"},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "r1",
            "With R1 it converges linearly (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"penalties": "r1(gamma=0.3)"},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "r2",
            "With R2 it converges linearly (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"penalties": "r2(gamma=0.3)"},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "consensus",
            "With the consensus regulariser it converges linearly (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"consensus": 1.0},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "nsgan-r1",
            "R1 makes the non-saturating loss converge linearly (deviation of last distances).",
            "measure:dirac-distances",
            "dirac",
            table="Dirac-GAN",
            options={"objective": "non_saturating", "penalties": "r1(gamma=0.3)"},
            seeds=1,
            minutes=0.2,
            at_most=0.02,
        ),
        Claim(
            "instance-noise",
            "With instance noise it converges linearly (the largest of the last distances, from 1.41).",
            "measure:dirac-end",
            "dirac",
            table="Dirac-GAN",
            options={"view": "instance_noise(std=0.7)"},
            batch=1024,
            minutes=0.2,
            at_most=0.05,
        ),
    ),
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
