from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist
from scipy.stats import ks_2samp
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.separability import distance_separability, separability_index


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


LABELS = torch.arange(600) % 3


def test_classes_apart_and_classes_together() -> None:
    together = normal(600, 4)
    apart = together + 50 * torch.eye(4)[LABELS]
    assert separability_index(apart, LABELS) == 1
    assert separability_index(together, LABELS) == pytest.approx(1 / 3, abs=0.08)
    assert distance_separability(apart, LABELS) == pytest.approx(1)
    assert distance_separability(together, LABELS) < 0.05
    half = distance_separability(together + 2 * torch.eye(4)[LABELS], LABELS)
    assert 0.1 < half < 0.9


def test_the_definitions() -> None:
    x, labels = normal(60, 2), np.arange(60) % 2
    d = cdist(x, x)
    np.fill_diagonal(d, np.inf)
    assert separability_index(x, labels) == pytest.approx(float((labels[d.argmin(1)] == labels).mean()))
    a, b = x[labels == 0].numpy(), x[labels == 1].numpy()
    between = cdist(a, b).ravel()
    expected = np.mean([ks_2samp(pdist(z), between, method="asymp").statistic for z in (a, b)])
    assert distance_separability(x, labels) == pytest.approx(expected)


def test_they_refuse() -> None:
    with pytest.raises(RivalsError, match="at least 2 classes"):
        separability_index(normal(9, 2), torch.zeros(9))
    with pytest.raises(RivalsError, match="one whole number"):
        separability_index(normal(9, 2), torch.zeros(8))
    with pytest.raises(RivalsError, match="class 1 has fewer"):
        distance_separability(normal(9, 2), torch.tensor([0] * 8 + [1]))
    with pytest.raises(RivalsError, match="at least 2 samples a class"):
        distance_separability(normal(9, 2), torch.arange(9) % 2, most=1)
