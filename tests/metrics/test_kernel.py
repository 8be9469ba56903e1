from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.kernel import kernel_distance


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def unbiased(x: np.ndarray, y: np.ndarray) -> float:
    """MMD² by its definition, over pairs."""

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    m = len(x)
    within = sum(k(x[i], x[j]) + k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within - 2 * sum(k(a, b) for a in x for b in y) / m**2


def test_one_subset_of_all_is_the_definition() -> None:
    x, y = normal(30, 7), 1.2 * normal(30, 7, 1) + 0.3
    found = kernel_distance(x, y, subsets=2, size=30)
    assert found.mean == pytest.approx(unbiased(x.numpy(), y.numpy()), rel=1e-12)
    assert found.std == pytest.approx(0, abs=1e-12)
    assert kernel_distance(x.numpy(), y.numpy(), 2, 30).mean == pytest.approx(found.mean, rel=1e-12)


def test_float32_keeps_enough_digits() -> None:
    x, y = normal(1000, 256).float().relu(), (normal(1000, 256, 1) + 0.1).float().relu()
    exact = kernel_distance(x.double(), y.double(), 1, 1000).mean
    assert kernel_distance(x, y, 1, 1000).mean == pytest.approx(exact, rel=1e-3)


def test_it_is_unbiased() -> None:
    same = kernel_distance(normal(2000, 8), normal(2000, 8, 1), subsets=100, size=100)
    assert abs(same.mean) < 4 * same.std / 10
    assert same.std > 0
    far = kernel_distance(normal(2000, 8), normal(2000, 8, 1) + 0.5, subsets=20, size=100)
    assert far.mean > 5 * same.std


def test_the_seed_chooses_the_subsets() -> None:
    x, y = normal(300, 4), normal(300, 4, 1)
    assert kernel_distance(x, y, 5, 50) == kernel_distance(x, y, 5, 50)
    assert kernel_distance(x, y, 5, 50) != kernel_distance(x, y, 5, 50, seed=1)


def test_it_refuses() -> None:
    with pytest.raises(RivalsError, match="subsets of 1000 samples, and there are 300: pass size=300"):
        kernel_distance(normal(300, 4), normal(3000, 4))
    with pytest.raises(RivalsError, match="1 subset of 2 samples"):
        kernel_distance(normal(300, 4), normal(300, 4), size=1)
    with pytest.raises(RivalsError, match="compares"):
        kernel_distance(normal(30, 4), normal(30, 5), size=10)
    with pytest.raises(RivalsError, match="1 of 30 samples hold NaN"):
        kernel_distance(normal(30, 4), normal(30, 4).index_fill(0, torch.tensor([3]), torch.inf), size=10)
