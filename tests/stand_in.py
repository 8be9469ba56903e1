"""A torchvision built for another torch: its operators are declared, once a process, so that it is imported."""

from __future__ import annotations

import torch

_kept = []


def torchvision() -> None:
    """Declare what torchvision's compiled half would have."""
    if not _kept and not hasattr(torch.ops.torchvision, "nms"):
        _kept.append(torch.library.Library("torchvision", "DEF"))
        for name in ("nms", "qnms"):
            _kept[0].define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
