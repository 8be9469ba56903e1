"""Boxes (..., 4) of left, top, right and bottom, as shares of a picture."""

from __future__ import annotations

import torch
from torch import Tensor


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Shared area over the area of both, in [0, 1], of boxes (..., 4) that broadcast; 0 where neither has an area."""
    left_top, right_bottom = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    shared = (right_bottom - left_top).clamp_min(0).prod(-1)
    return shared / (area(a) + area(b) - shared).clamp_min(1e-9)


def area(box: Tensor) -> Tensor:
    """Width · height, 0 for a box that is turned inside out, (...,)."""
    return (box[..., 2:] - box[..., :2]).clamp_min(0).prod(-1)


def around(middle: Tensor, size: Tensor) -> Tensor:
    """The box of a middle (..., 2) and a width and height (..., 2)."""
    return torch.cat([middle - size / 2, middle + size / 2], -1)


def middle(box: Tensor) -> Tensor:
    """Of each box, (..., 2)."""
    return (box[..., :2] + box[..., 2:]) / 2


def outlined(x: Tensor, box: Tensor, there: Tensor, value: float = 1.0) -> Tensor:
    """Pictures with the lines of boxes, one pixel wide, drawn into them.

    Args:
        x: pictures (N, C, H, W).
        box: (N, B, 4).
        there: which of them are drawn, boolean (N, B).
        value: of the lines.
    """
    height, width = x.shape[2:]
    edges = box * torch.tensor([width, height, width, height], device=box.device) - 0.5
    left, top, right, bottom = edges.round()[..., None, None].unbind(2)
    row = torch.arange(height, device=x.device)[:, None]
    column = torch.arange(width, device=x.device)[None]
    inside = (column >= left) & (column <= right) & (row >= top) & (row <= bottom)
    inner = (column > left) & (column < right) & (row > top) & (row < bottom)
    lines = (inside & ~inner & there[..., None, None]).any(1)[:, None]
    return torch.where(lines, torch.as_tensor(value, dtype=x.dtype, device=x.device), x)
