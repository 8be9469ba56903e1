"""Perturbations stay in the ball, the loss is what it says, and after a short training the classifier errs."""

from __future__ import annotations

import pytest
import torch

from rivals import registry
from rivals.attacks.losses import lacking
from rivals.benchmark.measures import generated_attacks
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import RivalsError, UsageError
from rivals.run import Run

DIGITS = named.load("digits")


def made(**options):
    small = {"width": 4, "blocks": 1, "maps": 4, "dense": 16, "epsilon": 0.2, "pretraining": 2}
    return registry.create("advgan", DIGITS.spec, **{**small, **options})


def pictures(n: int = 5):
    return decoded(DIGITS.first("image", n))


def test_perturbations_are_in_the_ball_and_pictures_in_their_range():
    game, x = made(), pictures()
    with torch.no_grad():
        for weight in game.G.parameters():
            weight.mul_(100)
    near = game.translate(x)
    assert 0.3 < (near - x).abs().max() <= 0.4 + 1e-6  # pictures lie in [-1, 1]
    assert near.abs().max() <= 1


def test_what_is_lacking():
    logits, y = torch.tensor([[3.0, 1.0, 0.0], [0.0, 2.0, 5.0]]), torch.tensor([0, 1])
    assert lacking(logits, y).tolist() == [2.0, 0.0]
    assert lacking(logits, y, confidence=4.0).tolist() == [6.0, 1.0]
    assert lacking(logits, y, target=2, confidence=1.0).tolist() == [4.0, 0.0]


def test_the_classifier_learns_first_and_then_stays():
    game = made(pretraining=3)
    kept = []
    run = Run(game, DIGITS, steps=2, batch=16)
    run.hooks.step.append(lambda run: kept.append([w.clone() for w in game.classifier.weights]))
    run.train()
    assert game.classifier.updates == 3
    assert game.G.updates == game.D.updates == 2
    assert not torch.equal(kept[0][0], kept[2][0])
    assert all(torch.equal(a, b) for a, b in zip(kept[2], kept[4], strict=True))


def test_a_short_training_fools_the_classifier_in_one_pass(tmp_path):
    game = made(pretraining=150, epsilon=0.4, maps=8, width=8, beta=0.0, alpha=0.0, rate=3e-3)
    Run(game, DIGITS, steps=60, batch=64).train()
    game.save_pretrained(tmp_path / "model")
    found = generated_attacks.behind(tmp_path / "model", "digits", 0)
    assert found.also["accuracy"] > 0.8
    assert found.also["one pass"] > 0.6
    assert found.also["largest"] <= 0.4 + 1e-6
    assert found.value == pytest.approx(found.also["pgd"] - found.also["one pass"])
    assert generated_attacks.success(tmp_path / "model", "digits", 0).value == found.also["one pass"]


def test_only_such_a_game_is_measured(tmp_path):
    other = registry.create("adversarial-training", DIGITS.spec, width=2, dense=8)
    other.save_pretrained(tmp_path / "model")
    with pytest.raises(RivalsError, match="generator of perturbations"):
        generated_attacks.behind(tmp_path / "model", "digits", 0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"epsilon": 0.0}, "epsilon must be in"),
        ({"target": 10}, "target must be a class"),
        ({"alpha": -1.0}, "at least 0"),
    ],
)
def test_numbers_out_of_range_are_refused(options, sentence):
    with pytest.raises(UsageError, match=sentence):
        made(**options)
