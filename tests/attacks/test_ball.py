"""Projections, steepest steps, and staying inside to the last digit."""

from __future__ import annotations

import pytest
import torch

from rivals.attacks import ball
from rivals.attacks.ball import NORMS
from rivals.attacks.fab import shortest
from rivals.errors import UsageError


@pytest.mark.parametrize("norm", NORMS)
def test_a_projection_lies_in_the_ball_and_leaves_what_does(norm):
    delta = torch.randn(40, 3, 5, dtype=torch.float64)
    epsilon = 3.0 if norm == "0" else 0.8
    near = ball.project(delta, epsilon, norm)
    assert (ball.size(near, norm) <= epsilon + 1e-9).all()
    torch.testing.assert_close(ball.project(near, epsilon, norm), near)


@pytest.mark.parametrize("norm", ["2", "1"])
def test_no_point_of_the_ball_is_nearer_than_the_projection(norm):
    torch.manual_seed(0)
    delta = torch.randn(200, 4, dtype=torch.float64)
    near = ball.project(delta, 0.7, norm)
    others = ball.project(near + 0.05 * torch.randn(500, 200, 4, dtype=torch.float64), 0.7, norm)
    inside = ball.size(others.flatten(0, 1), norm).view(500, 200) <= 0.7 + 1e-12
    distance = (others - delta).norm(dim=2)
    assert (distance[inside] >= (near - delta).norm(dim=1).expand(500, 200)[inside] - 1e-9).all()


def test_the_largest_coordinates_stay_where_few_may_change():
    near = ball.project(torch.tensor([[3.0, -5.0, 1.0, 4.0]]), 2.9, "0")
    assert near.tolist() == [[0.0, -5.0, 0.0, 4.0]]


def test_the_steepest_step_has_norm_one():
    gradient = torch.randn(5, 300)
    assert (ball.steepest(gradient, "inf").abs() == 1).all()
    torch.testing.assert_close(ball.size(ball.steepest(gradient, "2"), "2"), torch.ones(5))
    step = ball.steepest(gradient, "1")
    torch.testing.assert_close(ball.size(step, "1"), torch.ones(5))
    assert (ball.size(step, "0") == 3).all()  # the largest hundredth


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("epsilon", [0.3, 8 / 255, 1e-3, 2.0])
def test_settled_samples_are_inside_in_the_numbers_that_they_are_stored_in(norm, epsilon):
    torch.manual_seed(1)
    x = torch.rand(300, 1, 7, 7)
    near = ball.settle(x, x + torch.randn_like(x), epsilon, norm, (0.0, 1.0))
    assert (ball.size(near - x, norm) <= epsilon).all()
    assert near.min() >= 0
    assert near.max() <= 1


def test_a_norm_is_one_of_four():
    assert [ball.known(n) for n in ("inf", float("inf"), 2, 2.0, "1", 0)] == ["inf", "inf", "2", "2", "1", "0"]
    with pytest.raises(UsageError, match="inf, 2, 1 or 0, not 3"):
        ball.known(3)


@pytest.mark.parametrize("norm", ["inf", "2"])
def test_the_shortest_way_to_a_plane_within_bounds(norm):
    torch.manual_seed(2)
    x, w = torch.rand(400, 6, dtype=torch.float64), torch.randn(400, 6, dtype=torch.float64)
    gap = torch.randn(400, dtype=torch.float64)
    delta = shortest(x, w, gap, norm, (0.0, 1.0))
    at = x + delta
    assert at.min() > -1e-12
    assert at.max() < 1 + 1e-12
    reached = (w * delta).sum(1)
    room = torch.where(w * gap[:, None] > 0, 1 - x, x)
    possible = gap.abs() <= (w.abs() * room).sum(1)
    torch.testing.assert_close(reached[possible], gap[possible])
    torch.testing.assert_close(reached[~possible], (gap.sign() * (w.abs() * room).sum(1))[~possible])
    # no shorter one: move along the plane a little, and it gets longer or leaves the bounds
    length = ball.size(delta, norm)
    for _ in range(300):
        other = delta + 0.02 * torch.randn_like(delta)
        other = other + ((gap - (w * other).sum(1)) / w.square().sum(1))[:, None] * w
        legal = ((x + other >= 0) & (x + other <= 1)).all(1) & possible
        assert (ball.size(other, norm)[legal] >= length[legal] - 1e-9).all()
