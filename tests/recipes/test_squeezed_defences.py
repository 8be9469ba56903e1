"""Transformations before a net and the detector beside it: what they see, and when they raise the alarm."""

from __future__ import annotations

import pytest
import torch

from rivals import attacking, attacks, registry
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import UsageError
from rivals.nn import squeezing
from rivals.run import Run

DIGITS = named.load("digits")


def made(id: str, **options):
    return registry.create(id, DIGITS.spec, **{"width": 4, "dense": 16, **options})


def pictures(n: int = 20):
    return decoded(DIGITS.test.first("image", n))


def test_a_net_sees_transformed_pictures():
    game, x = made("input-transformations", transform="bits", depth=1), pictures()
    torch.testing.assert_close(game.classify(x), game.classifier(squeezing.bits(1)(x)).detach().log_softmax(1))
    Run(game, DIGITS, steps=1, batch=8).train()
    assert set(game.sample(4).unique().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("transform", ["bits", "median", "jpeg", "resize"])
def test_attacks_get_through_with_a_gradient(transform):
    game = made("input-transformations", transform=transform)
    x, y, _ = attacking.labelled(DIGITS, 10)
    near = attacks.fgsm(attacking.OfGame(game), x, y, epsilon=0.1)
    assert (near != x).any(1).any(1).any(1).all()


def test_the_threshold_lets_the_allowed_share_of_training_pictures_pass():
    game = made("feature-squeezing", false=0.1, rate=3e-3)
    assert game.threshold == 2
    Run(game, DIGITS, steps=120, batch=32).train()
    x = decoded(DIGITS.first("image", 1000))
    above = (game.anomaly(x) > game.threshold).double().mean()
    assert above == pytest.approx(0.1, abs=0.01)


def test_the_score_is_the_largest_distance_of_what_is_said():
    game, x = made("feature-squeezing", depth=1, window=2), pictures()
    plain = game.classify(x).exp()
    squeezed = [game.classify(t(x)).exp() for t in (squeezing.bits(1), squeezing.median(2))]
    expected = torch.stack([(p - plain).abs().sum(1) for p in squeezed]).amax(0)
    torch.testing.assert_close(game.anomaly(x), expected)


@pytest.mark.parametrize(
    ("id", "options"),
    [
        ("input-transformations", {"quality": 0}),
        ("input-transformations", {"smallest": 0.0}),
        ("feature-squeezing", {"false": 0.0}),
        ("feature-squeezing", {"window": 1}),
    ],
)
def test_numbers_out_of_range_are_refused(id, options):
    with pytest.raises(UsageError, match="must be"):
        made(id, **options)
