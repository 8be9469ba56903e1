from __future__ import annotations

import math

import pytest
import torch

from rivals.data import toy
from rivals.metrics.points import against_truth, radius


def draw(truth: toy.Mixture, n: int, seed: int = 0) -> torch.Tensor:
    return truth.make(n, torch.Generator().manual_seed(seed))[0]


def test_real_data_covers_all_modes() -> None:
    truth = toy.grid().truth
    scores = against_truth(draw(truth, 5000), draw(truth, 5000, 1), truth)
    assert scores["modes"] == 25
    assert scores["high quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.005)
    assert scores["real high quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.005)
    assert scores["reverse kl"] < 0.01


def test_collapse_to_two_modes_has_the_closed_form() -> None:
    truth = toy.ring().truth
    samples = truth.means[torch.tensor([0, 0, 0, 5])]
    scores = against_truth(samples, draw(truth, 100), truth)
    assert scores["modes"] == 2
    assert scores["high quality"] == 1
    assert scores["reverse kl"] == pytest.approx(math.log(8) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25))


def test_a_mode_needs_a_sample_of_high_quality() -> None:
    truth = toy.ring().truth
    scores = against_truth(1.5 * truth.means, draw(truth, 100), truth)
    assert scores["modes"] == 0
    assert scores["high quality"] == 0
    assert scores["reverse kl"] == pytest.approx(0)


@pytest.mark.parametrize("dim", [1, 3, 700])
def test_the_radius_holds_99_percent_in_other_dimensions(dim: int) -> None:
    truth = toy.Mixture(torch.zeros(1, dim), 0.5)
    held = (draw(truth, 20_000).norm(dim=1) <= radius(truth)).double().mean().item()
    assert held == pytest.approx(0.99, abs=0.003)


def test_one_mode_gives_the_errors_of_mean_and_std() -> None:
    truth = toy.Mixture(torch.tensor([[3.0, 4.0]]), 0.5)
    x = draw(truth, 4000)
    x = (x - x.mean(0)) / x.std(0) * torch.tensor([0.55, 0.45]) + torch.tensor([3.0, 4.5])
    scores = against_truth(x, x, truth)
    assert scores["mean error"] == pytest.approx(0.1, rel=1e-4)
    assert scores["std error"] == pytest.approx(0.1, rel=1e-4)
    assert "mean error" not in against_truth(x, x, toy.ring().truth)
