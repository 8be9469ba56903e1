from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.inception import inception_score, mode_score


def probabilities(n: int, c: int, seed: int = 0) -> Tensor:
    return (3 * torch.randn(n, c, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)).softmax(1)


def test_the_formula() -> None:
    p = probabilities(101, 6)
    parts = np.split(p.numpy(), [101 * i // 4 for i in range(1, 4)])
    scores = [np.exp((part * (np.log(part) - np.log(part.mean(0)))).sum(1).mean()) for part in parts]
    found = inception_score(p, splits=4, seed=None)
    assert found == pytest.approx((np.mean(scores), np.std(scores)), rel=1e-12)
    assert inception_score(p.float().numpy(), splits=4, seed=None) == pytest.approx(found, rel=1e-5)


def test_its_ends() -> None:
    sure = torch.eye(10).repeat(20, 1)
    assert inception_score(sure, splits=1).mean == pytest.approx(10)
    assert inception_score(sure[:1].repeat(50, 1)) == pytest.approx((1, 0))
    assert inception_score(torch.full((50, 10), 0.1)) == pytest.approx((1, 0))
    by_class = torch.eye(10).repeat_interleave(100, 0)
    assert inception_score(by_class, seed=None).mean == pytest.approx(1)  # which is why the order is shuffled
    assert inception_score(by_class).mean > 9


def test_the_mode_score_counts_missing_classes() -> None:
    real = torch.eye(4).repeat(25, 1)
    assert mode_score(real, real) == pytest.approx(4)
    half = torch.eye(4)[:2].repeat(50, 1)
    assert mode_score(half, real) == pytest.approx(2 * math.exp(-math.log(2)))
    assert inception_score(half, splits=1).mean == pytest.approx(2)
    assert mode_score(real, half) == 0
    fake, data = probabilities(50, 5), probabilities(70, 5, 1)
    share, truth = fake.mean(0), data.mean(0)
    first = (fake * (fake / share).log()).sum(1).mean()
    assert mode_score(fake, data) == pytest.approx(float((first - (share * (share / truth).log()).sum()).exp()))


def test_they_refuse() -> None:
    with pytest.raises(RivalsError, match="logits need a softmax"):
        inception_score(torch.randn(50, 4))
    with pytest.raises(RivalsError, match="logits need a softmax"):
        mode_score(torch.full((5, 4), 0.5), probabilities(5, 4))
    with pytest.raises(RivalsError, match="at least 10 samples"):
        inception_score(probabilities(9, 4))
    with pytest.raises(RivalsError, match="at least 1 split"):
        inception_score(probabilities(9, 4), splits=0)
    with pytest.raises(RivalsError, match="same classes, not 4 with 3"):
        mode_score(probabilities(9, 4), probabilities(9, 3))
