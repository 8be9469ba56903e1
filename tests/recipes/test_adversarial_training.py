"""The inner climb stays in its ball and finds the worst point where that is known; what the defences descend."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rivals import attacking, attacks, evaluate, noise, registry
from rivals.attacks.defences import of_both, of_worst, trades
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import UsageError
from rivals.run import Run

DIGITS = named.load("digits")


def made(**options):
    small = {"width": 2, "dense": 8, "epsilon": 0.1, "inner": 5, "inner_step": 0.04}
    return registry.create("adversarial-training", DIGITS.spec, **{**small, **options})


def batch(n: int = 6):
    x, y = (DIGITS.first(field, n) for field in ("image", "label"))
    return decoded(x), y


def climbed(game, x, y):
    with noise.seeded(torch.device("cpu"), "test"):
        return game.shown(x, y)


@pytest.mark.parametrize("loss", ["worst", "both", "trades"])
def test_the_worst_neighbour_is_in_the_ball_and_worse(loss):
    game, (x, y) = made(loss=loss), batch()
    near = climbed(game, x, y)
    assert ((near - x).abs() <= 0.2 + 1e-6).all()  # pictures lie in [-1, 1]
    assert near.abs().max() <= 1
    assert not near.requires_grad
    if loss != "trades":
        assert F.cross_entropy(game.classifier(near), y) > F.cross_entropy(game.classifier(x), y)


def test_of_a_linear_classifier_it_is_the_corner():
    game, (x, y) = made(random=False, inner=10), batch()
    game.classifier.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    x = 0.3 * x
    seen = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(F.cross_entropy(game.classifier(seen), y, reduction="sum"), seen)
    moved = (climbed(game, x, y) - x).abs()
    torch.testing.assert_close(moved[slope.abs() > 1e-3], torch.full_like(moved[slope.abs() > 1e-3], 0.2))


def test_it_is_the_attack_of_the_same_name():
    game, (x, y) = made(random=False), batch()
    x01 = (x + 1) / 2
    theirs = attacks.pgd(attacking.OfGame(game), x01, y, epsilon=0.1, steps=5, step=0.04, start=x01)
    torch.testing.assert_close((climbed(game, x, y) + 1) / 2, theirs, atol=1e-5, rtol=0)


def test_without_steps_it_is_plain_training():
    game, (x, y) = made(inner=0), batch()
    assert torch.equal(climbed(game, x, y), x)


@pytest.mark.parametrize(("warmup", "shares"), [(0.5, [0, 0.25, 0.5, 0.75, 1, 1, 1, 1]), (0.0, [1] * 8)])
def test_the_ball_grows_at_first(warmup, shares, monkeypatch):
    game, sizes = made(warmup=warmup), []
    neighbours = game.neighbours

    def measured(x, y, grown=1.0):
        near = neighbours(x, y, grown)
        sizes.append(float((near - x).abs().max()))
        return near

    monkeypatch.setattr(game, "neighbours", measured)
    Run(game, DIGITS, steps=8, batch=8).train()
    torch.testing.assert_close(sizes, [0.2 * share for share in shares], atol=1e-5, rtol=0)


def test_what_the_defences_descend():
    clean, worst, y = torch.randn(5, 3), torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1])
    one, other = (F.cross_entropy(z, y, reduction="none") for z in (clean, worst))
    torch.testing.assert_close(of_worst(clean, worst, y)[""], other)
    torch.testing.assert_close(sum(of_both(clean, worst, y).values()), (one + other) / 2)
    p, q = clean.softmax(1), worst.softmax(1)
    told = trades(2.0)(clean, worst, y)
    torch.testing.assert_close(told["divergence"], 2 * (p * (p / q).log()).sum(1))
    torch.testing.assert_close(told["clean"], one)


def test_its_samples_are_neighbours_of_training_pictures():
    game = made()
    Run(game, DIGITS, steps=1, batch=8).train()
    x, _ = batch(game.chunk)
    assert ((game.sample(5) - x[:5]).abs() <= 0.2 + 1e-6).all()


def test_training_pictures_that_are_shown_are_not_scored_as_samples():
    game = made()
    assert set(evaluate(game, DIGITS, samples=50).values) == {"error"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"epsilon": 2.0}, "epsilon and warmup must be in"),
        ({"warmup": 1.5}, "epsilon and warmup must be in"),
        ({"inner_step": 0.0}, "inner_step above 0"),
        ({"width": 0}, "at least one unit"),
    ],
)
def test_numbers_out_of_range_are_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        made(**options)
