"""Random views under which an attack must hold: turned, scaled, brighter or darker, with noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.errors import UsageError


@dataclass(frozen=True)
class Views:
    """A distribution of views of pictures.

    Args:
        degrees: of rotation, uniform in [-degrees, degrees].
        smallest, largest: scale, uniform between them.
        light: added to all numbers, uniform in [-light, light].
        contrast: factor on all numbers, uniform in [1 - contrast, 1 + contrast].
        sigma: of normal noise.

    Raises:
        UsageError: for a negative amount, or scales in the wrong order.
    """

    degrees: float = 30.0
    smallest: float = 0.8
    largest: float = 1.2
    light: float = 0.1
    contrast: float = 0.1
    sigma: float = 0.02

    def __post_init__(self) -> None:
        if min(self.degrees, self.light, self.contrast, self.sigma) < 0 or not 0 < self.smallest <= self.largest:
            raise UsageError("views have amounts of at least 0, and scales 0 < smallest ≤ largest")

    def __call__(self, x: Tensor, bounds: tuple[float, float]) -> Tensor:
        """One random view of each picture (N, C, H, W), outside of which it is the lowest value; differentiable."""
        n = len(x)
        u = noise.uniform(n, 4).to(x)
        angle = (2 * u[:, 0] - 1) * math.radians(self.degrees)
        scale = self.smallest + (self.largest - self.smallest) * u[:, 1]
        cosine, sine, zero = angle.cos() / scale, angle.sin() / scale, torch.zeros_like(angle)
        maps = torch.stack([torch.stack([cosine, -sine, zero], 1), torch.stack([sine, cosine, zero], 1)], 1)
        grid = F.affine_grid(maps, list(x.shape), align_corners=False)
        low, high = bounds
        seen = F.grid_sample(x - low, grid, align_corners=False) + low
        factor = 1 + (2 * u[:, 2] - 1) * self.contrast
        seen = seen * factor.view(-1, 1, 1, 1) + ((2 * u[:, 3] - 1) * self.light).view(-1, 1, 1, 1)
        return (seen + self.sigma * noise.normal(*x.shape).to(x)).clamp(low, high)
