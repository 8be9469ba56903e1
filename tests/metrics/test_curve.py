from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.curve import best_f, of_shares, precision_recall_curve


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def reference(p: list[float], q: list[float], angles: int) -> tuple[np.ndarray, np.ndarray]:
    precision, recall = [], []
    for angle in np.linspace(1e-10, np.pi / 2 - 1e-10, angles):
        slope = np.tan(angle)
        alpha = sum(min(slope * a, b) for a, b in zip(p, q, strict=True))
        precision.append(alpha)
        recall.append(alpha / slope)
    return np.array(precision), np.array(recall)


def test_the_definition_on_shares() -> None:
    p, q = [0.1, 0.2, 0.7, 0.0], [0.3, 0.0, 0.5, 0.2]
    precision, recall = of_shares(torch.tensor(p), torch.tensor(q), 101)
    expected = reference(p, q, 101)
    assert precision.numpy() == pytest.approx(expected[0], abs=1e-6)
    assert recall.numpy() == pytest.approx(expected[1], abs=1e-6)
    # most precision: the share of fakes where there are reals; most recall: that of reals where there are fakes
    assert precision.max().item() == pytest.approx(0.8, abs=1e-6)
    assert recall.max().item() == pytest.approx(0.8, abs=1e-6)
    f = [(1 + 64) * a * b / (64 * a + b) for a, b in zip(*expected, strict=True)]
    assert best_f(precision, recall, 8) == pytest.approx(max(f), rel=1e-5)


def test_equal_and_disjoint_sets() -> None:
    x = normal(300, 4)
    same = precision_recall_curve(x, x, runs=2)
    assert same.precision.shape == (1001,)
    assert min(same.f8, same.f_eighth) == pytest.approx(1, abs=1e-6)
    apart = precision_recall_curve(x, x + 100, runs=2)
    assert max(apart.f8, apart.f_eighth) < 1e-6


def test_it_tells_a_missing_mode_from_bad_samples() -> None:
    modes = 20 * torch.eye(4)
    real = normal(400, 4) + modes.repeat(100, 1)
    dropped = precision_recall_curve(real, normal(400, 4, 1) + modes[:2].repeat(200, 1), runs=2)
    assert dropped.f8 < 0.7  # recall
    assert dropped.f_eighth > 0.8
    wrong = torch.cat([normal(200, 4, 1), normal(200, 4, 2)]) + torch.cat(
        [modes.repeat(50, 1), 60 - modes.repeat(50, 1)]
    )
    invented = precision_recall_curve(real.numpy(), wrong, runs=2)
    assert invented.f_eighth < 0.7
    assert invented.f8 > 0.8


def test_unlike_sizes_are_made_alike_and_the_seed_decides() -> None:
    x, y = normal(500, 3), normal(200, 3, 1)
    first = precision_recall_curve(x, y, runs=1)
    assert first.f8 == precision_recall_curve(x, y, runs=1).f8
    assert first.f8 > 0.8
    with pytest.raises(RivalsError, match="2 clusters, 3 angles"):
        precision_recall_curve(x[:5], y)
