from __future__ import annotations

import itertools
import math
import re
import sys

import numpy as np
import pytest
import torch

from rivals.errors import RivalsError, UsageError
from rivals.metrics import transport
from rivals.metrics.transport import mmd, sliced_wasserstein, wasserstein


def cloud(n: int, dim: int, seed: int, *, mean: float = 0.0, std: float = 1.0) -> torch.Tensor:
    return mean + std * torch.randn(n, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def without_pot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("n", "m", "dim"), [(60, 60, 2), (70, 45, 3), (50, 30, 1)])
def test_exact_distances_equal_pot(n: int, m: int, dim: int, p: int) -> None:
    ot = pytest.importorskip("ot")
    x, y = cloud(n, dim, 0), cloud(m, dim, 1, mean=0.5)
    cost = np.linalg.norm(x.numpy()[:, None] - y.numpy()[None], axis=-1) ** p
    assert wasserstein(x, y, p) == pytest.approx(ot.emd2([], [], cost) ** (1 / p), rel=1e-9)


@pytest.mark.parametrize("p", [1, 2])
def test_the_best_of_all_assignments(without_pot: None, p: int) -> None:
    x, y = cloud(6, 2, 0), cloud(6, 2, 1, mean=0.3)
    costs = [(x - y[list(order)]).norm(dim=1).pow(p).mean().item() for order in itertools.permutations(range(6))]
    assert wasserstein(x, y, p) == pytest.approx(min(costs) ** (1 / p), rel=1e-9)


def test_unequal_numbers_need_pot_in_several_dimensions_only(without_pot: None) -> None:
    with pytest.raises(RivalsError, match=re.escape("needs the extra: pip install 'rivals[transport]'")):
        wasserstein(cloud(5, 2, 0), cloud(4, 2, 1))
    assert wasserstein(torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [1.0], [5.0]])) == pytest.approx(9 / 6)


def test_a_shift_costs_its_length() -> None:
    x = cloud(40, 3, 0)
    shift = torch.tensor([2.0, -1.0, 2.0])
    assert wasserstein(x, x + shift, 1) == pytest.approx(3)
    assert wasserstein(x, x + shift, 2) == pytest.approx(3)
    assert wasserstein(x, x.flip(0), 2) == pytest.approx(0, abs=1e-9)


def test_one_dimension_tends_to_the_distance_of_gaussians() -> None:
    x, y = cloud(200_000, 1, 0), cloud(150_000, 1, 1, mean=3, std=2)
    assert wasserstein(x, y, 2) == pytest.approx(math.sqrt(9 + 1), rel=0.01)


@pytest.mark.parametrize(("n", "m", "p"), [(80, 80, 2), (80, 50, 2), (80, 50, 1)])
def test_sliced_distance_equals_pot_on_the_same_directions(n: int, m: int, p: int) -> None:
    ot = pytest.importorskip("ot")
    x, y = cloud(n, 4, 0), cloud(m, 4, 1, mean=0.5)
    directions = np.random.default_rng(7).standard_normal((4, 50))
    directions /= np.linalg.norm(directions, axis=0)
    theirs = ot.sliced_wasserstein_distance(x.numpy(), y.numpy(), projections=directions, p=p)
    assert sliced_wasserstein(x, y, p, projections=50, seed=7) == pytest.approx(theirs, rel=1e-9)


def test_sliced_distance_of_a_shift_has_a_closed_form() -> None:
    x = cloud(30, 5, 0)
    found = sliced_wasserstein(x, x + 1, 2, projections=20_000)
    assert found == pytest.approx(1.0, rel=0.02)  # ‖1‖ / √D
    assert sliced_wasserstein(x, x + 1, seed=1) == sliced_wasserstein(x, x + 1, seed=1)
    assert sliced_wasserstein(x[:, :1], 2 * x[:, :1] + 1, 1) == pytest.approx(wasserstein(x[:, :1], 2 * x[:, :1] + 1))


def test_mmd_equals_the_double_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BLOCK", 7)
    x, y, widths = cloud(20, 3, 0, mean=100), cloud(15, 3, 1, mean=100.3), (0.7, 2.0, 1.0, 0.5)

    def k(a: torch.Tensor, b: torch.Tensor) -> float:
        return float(np.mean([math.exp(-((a - b) ** 2).sum().item() / (2 * w * w)) for w in widths]))

    xx = sum(k(a, b) for a, b in itertools.permutations(x, 2)) / (20 * 19)
    yy = sum(k(a, b) for a, b in itertools.permutations(y, 2)) / (15 * 14)
    xy = sum(k(a, b) for a, b in itertools.product(x, y)) / (20 * 15)
    assert mmd(x, y, widths) == pytest.approx(xx + yy - 2 * xy, rel=1e-9)


def test_mmd_tends_to_that_of_gaussians() -> None:
    dim, shift, width = 2, 0.8, 1.3
    x, y = cloud(2000, dim, 0), cloud(2000, dim, 1)
    x, y = x - x.mean(0), y - y.mean(0) + shift  # the error of the means is most of the error
    same = (width**2 / (width**2 + 2)) ** (dim / 2)  # E k(x, x') for standard normal x, x'
    expected = 2 * same * (1 - math.exp(-dim * shift**2 / (2 * (width**2 + 2))))
    assert mmd(x, y, [width]) == pytest.approx(expected, rel=0.05)


def test_mmd_is_unbiased_and_its_kernel_depends_on_the_data_alone() -> None:
    values = [mmd(cloud(30, 2, 2 * i), cloud(30, 2, 2 * i + 1)) for i in range(60)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(60)
    y = cloud(50, 2, 0)
    widths = [scale * torch.pdist(y).median().item() for scale in (0.25, 0.5, 1, 2, 4)]
    for x in (cloud(20, 2, 1), 9 * cloud(20, 2, 1)):
        assert mmd(x, y) == pytest.approx(mmd(x, y, widths), rel=1e-9)


@pytest.mark.parametrize("measure", [wasserstein, sliced_wasserstein, mmd])
@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (torch.zeros(3, 2), torch.zeros(3, 4), "compares (N, D) with (M, D), not (3, 2) with (3, 4)"),
        (torch.zeros(3), torch.zeros(3), "compares (N, D) with (M, D), not (3,) with (3,)"),
        (torch.zeros(0, 2), torch.zeros(3, 2), "points on each side, and there are 0 and 3"),
        (torch.tensor([[0.0], [math.inf], [1.0]]), torch.zeros(3, 1), "1 of 3 points hold NaN or infinity"),
    ],
)
def test_what_are_no_clouds_is_refused(measure, x: torch.Tensor, y: torch.Tensor, sentence: str) -> None:
    with pytest.raises(RivalsError, match=re.escape(sentence)):
        measure(x, y)


def test_bad_arguments_are_refused() -> None:
    x, y = cloud(4, 2, 0), cloud(4, 2, 1)
    with pytest.raises(UsageError, match="has p = 1 or 2, not 3"):
        wasserstein(x, y, 3)
    with pytest.raises(UsageError, match="at least 1 projection, not 0"):
        sliced_wasserstein(x, y, projections=0)
    with pytest.raises(UsageError, match=re.escape("bandwidths above 0, not [1.0, 0.0]")):
        mmd(x, y, [1, 0])
    with pytest.raises(RivalsError, match="all points of the data are equal: give bandwidths"):
        mmd(x, torch.ones(5, 2))
