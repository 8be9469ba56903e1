from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics.frechet import (
    Statistics,
    frechet_distance,
    frechet_infinity,
    intra_frechet,
    per_class_frechet,
)


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_sqrtm(a: Statistics, b: Statistics) -> float:
    cross = np.trace(scipy.linalg.sqrtm(a.covariance.numpy() @ b.covariance.numpy())).real
    apart = (a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace()
    return float(apart) - 2 * float(cross)


def test_statistics_stand_for_their_samples() -> None:
    x, y = normal(300, 20), 1.3 * normal(200, 20, 1) + 0.2
    a, b = Statistics.of(x), Statistics.of(y.numpy())
    assert torch.allclose(a.covariance, torch.cov(x.T))
    assert a.count == 300
    whole = frechet_distance(x, y)
    for left in (x, a, x.numpy()):
        for right in (y, b):
            assert frechet_distance(left, right) == pytest.approx(whole, rel=1e-10)
    assert whole == pytest.approx(by_sqrtm(a, b), rel=1e-8)


def test_full_rank_statistics_need_no_singular_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.linalg, "svdvals", None)
    scale = torch.logspace(-3, 1, 64).double()  # a condition number of 1e8, as that of an Inception's features
    a, b = Statistics.of(normal(500, 64) * scale), Statistics.of(normal(400, 64, 1) * scale.flip(0))
    assert frechet_distance(a, b) == pytest.approx(by_sqrtm(a, b), rel=1e-6)


def test_statistics_of_low_rank_lose_nothing() -> None:
    x, y = normal(20, 50), normal(30, 50, 1) + 1
    assert frechet_distance(Statistics.of(x), Statistics.of(y)) == pytest.approx(frechet_distance(x, y), rel=1e-8)
    assert frechet_distance(Statistics.of(x), y) == pytest.approx(frechet_distance(x, y), rel=1e-8)
    assert frechet_distance(Statistics.of(x), Statistics.of(x)) == pytest.approx(0, abs=1e-6)
    wide = torch.cat([normal(300, 5), torch.zeros(300, 5).double()], 1)
    moved = torch.cat([torch.zeros(200, 5).double(), normal(200, 5, 1)], 1)
    a, b = Statistics.of(wide), Statistics.of(moved)  # covariances that share no direction
    expected = float((a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace())
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("mean", "matrix", "words"),
    [
        (torch.zeros(3), torch.eye(2), "mean \\(D,\\) and a covariance"),
        (torch.zeros(2), torch.tensor([[1.0, 0.5], [0, 1]]), "symmetric"),
        (torch.zeros(2), torch.tensor([[1.0, 0], [0, -1]]), "negative eigenvalues"),
        (torch.zeros(2), torch.full((2, 2), math.nan), "NaN"),
    ],
)
def test_what_is_no_covariance_is_refused(mean: Tensor, matrix: Tensor, words: str) -> None:
    with pytest.raises(RivalsError, match=words):
        frechet_distance(Statistics(mean, matrix, 5), Statistics(mean, matrix, 5))


def test_unlike_statistics_are_refused() -> None:
    with pytest.raises(RivalsError, match="not \\(9, 3\\) with \\(9, 4\\)"):
        frechet_distance(Statistics.of(normal(9, 3)), Statistics.of(normal(9, 4)))


def test_the_extrapolation_takes_the_bias_away() -> None:
    d = 24
    truth = Statistics(torch.zeros(d), torch.eye(d), 10**9)
    fake = 1.2 * normal(4000, d)
    exact = d * 0.2**2
    parts = fake.split(500)
    plain = sum(frechet_distance(truth, part) for part in parts) / len(parts) - exact
    assert plain > 0.2
    assert abs(sum(frechet_infinity(truth, part) for part in parts) / len(parts) - exact) < 0.3 * plain
    assert frechet_infinity(truth, fake, seed=1) == pytest.approx(exact, rel=0.1)
    assert frechet_infinity(truth, fake) == frechet_infinity(truth, fake)
    law = [frechet_distance(truth, fake[:n]) for n in (500, 1000, 2000)]  # the bias halves with twice the samples
    assert (law[0] - law[1]) / (law[1] - law[2]) == pytest.approx(2, rel=0.5)


def test_the_extrapolation_refuses_too_few() -> None:
    with pytest.raises(RivalsError, match="2 sizes"):
        frechet_infinity(normal(50, 2), normal(50, 2), least=50)
    with pytest.raises(RivalsError, match="at least 4 samples"):
        frechet_infinity(normal(50, 2), normal(3, 2))


def test_classes_are_compared_with_their_own() -> None:
    x, y = normal(300, 4), normal(300, 4, 1)
    labels = torch.arange(300) % 3
    x, y = x + 10 * labels[:, None], y + 10 * labels[:, None]
    found = per_class_frechet(x, labels, y, labels.numpy())
    assert list(found) == [0, 1, 2]
    assert found[1] == pytest.approx(frechet_distance(x[labels == 1], y[labels == 1]))
    assert intra_frechet(x, labels, y, labels) == pytest.approx(sum(found.values()) / 3)
    assert intra_frechet(x, labels, y, (labels + 1) % 3) > 100 * intra_frechet(x, labels, y, labels)
    with pytest.raises(RivalsError, match="too few of class 2"):
        per_class_frechet(x, labels, y[labels < 2], labels[labels < 2])
    with pytest.raises(RivalsError, match="one whole number a sample"):
        per_class_frechet(x, labels[:5], y, labels)
    with pytest.raises(RivalsError, match="one whole number a sample"):
        per_class_frechet(x, labels + 0.5, y, labels)
