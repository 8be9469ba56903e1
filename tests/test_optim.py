"""Optimisers against torch's plain ones and closed forms; schedules by their values."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import solve_discrete_lyapunov
from torch import nn

from rivals import optim


@pytest.mark.parametrize(("decay", "plain"), [(0.0, torch.optim.Adam), (0.01, torch.optim.AdamW)])
def test_fused_adam_is_plain_adam(decay: float, plain: type) -> None:
    start = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    a = optim.adam(0.01, (0, 0.9), decay)([ours])
    b = plain([theirs], lr=0.01, betas=(0.0, 0.9), weight_decay=decay, foreach=False, fused=False)
    for _ in range(20):
        for weight, optimizer in ((ours, a), (theirs, b)):
            optimizer.zero_grad()
            (weight - 1).pow(4).sum().backward()
            optimizer.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)


def test_linear_schedule_is_flat_then_a_line_to_zero() -> None:
    factor = optim.linear(10, 20)
    assert [factor(u) for u in (0, 10, 15, 20, 99)] == [1.0, 1.0, 0.5, 0.0, 0.0]


def test_step_down_multiplies_after_each_so_many() -> None:
    factor = optim.step_down(3, 0.5)
    assert [factor(u) for u in range(7)] == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]


def test_noise_joins_the_gradients_and_only_them() -> None:
    torch.manual_seed(0)
    still, moved = nn.Parameter(torch.ones(3)), nn.Parameter(torch.zeros(100_000))
    optimizer = optim.noisy(optim.sgd(1.0), 0.3)([still, moved])
    moved.grad = torch.full_like(moved, 2.0)
    optimizer.step()
    assert torch.equal(still, torch.ones(3))
    assert moved.mean().item() == pytest.approx(-2.0, abs=0.01)
    assert moved.std().item() == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("temperature", [1.0, 0.25])
def test_sghmc_samples_a_gaussian_posterior(temperature: float) -> None:
    mean, std, rate, friction = 3.0, 0.5, 0.01, 0.2
    torch.manual_seed(0)
    chains = nn.Parameter(torch.zeros(4000))
    sampler = optim.sghmc(rate, friction, math.sqrt(temperature))([chains])
    drawn = []
    for step in range(700):
        chains.grad = (chains.detach() - mean) / std**2
        sampler.step()
        if step >= 200 and step % 50 == 0:
            drawn.append(chains.detach().clone())
    sample = torch.stack(drawn)
    # the discretised chain is linear, so its stationary covariance solves a Lyapunov equation
    pull = rate / std**2
    moves = np.array([[1 - pull, 1 - friction], [-pull, 1 - friction]])
    stationary = solve_discrete_lyapunov(moves, 2 * friction * rate * temperature * np.ones((2, 2)))[0, 0]
    assert stationary == pytest.approx(temperature * std**2, rel=0.15)
    assert sample.mean().item() == pytest.approx(mean, abs=0.01)
    assert sample.var().item() == pytest.approx(stationary, rel=0.03)
