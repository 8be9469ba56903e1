from __future__ import annotations

import math

import pytest
import torch

from rivals.data import toy
from rivals.data.made import points as made
from rivals.errors import RivalsError
from rivals.metrics.points import against_truth, mixture_log_likelihood, radius


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


def test_forward_kl_counts_half_a_sample_more_in_each_mode() -> None:
    truth = toy.ring().truth
    samples = truth.means[torch.tensor([0, 0, 0, 5])]
    share = torch.tensor([3.5, 0.5, 0.5, 0.5, 0.5, 1.5, 0.5, 0.5]) / 8
    assert against_truth(samples, samples, truth)["forward kl"] == pytest.approx(-(share * 8).log().mean().item())
    assert against_truth(truth.means, samples, truth)["forward kl"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", ["gaussian", "grid"])
def test_log_likelihood_equals_torch_distributions(name: str) -> None:
    truth = getattr(toy, name)().truth
    points = torch.cat([draw(truth, 50), torch.randn(20, 2, generator=torch.Generator().manual_seed(3))])
    d = torch.distributions
    components = d.Independent(d.Normal(truth.means.double(), torch.tensor(truth.std).double()), 1)
    mixture = d.MixtureSameFamily(d.Categorical(torch.ones(len(truth.means)).double()), components)
    assert mixture_log_likelihood(points, truth).numpy() == pytest.approx(mixture.log_prob(points.double()).numpy())


def test_points_without_a_density_are_refused() -> None:
    truth = toy.ring().truth
    with pytest.raises(RivalsError, match=r"the mixture has points \(N, 2\), not \(3, 4\)"):
        mixture_log_likelihood(torch.zeros(3, 4), truth)
    with pytest.raises(RivalsError, match="1 of 3 points hold NaN or infinity"):
        mixture_log_likelihood(torch.tensor([[0, 0], [0, math.nan], [1, 1]]), truth)
    flat = made.Embedded(torch.zeros(1, 3), 1.0, torch.eye(3)[:, :2])
    with pytest.raises(RivalsError, match="a mixture in 2 of 3 dimensions has no density"):
        mixture_log_likelihood(torch.zeros(3, 3), flat)
