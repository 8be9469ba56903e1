"""Moving pictures by learnt affine maps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Affine(nn.Module):
    """A spatial transformer that shrinks and moves: x̂(u) = x(A(u - c)). Jaderberg et al. 2015, arXiv:1506.02025.

    A has s_x and s_y at least `smallest` on its diagonal and small shears beside it; c is in the picture. What comes
    from outside of x is 0.

    Args:
        features: numbers that say where.
        smallest: least factor by which a picture is made smaller, above 0.
    """

    def __init__(self, features: int, smallest: float = 1.2) -> None:
        super().__init__()
        self.smallest, self.where = smallest, nn.Linear(features, 6)
        nn.init.normal_(self.where.weight, 0.0, 0.1)
        nn.init.zeros_(self.where.bias)

    def maps(self, features: Tensor) -> Tensor:
        """(N, F) -> (N, 2, 3), from places of the output to places of the input, both in [-1, 1]."""
        scale, shear, centre = self.where(features).split(2, 1)
        scale, shear, centre = self.smallest + F.softplus(scale - 1), 0.3 * shear.tanh(), centre.tanh()
        matrix = torch.stack([scale[:, 0], shear[:, 0], shear[:, 1], scale[:, 1]], 1).unflatten(1, (2, 2))
        return torch.cat([matrix, -matrix @ centre[:, :, None]], 2)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        """Pictures (N, C, H, W) and features (N, F) -> moved pictures."""
        grid = F.affine_grid(self.maps(features), list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)
