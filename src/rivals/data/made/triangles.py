"""Generated pictures of triangles: a six-dimensional manifold that is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.made.fixed import within
from rivals.data.sources import Generated, Source
from rivals.data.specs import Images


@dataclass(frozen=True)
class Triangles:
    """The manifold: pictures `render(vertices)` of all triangles inside the picture.

    Attributes:
        size: pixels of a side.
        smallest: area of a triangle that is made, as a share of the picture.
        samples: how many are scored by default, None for the protocol's usual number.
    """

    size: int
    smallest: float = 0.05
    samples: int | None = None

    def make(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures uint8 (n, 1, size, size), and vertices float32 (n, 3, 2), x and y as shares of the picture."""
        vertices = torch.rand(n, 3, 2, generator=generator)
        while (small := area(vertices).abs() < self.smallest).any():
            vertices[small] = torch.rand(int(small.sum()), 3, 2, generator=generator)
        return (self.render(vertices) * 255).round().to(torch.uint8)[:, None], vertices

    def render(self, vertices: Tensor) -> Tensor:
        """The share of each pixel that the triangle covers, exactly: (n, 3, 2) -> (n, size, size) in [0, 1].

        By Green's theorem the covered area is the sum over edges of ∫ clamp(j + 1 - x(y), 0, 1) dy within the pixel's
        row, j the pixel's column, with the sign of the edge's direction; x(y) is linear, so each integral is a
        difference of F(u) = ∫ clamp(u, 0, 1) du. Differentiable in the vertices wherever no edge is vertical.
        """
        start = vertices.double() * self.size
        start = torch.where(area(vertices)[:, None, None] > 0, start.flip(1), start)[:, :, None, :]
        end = start.roll(-1, 1)
        rows = torch.arange(self.size, dtype=torch.float64, device=vertices.device)
        slope = (end[..., 0] - start[..., 0]) / _apart(end[..., 1] - start[..., 1])
        top, bottom = (p[..., 1].clamp(rows, rows + 1) for p in (start, end))
        u, v = (rows + 1 - (start[..., 0] + slope * (y - start[..., 1]))[..., None] for y in (top, bottom))
        flat = (u - v).abs() < 1e-6
        mean = torch.where(flat, ((u + v) / 2).clamp(0, 1), (_ramp(u) - _ramp(v)) / _apart(u - v))
        return (mean * (bottom - top)[..., None]).sum(1).clamp(0, 1)


def area(vertices: Tensor) -> Tensor:
    """Signed area of triangles: (n, 3, 2) -> (n,); positive where they turn clockwise on a screen."""
    a, b = vertices[:, 1] - vertices[:, 0], vertices[:, 2] - vertices[:, 0]
    return (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2


def triangles(size: int = 32) -> Source:
    """Filled white triangles on black, each grey value the exact share of a pixel that is covered.

    Fields "image" and "vertices", float32 (N, 3, 2). The vertices are independent and uniform in the picture, given
    that the triangle has at least a twentieth of its area. The truth is the manifold, `Triangles`. After Lucic et al.
    2018, Are GANs Created Equal?, arXiv:1711.10337, section 5, where the sampling of the vertices is not stated.

    Args:
        size: pixels of a side, 8 to 256.

    Raises:
        UsageError: for a size outside its limits.
    """
    within("triangles", size=(size, 8, 256))
    return _source(Triangles(size), "triangles")


def small() -> Source:
    """Triangles of 16×16, of which 1,000 are scored: for searches of settings, each a training of seconds."""
    return _source(Triangles(16, samples=1000), "small-triangles")


def _source(truth: Triangles, name: str) -> Source:
    spec = Images(1, truth.size, truth.size)
    return Generated(spec, truth.make, fields=("image", "vertices"), truth=truth, name=name)


def _ramp(u: Tensor) -> Tensor:
    """∫ clamp(u, 0, 1) du from 0."""
    return u.clamp(0, 1).square() / 2 + (u - 1).clamp(min=0)


def _apart(x: Tensor) -> Tensor:
    """What may be divided by: x, or a tiny number for 0."""
    return torch.where(x.abs() < 1e-12, 1e-12, x)
