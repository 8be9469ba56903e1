"""A small detector of one stage: each cell of a grid says whether an object's middle is in it, its box and its class.

Redmon et al. 2015, arXiv:1506.02640, section 2, with the objectness of its successors and one box a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.nn import boxes

HALVINGS = 3
"""A cell is 8 pixels wide."""


@dataclass(frozen=True)
class Seen:
    """What a detector says of pictures, for each of S cells.

    Attributes:
        objectness: logits that an object's middle is in the cell, (N, S).
        box: left, top, right, bottom, as shares of the picture, (N, S, 4).
        classes: logits (N, S, K).
        shape: rows and columns of cells.
    """

    objectness: Tensor
    box: Tensor
    classes: Tensor
    shape: tuple[int, int]


class Detector(nn.Module):
    """Pictures (N, C, H, W) in [-1, 1] -> a map (N, 5 + K, H/8, W/8).

    Args:
        channels: C.
        classes: K.
        width: maps after the first convolution, doubled with each halving.
    """

    def __init__(self, channels: int, classes: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), nn.LeakyReLU(0.1)]
        for i in range(HALVINGS):
            a, b = width << i, width << i + 1
            layers += [nn.Conv2d(a, b, 4, 2, 1), nn.LeakyReLU(0.1), nn.Conv2d(b, b, 3, padding=1), nn.LeakyReLU(0.1)]
        self.net = nn.Sequential(*layers, nn.Conv2d(width << HALVINGS, 5 + classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        out: Tensor = self.net(x)
        return out


def read(out: Tensor) -> Seen:
    """A detector's map in words: middles lie in their cell, widths and heights in (0, 1)."""
    rows, columns = out.shape[2:]
    flat = out.flatten(2).movedim(1, 2)
    place = torch.arange(rows * columns, device=out.device)
    corner = torch.stack([place % columns, place // columns], 1)
    middle = (corner + flat[..., 1:3].sigmoid()) / torch.tensor([columns, rows], device=out.device)
    box = boxes.around(middle, flat[..., 3:5].sigmoid())
    return Seen(flat[..., 0], box, flat[..., 5:], (rows, columns))


def losses(seen: Seen, objects: Tensor, absent: float = 0.5, boxed: float = 5.0) -> dict[str, Tensor]:
    """What a detector descends, each (N,): the same paper's eq. 3, with cross-entropies and the overlap.

    Args:
        seen: what it says.
        objects: class, left, top, right, bottom of each object, (N, M, 5); class -1 is no object.
        absent, boxed: weights of cells without an object, and of the boxes' corners.
    """
    rows, columns = seen.shape
    there, truth = objects[..., 0] >= 0, objects[..., 1:]
    column, row = (boxes.middle(truth) * torch.tensor([columns, rows], device=truth.device)).long().unbind(-1)
    cell = row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)
    full = torch.zeros_like(seen.objectness).scatter_add(1, cell, there.to(seen.objectness)).clamp(max=1)
    each = F.binary_cross_entropy_with_logits(seen.objectness, full, reduction="none")
    box = seen.box.gather(1, cell[..., None].expand(-1, -1, 4))
    corners = boxed * (box - truth).abs().sum(-1) + 1 - boxes.iou(box, truth)
    named = seen.classes.gather(1, cell[..., None].expand(-1, -1, seen.classes.shape[2]))
    wrong = F.cross_entropy(named.movedim(2, 1), objects[..., 0].long().clamp_min(0), reduction="none")
    return {
        "objectness": (each * torch.where(full > 0, 1.0, absent)).sum(1),
        "box": (corners * there).sum(1),
        "class": (wrong * there).sum(1),
    }


def found(seen: Seen, objects: Tensor, sure: float = 0.5, overlap: float = 0.5) -> Tensor:
    """Which objects (N, M, 5) some cell is sure of, with a box that overlaps and the right class, boolean (N, M)."""
    fits = boxes.iou(seen.box[:, None], objects[:, :, None, 1:]) > overlap
    right = seen.classes.argmax(2)[:, None] == objects[..., :1].long()
    certain = seen.objectness.sigmoid()[:, None] > sure
    return (fits & right & certain).any(2) & (objects[..., 0] >= 0)
