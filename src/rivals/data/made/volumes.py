"""Generated clips, solids and sets of points."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import interpolate, normalize

from rivals.data.digits import digits
from rivals.data.sources import Generated, Source
from rivals.data.specs import Cloud, Video, Voxels

SOLIDS = ("sphere", "box", "cylinder", "torus")
"""Names of the labels of `solids` and `clouds`."""


def moving_digits(*, side: Literal[16, 32] = 16) -> Source:
    """Clips of 8 frames of two handwritten digits that move straight on and bounce off the frame's edges.

    The digits are half as wide as the frame; where they meet the brighter one is seen. After Moving MNIST (Srivastava
    et al. 2015, arXiv:1502.04681), with scikit-learn's digits; the test clips show held-out digits.

    Args:
        side: of the frame in pixels.
    """
    frames, wide = 8, side // 2
    spec = Video(1, frames, side, side)

    def made(source: Source, split: str) -> Generated:
        glyphs = source.first("image", 10_000)
        if side == 32:
            glyphs = interpolate(glyphs.float(), scale_factor=2, mode="bilinear").round().to(torch.uint8)
        glyphs = glyphs[:, 0]

        def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
            which = torch.randint(len(glyphs), (n, 2), generator=generator)
            start = torch.rand(n, 2, 1, 2, generator=generator)
            angle = 2 * math.pi * torch.rand(n, 2, 1, generator=generator)
            # of the way between two edges, a frame
            step = 0.15 + 0.2 * torch.rand(n, 2, 1, 1, generator=generator)
            time = torch.arange(frames)[None, None, :, None]
            way = 2 * start + step * torch.stack([angle.cos(), angle.sin()], -1) * time
            # a triangle wave: there and back between 0 and 1
            place = (1 - (way.remainder(2) - 1).abs()) * (side - wide)
            top, left = place.round().long().unbind(-1)
            span = torch.arange(wide)
            rows = (top[..., None] + span)[..., :, None]
            columns = (left[..., None] + span)[..., None, :]
            clip, frame = torch.arange(n)[:, None, None, None], torch.arange(frames)[None, :, None, None]
            canvas = torch.zeros(2, n, frames, side, side, dtype=torch.uint8)
            for i in range(2):
                canvas[i][clip, frame, rows[:, i], columns[:, i]] = glyphs[which[:, i]][:, None]
            return (canvas.amax(0)[:, None],)

        return Generated(spec, make, fields=("video",), name="moving-digits", split=split)

    train, held = digits(), digits().test
    assert held is not None
    source = made(train, "train")
    source.test = made(held, "test")
    return source


def solids() -> Source:
    """Spheres, boxes, cylinders and tori of random sizes, turned at random, as 16³ cells; labels as in `SOLIDS`."""
    side = 16
    line = (torch.arange(side) + 0.5) * (2 / side) - 1
    cells = torch.cartesian_prod(line, line, line)

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        kind, size, turn = _drawn(n, generator)
        filled = torch.zeros(n, len(cells), dtype=torch.uint8)
        for i in range(n):
            filled[i] = _inside(cells @ turn[i], int(kind[i]), size[i]).to(torch.uint8) * 255
        return filled.view(n, 1, side, side, side), kind

    spec = Voxels(1, side, side, side, classes=len(SOLIDS))
    return Generated(spec, make, fields=("voxels", "label"), name="solids")


def clouds() -> Source:
    """256 uniform points on the surface of each of the same solids as `solids`, about their centre; same labels."""
    points = 256

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        kind, size, turn = _drawn(n, generator)
        normal = torch.randn(n, points, 3, generator=generator)
        uniform = torch.rand(n, points, 3, generator=generator)
        every = torch.stack(
            [_sphere(size, normal), _box(size, uniform), _cylinder(size, uniform), _torus(size, uniform)]
        )
        # a row vector times the transpose: the inverse of what `solids` does to its cells
        return every[kind, torch.arange(n)] @ turn.transpose(1, 2), kind

    spec = Cloud(points, classes=len(SOLIDS))
    return Generated(spec, make, fields=("cloud", "label"), name="clouds")


def _drawn(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Kinds (n,), three sizes in [0, 1) each, rotations (n, 3, 3), uniform by QR of normal numbers."""
    kind = torch.randint(len(SOLIDS), (n,), generator=generator)
    size = torch.rand(n, 3, generator=generator)
    q, r = torch.linalg.qr(torch.randn(n, 3, 3, generator=generator))
    return kind, size, q * torch.diagonal(r, dim1=-2, dim2=-1).sign()[:, None]


