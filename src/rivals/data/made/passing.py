"""Targets that move in front of a poster: frames and boxes made of any pictures, with what a tracker is shown."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.attacks.transforms import Drawn, Views
from rivals.nn import boxes

CONTEXT = 2.0
"""A tracker sees a window as many times as large as the target. Held et al. 2016, arXiv:1604.01802, section 4.1."""


@dataclass(frozen=True)
class Walk:
    """Where things are, for N scenes of T frames.

    Attributes:
        path: middles of the target, as shares of the picture, (N, T, 2).
        size: its width and height, as shares, (N, 2).
        poster: middle of the poster, (N, 2).
        views: of the poster, and of the target.
    """

    path: Tensor
    size: Tensor
    poster: Tensor
    views: tuple[Drawn, Drawn]

    def box(self, k: int) -> Tensor:
        """Of the target in frame k, (N, 4)."""
        return boxes.around(self.path[:, k], self.size)


@dataclass(frozen=True)
class Passing:
    """A distribution of such scenes: a disc cut from one picture passes a poster before another picture.

    Args:
        views: of the poster; the target turns a third as far.
        side: of the target, as a share of the picture's width.
        poster: width of the poster, as a share of it.
        speed: largest way between two frames along each axis, as a share.
    """

    views: Views
    side: float = 0.3
    poster: float = 0.7
    speed: float = 0.08

    @property
    def turning(self) -> Views:
        """Views of the target, whose size is fixed."""
        return Views(self.views.degrees / 3, 1.0, 1.0, self.views.light, self.views.contrast, self.views.sigma)

    def draw(self, x: Tensor, frames: int) -> Walk:
        """A scene for each background (N, C, H, W): the target starts in front of the poster and goes straight on."""
        u = noise.uniform(len(x), 6).to(x)
        poster, start = 0.4 + 0.2 * u[:, :2], 0.2 * (2 * u[:, 2:4] - 1)
        way = self.speed * (2 * u[:, 4:] - 1)
        steps = torch.arange(frames, device=x.device)[None, :, None]
        path = ((poster + start)[:, None] + steps * way[:, None]).clamp(0.15, 0.85)
        size = torch.tensor([self.side, self.side * x.shape[3] / x.shape[2]], device=x.device).expand(len(x), 2)
        return Walk(path, size, poster, (self.views.draw(x), self.turning.draw(x)))

    def frame(self, x: Tensor, target: Tensor, poster: Tensor, walk: Walk, k: int) -> Tensor:
        """Frame k, (N, C, H, W): backgrounds x, targets (N, C, h, w), and a poster (C, h, w) or (N, C, h, w)."""
        behind, before = walk.views
        side = x.new_full((len(x),), self.poster)
        x = self.views.placed(x, poster, walk.poster, side, (-1, 1), drawn=behind)
        return self.turning.placed(x, target, walk.path[:, k], walk.size[:, 0], (-1, 1), drawn=before, disc=True)


def window(x: Tensor, box: Tensor, side: int) -> Tensor:
    """What a tracker sees around boxes (N, 4): (N, C, side, side), black outside of the picture."""
    middle, half = 2 * boxes.middle(box) - 1, CONTEXT * (box[:, 2:] - box[:, :2]).clamp_min(1e-3)
    maps = torch.cat([torch.diag_embed(half), middle[:, :, None]], 2)
    grid = F.affine_grid(maps, [len(x), x.shape[1], side, side], align_corners=False)
    return F.grid_sample(x + 1, grid, align_corners=False) - 1


def inward(box: Tensor, around: Tensor) -> Tensor:
    """Boxes (N, 4) of pictures as shares of the windows around other boxes."""
    corner, size = _frame(around)
    return (box - corner.repeat(1, 2)) / size.repeat(1, 2)


def outward(box: Tensor, around: Tensor) -> Tensor:
    """The inverse of `inward`."""
    corner, size = _frame(around)
    return box * size.repeat(1, 2) + corner.repeat(1, 2)


def jittered(box: Tensor, amount: float = 0.15) -> Tensor:
    """Boxes (N, 4) that are a little off: moved and scaled by up to a share of their size."""
    u = amount * (2 * noise.uniform(len(box), 3).to(box) - 1)
    size = box[:, 2:] - box[:, :2]
    return boxes.around(boxes.middle(box) + u[:, :2] * size, size * (1 + u[:, 2:]))


def _frame(around: Tensor) -> tuple[Tensor, Tensor]:
    size = CONTEXT * (around[:, 2:] - around[:, :2]).clamp_min(1e-3)
    return boxes.middle(around) - size / 2, size
