from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import Tensor

from rivals.errors import RivalsError
from rivals.metrics import frechet_distance, precision_recall


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def with_moments(x: Tensor, mean: Tensor, root: Tensor) -> Tensor:
    """The same cloud, with exactly this mean and covariance root rootᵀ."""
    x = x - x.mean(0)
    white = torch.linalg.solve_triangular(torch.linalg.cholesky(torch.cov(x.T)), x.T, upper=False).T
    return white @ root.T + mean


def by_sqrtm(x: Tensor, y: Tensor) -> float:
    a, b = np.cov(x.numpy().T), np.cov(y.numpy().T)
    cross = np.trace(scipy.linalg.sqrtm(a @ b)).real
    return float((x.mean(0) - y.mean(0)).square().sum()) + np.trace(a) + np.trace(b) - 2 * cross


def test_two_round_gaussians_have_the_closed_form() -> None:
    d, mean = 5, torch.tensor([3.0, 0, 0, 0, -4.0], dtype=torch.float64)
    x = with_moments(normal(50, d), torch.zeros(d).double(), 2 * torch.eye(d).double())
    y = with_moments(normal(70, d, 1), mean, 0.5 * torch.eye(d).double())
    assert frechet_distance(x, y) == pytest.approx(25 + d * (2 - 0.5) ** 2, rel=1e-10)


def test_commuting_covariances_have_the_closed_form() -> None:
    a, b = torch.tensor([1.0, 2, 3]).double(), torch.tensor([4.0, 0.1, 3]).double()
    x = with_moments(normal(40, 3), torch.ones(3).double(), a.diag())
    y = with_moments(normal(40, 3, 1), torch.ones(3).double(), b.diag())
    assert frechet_distance(x, y) == pytest.approx(float((a - b).square().sum()), rel=1e-10)


@pytest.mark.parametrize(("n", "m"), [(500, 300), (500, 41)])
def test_agrees_with_the_matrix_square_root(n: int, m: int) -> None:
    x, y = normal(n, 40), normal(m, 40, 1) @ normal(40, 40, 2) / 6 + 0.3
    assert frechet_distance(x, y) == pytest.approx(by_sqrtm(x, y), rel=1e-8)


@pytest.mark.filterwarnings("ignore:Matrix is singular")
@pytest.mark.parametrize(("n", "m"), [(20, 30), (20, 500), (2, 2)])
def test_fewer_samples_than_features(n: int, m: int) -> None:
    x, y = normal(n, 60), 1.5 * normal(m, 60, 1) + 1
    direct = frechet_distance(x, y)
    # in the span of all samples nothing is lost, and a rotation changes nothing
    q = torch.linalg.qr(normal(60, 60, 3)).Q
    assert direct == pytest.approx(frechet_distance(x @ q, y @ q), rel=1e-10)
    a, b = ((z - z.mean(0)) / math.sqrt(len(z) - 1) for z in (x, y))
    roots = [torch.from_numpy(np.asarray(scipy.linalg.sqrtm((z.T @ z).numpy()).real)) for z in (a, b)]
    cross = float(torch.linalg.svdvals(roots[0] @ roots[1]).sum())
    expected = float((x.mean(0) - y.mean(0)).square().sum() + a.square().sum() + b.square().sum()) - 2 * cross
    assert direct == pytest.approx(expected, rel=1e-6)


def test_constant_features() -> None:
    x = torch.cat([normal(50, 3), torch.full((50, 4), 7.0).double()], 1)
    y = torch.cat([normal(80, 3, 1), torch.full((80, 4), 9.0).double()], 1)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(x[:, :3], y[:, :3]) + 4 * 4, rel=1e-9)
    assert frechet_distance(torch.ones(5, 3), torch.zeros(4, 3)) == pytest.approx(3)


def test_a_set_has_no_distance_to_itself_even_far_from_the_origin() -> None:
    for x in (normal(100, 8), normal(5, 8), normal(100, 8) + 1e6):
        assert frechet_distance(x, x) == pytest.approx(0, abs=1e-8)
    x, y = normal(100, 8), 2 * normal(100, 8, 1)
    assert frechet_distance(x + 1e6, y + 1e6) == pytest.approx(frechet_distance(x, y), rel=1e-6)
    assert frechet_distance(x, y) == pytest.approx(frechet_distance(y, x), rel=1e-10)


def test_float32_is_computed_in_float64() -> None:
    x, y = normal(200, 16).float(), (1.1 * normal(200, 16, 1)).float()
    assert frechet_distance(x, y) == pytest.approx(by_sqrtm(x.double(), y.double()), rel=1e-8)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (torch.zeros(1, 3), torch.zeros(9, 3), "at least 2 samples"),
        (torch.zeros(9, 3), torch.zeros(9, 4), "not \\(9, 3\\) with \\(9, 4\\)"),
        (torch.zeros(9), torch.zeros(9), "feature vectors \\(N, D\\), not \\(9,\\)"),
        (torch.zeros(9, 3), torch.full((9, 3), math.nan), "9 of 9 samples hold NaN"),
    ],
)
def test_frechet_refuses(x: Tensor, y: Tensor, words: str) -> None:
    with pytest.raises(RivalsError, match=words):
        frechet_distance(x, y)


def brute_force(real: Tensor, fake: Tensor, k: int) -> tuple[float, float]:
    def inside(centres: Tensor, points: Tensor) -> float:
        count = 0
        for p in points:
            for i, c in enumerate(centres):
                others = sorted(float((c - o).norm()) for j, o in enumerate(centres) if j != i)
                if float((p - c).norm()) <= others[k - 1]:
                    count += 1
                    break
        return count / len(points)

    return inside(real, fake), inside(fake, real)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_agree_with_brute_force(k: int) -> None:
    real, fake = normal(40, 3), 0.8 * normal(33, 3, 1) + 1.2
    expected = brute_force(real, fake, k)
    assert 0 < min(expected) <= max(expected) < 1
    for block in (1, 7, 1024):
        assert precision_recall(real, fake, k, block) == pytest.approx(expected)
    assert precision_recall(real + 1e5, fake + 1e5, k) == pytest.approx(expected)


def test_precision_and_recall_tell_quality_from_variety() -> None:
    modes = torch.tensor([[0.0, 0], [10, 0]])
    real = normal(400, 2) + modes.repeat(200, 1)
    one_mode, noise = normal(400, 2, 1) * 0.9, 12 * normal(400, 2, 2)
    precision, recall = precision_recall(real, one_mode)
    assert precision > 0.9
    assert 0.3 < recall < 0.6
    precision, recall = precision_recall(real, noise)
    assert precision < 0.2
    assert recall > 0.9


def test_equal_sets_and_equal_points_are_inside() -> None:
    x = normal(50, 4)
    assert precision_recall(x, x) == (1.0, 1.0)
    same = torch.full((10, 4), 0.1)
    assert precision_recall(same, same) == (1.0, 1.0)
    assert precision_recall(same, same + 1) == (0.0, 0.0)


def test_precision_refuses_too_few() -> None:
    with pytest.raises(RivalsError, match="at least 4 samples"):
        precision_recall(torch.zeros(3, 2), torch.zeros(9, 2))
    with pytest.raises(RivalsError, match="at least 1"):
        precision_recall(torch.zeros(3, 2), torch.zeros(9, 2), k=0)