def _radii(size: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of sizes (..., 3): a sphere's radius, a box's half edges, a cylinder's radius and half height, a torus's two."""
    a, b = size[..., 0], size[..., 1]
    return (
        0.45 + 0.4 * a,
        0.25 + 0.3 * size,
        torch.stack([0.2 + 0.25 * a, 0.5 + 0.3 * b], -1),
        torch.stack([0.5 + 0.15 * a, 0.2 + 0.08 * b], -1),
    )


def _inside(p: Tensor, kind: int, size: Tensor) -> Tensor:
    """Whether points (P, 3) are in a solid of sizes (3,)."""
    radius, half, cylinder, torus = _radii(size)
    x, y, z = p.unbind(-1)
    around = (x.square() + y.square()).sqrt()
    if kind == 0:
        return p.square().sum(-1) <= radius.square()
    if kind == 1:
        return (p.abs() <= half).all(-1)
    if kind == 2:
        return (around <= cylinder[0]) & (z.abs() <= cylinder[1])
    return (around - torus[0]).square() + z.square() <= torus[1].square()


def _sphere(size: Tensor, normal: Tensor) -> Tensor:
    return normalize(normal, dim=-1) * _radii(size)[0][:, None, None]


def _box(size: Tensor, u: Tensor) -> Tensor:
    half = _radii(size)[1][:, None]
    area = half.prod(-1, keepdim=True) / half
    # the first number says which pair of faces, and what is left of it which of the two
    edge = (area / area.sum(-1, keepdim=True)).cumsum(-1)
    pair = (u[..., :1] > edge[..., :2]).sum(-1)
    within = u.gather(-1, torch.zeros_like(pair)[..., None])[..., 0]
    low = torch.cat([torch.zeros_like(edge[..., :1]), edge[..., :2]], -1).expand(*u.shape).gather(-1, pair[..., None])
    high = edge.expand(*u.shape).gather(-1, pair[..., None])
    side = torch.where(within > ((low + high) / 2)[..., 0], 1.0, -1.0)
    other = 2 * u[..., 1:] - 1
    faces = torch.stack(
        [
            torch.stack([side, other[..., 0], other[..., 1]], -1),
            torch.stack([other[..., 0], side, other[..., 1]], -1),
            torch.stack([other[..., 0], other[..., 1], side], -1),
        ],
        -2,
    )
    return faces.gather(-2, pair[..., None, None].expand(*pair.shape, 1, 3))[..., 0, :] * half


def _cylinder(size: Tensor, u: Tensor) -> Tensor:
    radius, half = _radii(size)[2][:, None].unbind(-1)
    angle = 2 * math.pi * u[..., 0]
    # areas: the side 4πrh, a lid πr²
    lids = radius / (radius + 2 * half)
    lid = u[..., 1] < lids
    spread = torch.where(lid, radius * u[..., 2].sqrt(), radius)
    end = torch.where(u[..., 1] < lids / 2, half, -half)
    height = torch.where(lid, end, half * (2 * u[..., 2] - 1))
    return torch.stack([spread * angle.cos(), spread * angle.sin(), height], -1)


def _torus(size: Tensor, u: Tensor) -> Tensor:
    large, small = _radii(size)[3][:, None].unbind(-1)
    around, uniform = 2 * math.pi * u[..., 0], 2 * math.pi * u[..., 1]
    # the area at v grows with R + r cos v: v + (r/R) sin v is uniform, solved as a fixed point since r < R
    v = uniform
    for _ in range(40):
        v = uniform - small / large * v.sin()
    reach = large + small * v.cos()
    return torch.stack([reach * around.cos(), reach * around.sin(), small * v.sin()], -1)
