"""Scenes, windows and aims are what they say, and descending a texture makes a tracker worse."""

from __future__ import annotations

import pytest
import torch

from rivals import noise, registry
from rivals.attacks.transforms import Views
from rivals.benchmark.measures import textures
from rivals.data import named
from rivals.data.made.passing import Passing, inward, jittered, outward, window
from rivals.data.sources import decoded
from rivals.errors import RivalsError, UsageError
from rivals.networks.tracker import AIMS, REST
from rivals.nn import boxes
from rivals.run import Run

DIGITS = named.load("digits")
STILL = Views(0.0, 1.0, 1.0, 0.0, 0.0, 0.0)


def made(**options):
    small = {"width": 4, "dense": 16, "pretraining": 2}
    return registry.create("adversarial-texture", DIGITS.spec, **{**small, **options})


def drawn(passing, x, frames):
    with noise.seeded(torch.device("cpu"), "test"):
        return passing.draw(x, frames)


def test_the_target_is_in_its_box_and_the_poster_behind_it():
    x, target, poster = torch.zeros(4, 1, 64, 64), torch.ones(4, 1, 8, 8), -torch.ones(1, 8, 8)
    passing = Passing(STILL)
    walk = drawn(passing, x, 5)
    frame = passing.frame(x, target, poster, walk, 4)
    box = walk.box(4)
    bright = frame[:, 0] > 0.9
    for k in range(4):
        rows, columns = bright[k].nonzero().unbind(1)
        seen = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / 64
        torch.testing.assert_close(seen, box[k], atol=0.04, rtol=0)
    assert (frame < -0.9).float().mean() > 0.3
    assert (walk.path[:, 1:] - walk.path[:, :-1]).abs().max() <= passing.speed + 1e-6


def test_a_window_shows_the_target_in_its_middle_half():
    x = torch.full((1, 1, 64, 64), -1.0)
    box = torch.tensor([[0.25, 0.5, 0.5, 0.75]])
    x[:, :, 32:48, 16:32] = 1.0
    seen = window(x, box, 32)
    assert seen[0, 0, 9:23, 9:23].min() > 0.99
    assert seen[0, 0, :7].max() < -0.99
    torch.testing.assert_close(inward(box, box), torch.tensor([REST]))
    other = jittered(box)
    torch.testing.assert_close(outward(inward(other, box), box), other)
    assert boxes.iou(other, box) > 0.5


def test_aims():
    out, truth = torch.tensor([[0.2, 0.2, 0.6, 0.7]]), torch.tensor([[0.3, 0.3, 0.8, 0.8]])
    assert AIMS["away"](out, truth).item() == pytest.approx(-0.5)
    assert AIMS["stay"](torch.tensor([REST]), truth).item() == 0
    assert AIMS["shrink"](out, truth).item() == pytest.approx(0.2 + 0.8 + 0.6 + 0.3)
    assert AIMS["grow"](out, truth).item() == pytest.approx(0.2 + 0.2 + 0.4 + 0.3)
    assert AIMS["smaller"](out, truth).item() == pytest.approx(0.2)
    assert AIMS["larger"](out, truth).item() == pytest.approx(-0.2)


def test_the_texture_begins_as_a_training_picture_and_moves_alone():
    game = made(pretraining=3)
    kept = []
    run = Run(game, DIGITS, steps=3, batch=16)
    run.hooks.step.append(lambda run: kept.append([w.clone() for w in game.tracker.weights]))
    run.train()
    assert torch.equal(game.texture.net.get_buffer("start"), decoded(DIGITS.first("image", 1))[0])
    assert all(torch.equal(a, b) for a, b in zip(kept[2], kept[5], strict=True))
    assert game.texture.updates == 3


def test_a_short_training_moves_the_tracker_where_it_aims(tmp_path):
    game = made(pretraining=150, aim="shrink", alike=0.0, rate=0.2)
    Run(game, DIGITS, steps=60, batch=16).train()
    x = decoded(DIGITS.test.first("image", 64))
    with noise.seeded(torch.device("cpu"), "test"), game.presenting():
        after = AIMS["shrink"](*game.tracked(x, game.texture())).mean()
    with noise.seeded(torch.device("cpu"), "test"), game.presenting():
        before = AIMS["shrink"](*game.tracked(x, game.texture.net.get_buffer("start"))).mean()
    assert after < before
    game.save_pretrained(tmp_path / "model")
    found = textures.fall(tmp_path / "model", "digits", 0)
    assert found.value == pytest.approx(found.also["overlap, ordinary"] - found.also["overlap, texture"])
    assert 0.2 < found.also["overlap, others"] <= 1


def test_only_such_a_game_is_measured(tmp_path):
    registry.create("adversarial-training", DIGITS.spec, width=2, dense=8).save_pretrained(tmp_path / "model")
    with pytest.raises(RivalsError, match="a texture before a tracker"):
        textures.fall(tmp_path / "model", "digits", 0)


@pytest.mark.parametrize("options", [{"scaling": 1.0}, {"alike": -1.0}, {"width": 0}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(UsageError, match="scaling must be"):
        made(**options)
