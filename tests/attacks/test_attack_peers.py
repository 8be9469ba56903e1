"""Attacks beside torchattacks and Foolbox on the same small net: samples, success, lengths."""

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


# ---- Foolbox ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def foolbox() -> Any:
    """The library foolbox."""
    if not all(importlib.util.find_spec(name) for name in ("foolbox", "eagerpy", "git")):
        pytest.skip("foolbox is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("foolbox")


@pytest.fixture(scope="module")
def theirs(foolbox, trained) -> Any:
    """The small net as Foolbox sees it: attack, its ε or None -> samples."""
    net, x, y = trained
    model = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")

    def attacked(attack: Any, epsilon: float | None = None, **more: Any) -> Tensor:
        _, made, _ = attack(model, x, y, epsilons=epsilon, **more)
        return made

    return attacked


def reached(net: nn.Module, x: Tensor, made: Tensor, y: Tensor, epsilon: float) -> float:
    """Share named wrongly within a length."""
    with torch.no_grad():
        near = (made - x).flatten(1).norm(dim=1) <= epsilon
        return (near & (net(made).argmax(1) != y)).double().mean().item()


def test_from_one_start_the_samples_are_those_of_foolbox(foolbox, theirs, trained):
    net, x, y = trained
    start = (x + EPSILON * (2 * torch.rand(x.shape, generator=torch.Generator().manual_seed(3)) - 1)).clamp(0, 1)

    class FromThere(foolbox.attacks.LinfPGD):
        def get_random_start(self, x0: Any, epsilon: float) -> Any:
            return type(x0)(start)

    pairs = {
        "fgsm": (attacks.fgsm(net, x, y, epsilon=EPSILON), theirs(foolbox.attacks.FGSM(), EPSILON)),
        "pgd": (
            attacks.pgd(net, x, y, epsilon=EPSILON, steps=40, step=0.01, start=start),
            theirs(FromThere(abs_stepsize=0.01, steps=40), EPSILON),
        ),
        "bim": (
            attacks.bim(net, x, y, epsilon=EPSILON, steps=10, step=0.016),
            theirs(foolbox.attacks.LinfBasicIterativeAttack(abs_stepsize=0.016, steps=10), EPSILON),
        ),
    }
    for name, (ours, others) in pairs.items():
        torch.testing.assert_close(ours, others, atol=1e-6, rtol=0, msg=name)


def test_from_random_starts_as_many_are_fooled_as_by_foolbox(foolbox, theirs, trained):
    net, x, y = trained
    torch.manual_seed(0)
    ours = attacks.pgd(net, x, y, epsilon=EPSILON, steps=40, step=0.01)
    others = theirs(foolbox.attacks.LinfPGD(abs_stepsize=0.01, steps=40), EPSILON)
    assert abs(robust(net, ours, y) - robust(net, others, y)) <= 0.01 + 1e-9


def test_as_many_are_reached_within_a_length_as_by_foolbox(foolbox, theirs, trained):
    net, x, y = trained
    theirs_cw = foolbox.attacks.L2CarliniWagnerAttack(
        binary_search_steps=4, steps=100, stepsize=0.01, confidence=0, initial_const=0.1, abort_early=True
    )
    pairs = {
        "cw": (attacks.cw(net, x, y, steps=100, searches=4, rate=0.01, first=0.1), theirs(theirs_cw)),
        "deepfool": (
            attacks.deepfool(net, x, y),
            theirs(foolbox.attacks.L2DeepFoolAttack(steps=50, candidates=10, overshoot=0.02)),
        ),
    }
    for name, (ours, others) in pairs.items():
        for length in (0.3, 0.5):
            ahead = reached(net, x, ours, y, length) - reached(net, x, others, y, length)
            assert ahead >= -0.01 - 1e-9, (name, length)


def test_the_walk_along_the_boundary_is_as_short_as_foolboxs(foolbox, theirs, trained):
    net, x, y = (part[:30] if isinstance(part, Tensor) else part for part in trained)
    start = x.roll(1, 0)
    start = torch.where((net(start).argmax(1) != y)[:, None, None, None], start, x.roll(2, 0))
    assert (net(start).argmax(1) != y).all()
    torch.manual_seed(0)
    ours = attacks.boundary(net, x, y, steps=400, start=start)
    model = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu")
    _, others, _ = foolbox.attacks.BoundaryAttack(steps=400)(model, x, y, epsilons=None, starting_points=start)
    lengths = [(made - x).flatten(1).norm(dim=1) for made in (ours, others)]
    assert robust(net, ours, y) == robust(net, others, y) == 0
    assert lengths[0].median() <= 1.02 * lengths[1].median()
    for length in lengths[1].quantile(torch.tensor([0.5, 0.9])).tolist():
        assert reached(net, x, ours, y, length) >= reached(net, x, others, y, length) - 0.01


def test_the_robust_accuracy_of_autoattack_is_torchattacks(peer, trained):
    net, x, y = trained
    ours = attacks.autoattack(net, x, y, epsilon=EPSILON, steps=100, queries=1000)
    theirs = peer.AutoAttack(net, eps=EPSILON, n_classes=4, seed=0)
    theirs._autoattack.attacks[-1].n_queries = 1000
    assert abs(robust(net, ours, y) - robust(net, theirs(x, y), y)) <= 0.005
