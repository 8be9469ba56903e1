from __future__ import annotations

import re

import pytest
import torch

from rivals.errors import RivalsError, UsageError
from rivals.metrics.overlap import MeanIoU, mean_iou


def labels(seed: int, n: int = 6, classes: int = 4) -> torch.Tensor:
    return torch.randint(0, classes, (n, 9, 7), generator=torch.Generator().manual_seed(seed))


def test_mean_iou_by_hand() -> None:
    prediction = torch.tensor([[0, 0, 1, 1], [2, 2, 2, 2]])
    target = torch.tensor([[0, 1, 1, 1], [2, 2, 2, 2]])
    assert mean_iou(prediction, target, 3).tolist() == pytest.approx([(1 / 2 + 2 / 3) / 2, 1])
    metric = MeanIoU(4)
    metric.update(prediction, target)
    assert metric.compute() == pytest.approx((1 / 2 + 2 / 3 + 1) / 3)


def test_the_figure_of_a_data_set_equals_scikit_learn() -> None:
    from sklearn.metrics import jaccard_score

    prediction, target = labels(0), labels(1)
    metric = MeanIoU(4)
    metric.update(prediction[:4], target[:4])
    metric.update(prediction[4:], target[4:])
    theirs = jaccard_score(target.flatten().numpy(), prediction.flatten().numpy(), average="macro")
    assert metric.compute() == pytest.approx(theirs, rel=1e-12)


def test_each_pair_equals_scikit_learn() -> None:
    from sklearn.metrics import jaccard_score

    prediction, target = labels(2), labels(3)
    theirs = [
        jaccard_score(b.flatten().numpy(), a.flatten().numpy(), average="macro")
        for a, b in zip(prediction, target, strict=True)
    ]
    assert mean_iou(prediction, target, 4).tolist() == pytest.approx(theirs, rel=1e-12)


def test_nothing_seen_is_refused() -> None:
    with pytest.raises(UsageError, match="MeanIoU has seen no label maps yet: call update first"):
        MeanIoU(3).compute()


@pytest.mark.parametrize(
    ("prediction", "classes", "sentence"),
    [
        (torch.zeros(2, 3), 3, "integer label maps, not torch.float32: take the argmax over classes"),
        (torch.tensor([[0, 3, 1], [0, 0, 0]]), 3, "labels from 0 to 2, and there are labels from 0 to 3"),
        (torch.zeros(2, 4, dtype=torch.int64), 3, "of one shape, N ≥ 1, not (2, 4) with (2, 3)"),
    ],
)
def test_what_are_no_label_maps_is_refused(prediction: torch.Tensor, classes: int, sentence: str) -> None:
    with pytest.raises(RivalsError, match=re.escape(sentence)):
        mean_iou(prediction, torch.zeros(2, 3, dtype=torch.int64), classes)
