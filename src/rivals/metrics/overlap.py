"""Agreement of two label maps: intersection over union, of a pair and of a data set."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.errors import RivalsError, UsageError
from rivals.metrics.pairs import matched
from rivals.metrics.stream import Metric


def mean_iou(prediction: Tensor, target: Tensor, classes: int) -> Tensor:
    """Intersection over union of each pair of label maps, averaged over the classes that either map holds.

    The figure of a data set, which pools the pixels of all maps first, is `MeanIoU`.

    Args:
        prediction: integers (N, ...) in {0, ..., classes - 1}.
        target: the same.
        classes: how many there are.

    Returns:
        float64 (N,) in [0, 1].

    Raises:
        RivalsError: for other shapes, no pairs, numbers that are not integers, or labels out of range.
    """
    shared, either = _overlaps(prediction, target, classes)
    return _iou(shared, either)


class MeanIoU(Metric):
    """Mean over classes of intersection over union, both counted over the pixels of all pairs.

    Long, Shelhamer and Darrell 2015, arXiv:1411.4038 ("mean IU"); classes that no map holds are left out. It is not the
    mean of `mean_iou` over pairs, which weighs a class by the number of maps it is in.

    Args:
        classes: how many there are.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.add_state("shared", torch.zeros(classes, dtype=torch.int64), "sum")
        self.add_state("either", torch.zeros(classes, dtype=torch.int64), "sum")
        self.shared: Tensor
        self.either: Tensor

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add label maps, integers (N, ...) in {0, ..., classes - 1}."""
        shared, either = _overlaps(prediction, target, self.classes)
        self.shared, self.either = self.shared + shared.sum(0).cpu(), self.either + either.sum(0).cpu()

    def compute(self) -> float:
        """The figure of all maps since the last `reset`.

        Raises:
            UsageError: where nothing was added yet.
        """
        if not self.either.any():
            raise UsageError("MeanIoU has seen no label maps yet: call update first")
        return _iou(self.shared, self.either).item()


def _overlaps(prediction: Tensor, target: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Pixels of each class that both maps give it, and that either does, both (N, classes)."""
    a, b = matched(prediction, target, "mean IoU")
    for labels in (a, b):
        if labels.is_floating_point() or labels.is_complex():
            raise RivalsError(f"mean IoU compares integer label maps, not {labels.dtype}: take the argmax over classes")
        if labels.min() < 0 or labels.max() >= classes:
            raise RivalsError(
                f"mean IoU over {classes} classes needs labels from 0 to {classes - 1}, and there are labels from "
                f"{int(labels.min())} to {int(labels.max())}"
            )
    offset = torch.arange(len(a), device=a.device)[:, None] * classes
    a, b = a.flatten(1).long() + offset, b.flatten(1).long() + offset

    def counted(z: Tensor) -> Tensor:
        return torch.bincount(z.flatten(), minlength=len(prediction) * classes).view(-1, classes)

    shared = counted(a[a == b])
    return shared, counted(a) + counted(b) - shared


def _iou(shared: Tensor, either: Tensor) -> Tensor:
    """Mean over the classes that are there."""
    there = either > 0
    mean: Tensor = (shared.double() / either.clamp_min(1)).sum(-1) / there.sum(-1)
    return mean
