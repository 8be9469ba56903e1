"""Generated points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.made.fixed import within
from rivals.data.sources import Generated, Source
from rivals.data.specs import Points
from rivals.data.toy import Mixture


@dataclass(frozen=True, eq=False)
class Embedded(Mixture):
    """Round Gaussians in a linear subspace; `means` are in the large space.

    Attributes:
        basis: (D, rank), orthonormal columns: distances to a mode are those in the subspace.
    """

    basis: Tensor

    @property
    def rank(self) -> int:
        """Dimensions in which a component varies."""
        return self.basis.shape[1]

    def make(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """N points (n, D) and the modes (n,) they come from."""
        mode = torch.randint(len(self.means), (n,), generator=generator)
        return self.means[mode] + self.std * torch.randn(n, self.rank, generator=generator) @ self.basis.T, mode


def spiral(turns: float = 1.5, noise: float = 0.02) -> Source:
    """Two spiral arms in the unit disc; the label says which arm.

    x = r (cos a, sin a) + noise · N(0, I), a = 2π turns r + π label, r² uniform in [.01, 1]: about the same number of
    points on each piece of an arm of the same length.

    Args:
        turns: of an arm around the origin, 0 to 10.
        noise: standard deviation across and along, 0 to 1.

    Raises:
        UsageError: for an option outside its limits.
    """
    within("spiral", turns=(turns, 0, 10), noise=(noise, 0, 1))

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        arm = torch.randint(2, (n,), generator=generator)
        r = (0.01 + 0.99 * torch.rand(n, generator=generator)).sqrt()
        angle = 2 * math.pi * turns * r + math.pi * arm
        x = r[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
        return x + noise * torch.randn(n, 2, generator=generator), arm

    return Generated(Points(2, classes=2), make, fields=("point", "label"), name="spiral")


def lines(theta: float = 1.0) -> Source:
    """Two parallel lines: (0, z) with label 0 and (θ, z) with label 1, z uniform in [0, 1].

    Example 1 of Arjovsky et al. 2017, Wasserstein GAN, arXiv:1701.07875: between the two lines W₁ = |θ|, while the
    Jensen-Shannon divergence is log 2 and the Kullback-Leibler divergence infinite for every θ ≠ 0.

    Args:
        theta: distance of the lines, -100 to 100.

    Raises:
        UsageError: for a distance outside its limits.
    """
    within("lines", theta=(theta, -100, 100))

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        line = torch.randint(2, (n,), generator=generator)
        return torch.stack([theta * line, torch.rand(n, generator=generator)], 1), line

    return Generated(Points(2, classes=2), make, fields=("point", "label"), name="lines")


def spheres(dim: int = 2, outer: float = 1.3) -> Source:
    """Two concentric spheres, radius 1 with label 0 and radius `outer` with label 1, uniform on each.

    Gilmer et al. 2018, Adversarial Spheres, arXiv:1801.02774, section 3; there dim = 500 and outer = 1.3.

    Args:
        dim: of the space, 2 to 4,096; 2 gives circles.
        outer: radius of the second sphere, above 0 to 100.

    Raises:
        UsageError: for an option outside its limits.
    """
    within("spheres", dim=(dim, 2, 4096), outer=(outer, 1e-3, 100))

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        which = torch.randint(2, (n,), generator=generator)
        direction = torch.nn.functional.normalize(torch.randn(n, dim, generator=generator), dim=1)
        return direction * torch.where(which == 1, outer, 1.0)[:, None], which

    return Generated(Points(dim, classes=2), make, fields=("point", "label"), name="spheres")


def high_dim(dim: int = 1200, rank: int = 700, modes: int = 10, std: float = 0.1) -> Source:
    """Ten 700-dimensional Gaussians embedded in 1,200 dimensions by a fixed random matrix.

    x = A (m_k + std · N(0, I)), A with orthonormal columns, m_k ~ N(0, I), all fixed: a mode's own points are
    std · √rank away from its mean (2.6 by default), two means √(2 rank) apart (37). The protocol of Srivastava et al.
    2017, VEEGAN, arXiv:1705.07761, which says neither A nor the means nor the deviation: these are this library's.

    Args:
        dim: of the space, 1 to 4,096.
        rank: of the subspace, 1 to dim.
        modes: how many, 1 to 1,000.
        std: of each mode in each direction of the subspace.

    Raises:
        UsageError: for an option outside its limits.
    """
    within("high-dim", dim=(dim, 1, 4096), rank=(rank, 1, dim), modes=(modes, 1, 1000), std=(std, 0, 100))
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(dim, rank, generator=generator, dtype=torch.float64))[0]
    means = torch.randn(modes, rank, generator=generator, dtype=torch.float64) @ basis.T
    truth = Embedded(means.float(), std, basis.float())
    return Generated(Points(dim, modes), truth.make, fields=("point", "label"), truth=truth, name="high-dim")
