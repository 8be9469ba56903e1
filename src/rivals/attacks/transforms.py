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
class Drawn:
    """Views that were drawn, one number a picture in each, (N,).

    Attributes:
        angle, scale: of the turn, in radians; of the size.
        factor, light: on all numbers, and added to them.
    """

    angle: Tensor
    scale: Tensor
    factor: Tensor
    light: Tensor

    def lit(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) under the light of each view."""
        return x * self.factor.view(-1, 1, 1, 1) + self.light.view(-1, 1, 1, 1)


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

    def draw(self, x: Tensor) -> Drawn:
        """One view for each of (N, ...), without its noise."""
        u = noise.uniform(len(x), 4).to(x)
        return Drawn(
            angle=(2 * u[:, 0] - 1) * math.radians(self.degrees),
            scale=self.smallest + (self.largest - self.smallest) * u[:, 1],
            factor=1 + (2 * u[:, 2] - 1) * self.contrast,
            light=(2 * u[:, 3] - 1) * self.light,
        )

    def __call__(self, x: Tensor, bounds: tuple[float, float]) -> Tensor:
        """One random view of each picture (N, C, H, W), outside of which it is the lowest value; differentiable."""
        drawn = self.draw(x)
        cosine, sine = drawn.angle.cos() / drawn.scale, drawn.angle.sin() / drawn.scale
        zero = torch.zeros_like(sine)
        maps = torch.stack([torch.stack([cosine, -sine, zero], 1), torch.stack([sine, cosine, zero], 1)], 1)
        grid = F.affine_grid(maps, list(x.shape), align_corners=False)
        low, high = bounds
        seen = drawn.lit(F.grid_sample(x - low, grid, align_corners=False) + low)
        return (seen + self.sigma * noise.normal(*x.shape).to(x)).clamp(low, high)

    def placed(
        self, x: Tensor, patch: Tensor, middle: Tensor, side: Tensor, bounds: tuple[float, float], *,
        drawn: Drawn | None = None, disc: bool = False,
    ) -> Tensor:  # fmt: skip
        """Pictures with a view of a patch in each, whose edges are smooth; differentiable in the patch.

        Args:
            x: pictures (N, C, H, W).
            patch: one for all, (C, h, w), or one each, (N, C, h, w).
            middle: where it is, shares of width and height from the upper left, (N, 2).
            side: its width before it is scaled, share of the picture's width, (N,); 0 leaves a picture as it is.
            bounds: lowest and highest value.
            drawn: the views; drawn anew by default.
            disc: whether only the disc in the patch is seen.
        """
        n, _, height, width = x.shape
        drawn = drawn or self.draw(x)
        across = (torch.arange(width, device=x.device) + 0.5)[None, None] - width * middle[:, :1, None]
        down = (torch.arange(height, device=x.device) + 0.5)[None, :, None] - height * middle[:, 1:, None]
        half = (side * drawn.scale * width / 2)[:, None, None]
        cosine, sine = drawn.angle.cos()[:, None, None], drawn.angle.sin()[:, None, None]
        turned = (cosine * across - sine * down, sine * across + cosine * down)
        u, v = (way / half.clamp_min(1e-6) for way in turned)
        every = patch.expand(n, *patch.shape[-3:]) if patch.dim() == 3 else patch
        seen = F.grid_sample(every, torch.stack([u, v], 3), padding_mode="border", align_corners=False)
        seen = (drawn.lit(seen) + self.sigma * noise.normal(*x.shape).to(x)).clamp(*bounds)
        reach = (u.square() + v.square()).sqrt() if disc else torch.maximum(u.abs(), v.abs())
        cover = (((1 - reach) * half + 0.5).clamp(0, 1) * (half > 0))[:, None]
        return x + cover * (seen - x)
