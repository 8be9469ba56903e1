"""Many critics, each of which sees a random projection of the data alone."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import Panel
from rivals.errors import UsageError
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Uniform


class Projection(nn.Module):
    """W x with a fixed random W of orthonormal rows: points (N, D) -> (N, m), pictures (N, C, H, W) -> half the sides.

    Of a picture, W is a convolution with C filters of 8×8 pixels and stride 2.

    Args:
        data: what to project.
        size: m, in [1, D]; pictures have none to choose.
    """

    def __init__(self, data: Points | Images, size: int) -> None:
        super().__init__()
        rows, columns = (size, data.dim) if isinstance(data, Points) else (data.channels, 64 * data.channels)
        self.register_buffer("weight", nn.init.orthogonal_(torch.empty(rows, columns)))
        self.channels = 0 if isinstance(data, Points) else data.channels

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        assert isinstance(self.weight, Tensor)
        if not self.channels:
            return x @ self.weight.T
        # edges to come out at half the sides, rounded up
        padded = F.pad(x, (3, 3 + x.shape[3] % 2, 3, 3 + x.shape[2] % 2))
        return F.conv2d(padded, self.weight.view(-1, self.channels, 8, 8), stride=2)


@recipe(
    "stabilizing-gan",
    paper=Paper("Stabilizing GAN Training with Multiple Random Projections", 2017, "1705.07831"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8, "critics": 2},
)
def stabilizing_gan(
    data: Points | Images,
    *,
    critics: int = 12,
    project: bool = True,
    size: int | None = None,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> Adversarial:
    """No critic can be sure of itself, since all it sees is a low-dimensional projection, fixed and random.

    min over G, max over D₁ … D_K of Σ_k V(D_k(W_k x), D_k(W_k G(z))), V the plain game's.

    Args:
        data: points, or pictures of any size.
        critics: K, at least 1.
        project: whether critics see projections; without, K critics see everything.
        size: dimensions of a projection of points, by default half; of pictures it is one of half the sides.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a uniform latent.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for fewer than 1 critic, or a size outside [1, dimensions of the points].

    Deviations: 1. Losses are means over the critics, not sums; Adam does not tell them apart. 2. Filters have
    orthonormal rows where the paper's are normalised.
    """
    if critics < 1:
        raise UsageError(f"critics must be at least 1, not {critics}")
    if isinstance(data, Points):
        size = (data.dim + 1) // 2 if size is None else size
        if not 1 <= size <= data.dim:
            raise UsageError(f"a projection of these points has a size from 1 to {data.dim}, not {size}")
        seen: Points | Images = replace(data, dim=size) if project else data
    else:
        size = 0
        seen = replace(data, height=-(-data.height // 2), width=-(-data.width // 2)) if project else data

    def critic() -> Player:
        eye: nn.Module = Projection(data, size) if project else nn.Identity()
        return Player(nn.Sequential(eye, networks.critic(seen, width)), adam(rate, (beta, 0.999)))

    return Adversarial(
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Panel(*(critic() for _ in range(critics))),
        prior=Uniform(latent),
        objective=non_saturating(),
    )
