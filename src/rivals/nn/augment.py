"""Augmentations of pictures, each done with probability p. Karras et al. 2020, arXiv:2006.06676, section 2.2.

A function takes pictures (N, C, H, W) in [-1, 1] and p, (), and can be differentiated in the pictures. A picture for
which no transformation is drawn comes out bit by bit as it went in.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise

SHIFT = 0.125
"""Of a side: the largest whole shift, and the standard deviation of the fractional one."""


def blit(x: Tensor, p: Tensor) -> Tensor:
    """Mirror left to right, turn by a multiple of 90°, move by whole pixels up to an eighth of a side.

    Each is drawn from all its values alike, the identity among them. Pictures that are not square turn by 0° or 180°.
    What moves in is the mirrored picture.
    """
    n, _, height, width = x.shape
    x = _where(_drawn(x, p) & (_uniform(x) < 0.5), x.flip(3), x)
    square = height == width
    turns = noise.integers(n, 4 if square else 2).to(x.device) * (1 if square else 2) * _drawn(x, p)
    for k in (1, 2, 3) if square else (2,):
        x = _where(turns == k, x.rot90(k, (2, 3)), x)
    moving, rows = _drawn(x, p), torch.arange(n, device=x.device)[:, None, None]
    down, across = (_reflected(side, (2 * _uniform(x) - 1) * SHIFT * side * moving) for side in (height, width))
    return x[rows, :, down[:, :, None], across[:, None]].movedim(3, 1)


def geometry(x: Tensor, p: Tensor) -> Tensor:
    """Scale, turn, stretch, turn again, move by fractions of a pixel, all in one bilinear warp.

    Scales are 2^N(0, .2²), angles uniform, shifts N(0, (side/8)²). Either rotation has probability 1 - √(1 - p), so
    that none has 1 - p. What moves in is the mirrored picture.
    """
    n, _, height, width = x.shape
    eye = torch.eye(2, device=x.device, dtype=x.dtype).expand(n, 2, 2)
    chosen = [_drawn(x, q) for q in (p, 1 - (1 - p).sqrt(), p, 1 - (1 - p).sqrt(), p)]
    s, t = (torch.exp2(0.2 * _normal(x, 1)) for _ in range(2))
    steps = [
        torch.diag_embed(torch.cat([s, s], 1)),
        _turned(_uniform(x)),
        torch.diag_embed(torch.cat([t, 1 / t], 1)),
        _turned(_uniform(x)),
    ]
    matrix = eye
    for mask, step in zip(chosen, steps, strict=False):
        matrix = torch.where(mask[:, None, None], step, eye) @ matrix
    sides = torch.tensor([width, height], device=x.device, dtype=x.dtype)
    matrix = matrix * sides / sides[:, None]  # turned in pixels, not in shares of the sides
    shift = torch.where(chosen[-1][:, None], 2 * SHIFT * _normal(x, 2), 0.0)
    grid = F.affine_grid(torch.cat([matrix, shift[:, :, None]], 2), list(x.shape), align_corners=False)
    warped = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    return _where(torch.stack(chosen).any(0), warped, x)


def colour(x: Tensor, p: Tensor) -> Tensor:
    """Brightness + N(0, .2²), contrast · 2^N(0, .5²), mirrored luma; of three channels hue and saturation · 2^N(0, 1).

    Luma is the mean over channels; of one channel the mirror gives the negative.
    """
    x = x + _each(_drawn(x, p) * 0.2 * _normal(x, 1)[:, 0])
    x = x * _each(torch.exp2(_drawn(x, p) * 0.5 * _normal(x, 1)[:, 0]))
    x = _where(_drawn(x, p) & (_uniform(x) < 0.5), x - 2 * x.mean(1, keepdim=True), x)
    if x.shape[1] != 3:
        return x
    angle = _each(math.pi * (2 * _uniform(x) - 1))
    grey, across = x.mean(1, keepdim=True), (x.roll(1, 1) - x.roll(-1, 1)) / math.sqrt(3)  # the axis times x
    x = _where(_drawn(x, p), grey + (x - grey) * angle.cos() + across * angle.sin(), x)
    return _where(_drawn(x, p), grey + (x - grey) * _each(torch.exp2(_normal(x, 1)[:, 0])), x)


def _drawn(x: Tensor, p: Tensor) -> Tensor:
    """Which pictures are transformed, boolean (N,)."""
    return _uniform(x) < p.to(x)


def _uniform(x: Tensor) -> Tensor:
    return noise.uniform(len(x)).to(x)


def _normal(x: Tensor, numbers: int) -> Tensor:
    return noise.normal(len(x), numbers).to(x)


def _each(numbers: Tensor) -> Tensor:
    return numbers.view(-1, 1, 1, 1)


def _where(mask: Tensor, there: Tensor, elsewhere: Tensor) -> Tensor:
    return torch.where(_each(mask), there, elsewhere)


def _turned(share: Tensor) -> Tensor:
    """Rotations by shares (N,) of a full turn, (N, 2, 2)."""
    angle = 2 * math.pi * share
    c, s = angle.cos(), angle.sin()
    return torch.stack([torch.stack([c, -s], 1), torch.stack([s, c], 1)], 1)


def _reflected(side: int, shift: Tensor) -> Tensor:
    """Rows (N, side) of pictures that are moved by shifts (N,), rounded; beyond the edges they go on as in a mirror."""
    places = torch.arange(side, device=shift.device) + shift.round().long()[:, None]
    return (side - 1) - ((side - 1) - places.abs()).abs()
