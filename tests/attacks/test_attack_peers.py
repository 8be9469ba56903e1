"""FGSM, BIM, PGD, DeepFool, APGD, Square beside torchattacks on the same small net."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import stand_in
from rivals import attacks


@pytest.fixture(scope="module")
def peer() -> Any:
    """The library torchattacks; its torchvision may be one that was built for another torch."""
    if not all(importlib.util.find_spec(name) for name in ("torchattacks", "torchvision")):
        pytest.skip("torchattacks and torchvision are not installed")
    stand_in.torchvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("torchattacks")


@pytest.fixture(scope="module")
def trained() -> tuple[nn.Module, Tensor, Tensor]:
    """A small net that tells noisy squares apart, and samples that it names rightly, mostly."""
    torch.manual_seed(0)
    n, side = 600, 8
    y = torch.arange(n) % 4
    x = 0.25 * torch.rand(n, 1, side, side)
    for i, (down, across) in enumerate(((0, 0), (0, 4), (4, 0), (4, 4))):
        x[y == i, :, down : down + 4, across : across + 4] += 0.35 * torch.rand(int((y == i).sum()), 1, 4, 4)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 4)
    )
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    return net.eval(), x[:100], y[:100]


def robust(net: nn.Module, x: Tensor, y: Tensor) -> float:
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


EPSILON = 0.08


def test_the_samples_are_theirs_element_by_element(peer, trained):
    net, x, y = trained
    pairs = {
        "fgsm": (attacks.fgsm(net, x, y, epsilon=EPSILON), peer.FGSM(net, eps=EPSILON)),
        "bim": (attacks.bim(net, x, y, epsilon=EPSILON, steps=8, step=0.02), peer.BIM(net, EPSILON, 0.02, 8)),
        "pgd": (
            attacks.pgd(net, x, y, epsilon=EPSILON, steps=12, step=0.015, start=x),
            peer.PGD(net, EPSILON, 0.015, 12, random_start=False),
        ),
    }
    for name, (ours, theirs) in pairs.items():
        torch.testing.assert_close(ours, theirs(x, y), atol=1e-6, rtol=0, msg=name)


def test_as_many_are_fooled_as_by_them(peer, trained):
    net, x, y = trained
    assert robust(net, x, y) > 0.9
    pairs = {
        "apgd": (attacks.apgd(net, x, y, epsilon=EPSILON, steps=30), peer.APGD(net, eps=EPSILON, steps=30)),
        "pgd 2": (
            attacks.pgd(net, x, y, epsilon=0.5, norm=2, steps=20, step=0.1, start=x),
            peer.PGDL2(net, eps=0.5, alpha=0.1, steps=20, random_start=False),
        ),
        "square": (
            attacks.square(net, x, y, epsilon=EPSILON, queries=300),
            peer.Square(net, eps=EPSILON, n_queries=300, seed=0),
        ),
    }
    for name, (ours, theirs) in pairs.items():
        assert robust(net, ours, y) <= robust(net, theirs(x, y), y) + 0.01, name


def test_the_least_perturbations_are_not_longer_than_theirs(peer, trained):
    net, x, y = trained
    ours, theirs = attacks.deepfool(net, x, y), peer.DeepFool(net, steps=50, overshoot=0.02)(x, y)
    assert robust(net, ours, y) <= robust(net, theirs, y)
    right = net(x).argmax(1) == y
    length = [(made - x).flatten(1).norm(dim=1)[right].mean() for made in (ours, theirs)]
    assert length[0] <= 1.02 * length[1]
    found = attacks.fab(net, x, y, norm="inf", steps=30)
    worst = peer.FAB(net, norm="Linf", eps=EPSILON, steps=30, n_classes=4)(x, y)
    mine = ((found - x).flatten(1).abs().amax(1) <= EPSILON) & (net(found).argmax(1) != y)
    assert 1 - mine.double().mean().item() <= robust(net, worst, y) + 0.01
