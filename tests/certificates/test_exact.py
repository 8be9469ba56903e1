"""Exact search finds what trying every linear piece finds, and agrees with bounds and attacks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from torch import nn

from rivals.attacks import pgd
from rivals.certificates import frequency, layers_of, nearest, severity
from rivals.certificates.exact import dense
from rivals.errors import UsageError


def net(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 3))


def by_pieces(model: nn.Sequential, x: torch.Tensor, y: int, most: float) -> float:
    """One linear program for each pattern of rectifiers and each other class."""
    steps, best = dense(layers_of(model), x.shape), np.inf
    origin = x.double().flatten().numpy()
    sizes = [len(step.bias) for step in steps[:-1]]
    for pattern in itertools.product((0, 1), repeat=sum(sizes)):
        signs, weight, bias = iter(pattern), np.eye(len(origin)), np.zeros(len(origin))
        rows, ends = [], []
        for step in steps[:-1]:
            weight, bias = step.weight.numpy() @ weight, step.weight.numpy() @ bias + step.bias.numpy()
            for i in range(len(bias)):
                on = next(signs)
                rows.append(-weight[i] if on else weight[i].copy())
                ends.append(bias[i] if on else -bias[i])
                if not on:
                    weight[i], bias[i] = 0, 0
        weight = steps[-1].weight.numpy() @ weight
        bias = steps[-1].weight.numpy() @ bias + steps[-1].bias.numpy()
        for k in (k for k in range(len(bias)) if k != y):
            n = len(origin)
            above = [*rows, weight[y] - weight[k]]
            matrix = np.block([[np.array(above), np.zeros((len(above), 1))], [np.eye(n), -np.ones((n, 1))],
                               [-np.eye(n), -np.ones((n, 1))]])  # fmt: skip
            limits = np.concatenate([[*ends, bias[k] - bias[y]], origin, -origin])
            found = linprog([0] * n + [1], A_ub=matrix, b_ub=limits, bounds=[(0, 1)] * n + [(0, most)], method="highs")
            best = min(best, found.fun) if found.status == 0 else best
    return best


@pytest.mark.parametrize("seed", range(4))
def test_exact_search_is_brute_force(seed):
    model = net(seed)
    x = torch.rand(3, 1, 1, generator=torch.Generator().manual_seed(seed))
    y = int(model(x[None]).argmax())
    found, moved = nearest(layers_of(model), x, y, 1.0)
    assert found == pytest.approx(by_pieces(model, x, y, 1.0), abs=1e-5)
    if found < np.inf:
        logits = model(moved[None].float())[0]
        assert logits.max() - logits[y] > -1e-4
        assert (moved - x).abs().max() == pytest.approx(found, abs=1e-5)
        assert (logits.argmax() != y) or (logits.topk(2).values.diff().abs() < 1e-4)


def test_no_attack_is_nearer_and_none_within_is_said():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4))
    x = torch.rand(6, 1, 4, 4)
    y = model(x).argmax(1)
    rho = torch.tensor([nearest(layers_of(model), a, int(b), 0.5)[0] for a, b in zip(x, y, strict=True)])
    for epsilon in (0.05, 0.1, 0.2):
        fooled = model(pgd(model, x, y, epsilon=epsilon, steps=30)).argmax(1) != y
        assert (rho[fooled] <= epsilon + 1e-5).all()
    assert (rho > 0).all()
    far, same = nearest(layers_of(model), x[0], int(y[0]), float(rho[0]) / 2)
    assert far == np.inf
    assert torch.equal(same, x[0].double())
    wrong = (int(y[0]) + 1) % 4
    assert nearest(layers_of(model), x[0], wrong, 0.1)[0] == pytest.approx(0, abs=1e-6)


def test_a_convolution_is_a_matrix():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
    steps, x = dense(layers_of(model), (1, 4, 4)), torch.rand(5, 1, 4, 4)
    h = x.double().flatten(1)
    for step in steps:
        h = h @ step.weight.T + step.bias
        h = h.relu() if step.rectifies else h
    torch.testing.assert_close(h.float(), model(x), atol=1e-5, rtol=1e-5)
    with pytest.raises(UsageError, match="without maxima"):
        dense(layers_of(nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 2))), (1, 4, 4))


def test_the_metrics():
    rho = torch.tensor([0.0, 0.1, 0.3, float("inf")])
    assert frequency(rho, 0.1) == 0.5
    assert severity(rho, 0.3) == pytest.approx(0.4 / 3)
    assert np.isnan(severity(rho[2:], 0.1))
