"""Votes become certificates as the paper's numbers say, and hold where the smoothed classifier is known."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import binom, norm
from torch import nn

from rivals import noise
from rivals.certificates import certify, votes
from rivals.certificates.smoothing import ABSTAINS
from rivals.errors import UsageError


def counts(k: int, n: int) -> torch.Tensor:
    return torch.tensor([[k, n - k]])


def test_the_bound_is_the_share_at_which_so_many_votes_are_as_rare_as_alpha():
    found = certify(counts(9, 10), counts(990, 1000), sigma=0.5, alpha=0.01)
    p = norm.cdf(float(found.radius) / 0.5)
    assert binom.sf(989, 1000, p) == pytest.approx(0.01, rel=1e-6)
    assert int(found.named) == 0
    assert 0.95 < p < 0.99


def test_all_votes_give_the_paper_s_largest_radius():
    found = certify(counts(100, 100), counts(100_000, 100_000), sigma=0.25, alpha=0.001)
    assert float(found.radius) == pytest.approx(0.25 * norm.ppf(0.001 ** (1 / 100_000)))


def test_even_votes_abstain_and_the_counted_ones_do_not_choose():
    assert int(certify(counts(60, 100), counts(505, 1000), 0.25).named) == ABSTAINS
    wrong = certify(counts(60, 100), counts(0, 1000), 0.25)  # chosen by the first votes, and none of the others
    assert int(wrong.named) == ABSTAINS
    assert float(wrong.radius) == 0


def test_a_halfplane_is_certified_up_to_its_distance():
    """f(x) = 1 where w·x > 0: the smoothed classifier's true radius is w·x / ‖w‖, and at n → ∞ that is R."""
    net = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[0.0, 0.0], [3.0, 4.0]]))
    x = torch.tensor([[0.3, 0.1], [-0.2, 0.1], [0.0, 0.001]])
    with noise.seeded(torch.device("cpu"), "test"):
        first, second = (votes(net, x, 0.5, n, 2) for n in (100, 20_000))
    assert second.sum(1).tolist() == [20_000] * 3
    found = certify(first, second, 0.5)
    truth = (x @ torch.tensor([3.0, 4.0]) / 5).abs()
    assert found.named[:2].tolist() == [1, 0]
    assert (found.radius <= truth).all()
    assert float(found.radius[0]) == pytest.approx(float(truth[0]), abs=0.02)
    assert found.accuracy(torch.tensor([1, 0, 1]), 0.01) == pytest.approx(2 / 3)
    assert found.accuracy(torch.tensor([1, 1, 1]), 0.01) == pytest.approx(1 / 3)


def test_numbers_out_of_range_are_refused():
    for sigma, alpha in ((0.0, 0.01), (0.1, 0.0), (0.1, 1.0)):
        with pytest.raises(UsageError, match="sigma above 0 and alpha between"):
            certify(counts(1, 2), counts(1, 2), sigma, alpha)
    with pytest.raises(UsageError, match="at least one vote"):
        certify(counts(1, 2), counts(0, 0), 0.1)
    with pytest.raises(UsageError, match="at least one noisy copy"):
        votes(nn.Linear(2, 2), torch.zeros(1, 2), 0.1, 0, 2)
    assert math.isfinite(float(certify(counts(1, 1), counts(1, 1), 0.1).radius))
