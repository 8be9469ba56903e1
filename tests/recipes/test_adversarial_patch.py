"""A patch lies where it is put, its terms are what they say, and descending it lowers the objectness."""

from __future__ import annotations

import pytest
import torch

from rivals import noise, registry
from rivals.attacks.transforms import Views
from rivals.benchmark.measures import patches
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import RivalsError, UsageError
from rivals.nn.printed import Picture, non_printability, printable, total_variation
from rivals.recipes.security.adversarial_patch import told
from rivals.run import Run

SCENES = named.load("small-scenes")
STILL = Views(0.0, 1.0, 1.0, 0.0, 0.0, 0.0)


def made(**options):
    return registry.create("adversarial-patch", SCENES.spec, **{"width": 4, "size": 8, "pretraining": 2, **options})


def test_a_patch_lies_where_it_is_put():
    x, patch = torch.zeros(2, 1, 16, 16), torch.ones(1, 4, 4)
    middle, side = torch.tensor([[0.5, 0.25], [0.5, 0.5]]), torch.tensor([0.5, 0.0])
    placed = STILL.placed(x, patch, middle, side, (-1, 1))
    assert placed[0].sum() == pytest.approx(64)
    assert placed[0, 0, :8, 4:12].min() == 1
    assert placed[1].abs().max() == 0


def test_a_turned_patch_covers_the_same_area_and_another_place():
    x, patch = torch.zeros(1, 1, 32, 32), torch.ones(1, 4, 4)
    views = Views(45.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    with noise.seeded(torch.device("cpu"), "test"):
        turned = views.placed(x, patch, torch.tensor([[0.5, 0.5]]), torch.tensor([0.5]), (-1, 1))
    straight = STILL.placed(x, patch, torch.tensor([[0.5, 0.5]]), torch.tensor([0.5]), (-1, 1))
    assert turned.sum() == pytest.approx(float(straight.sum()), rel=0.03)
    assert (turned - straight).abs().max() > 0.5


def test_only_objects_wear_it():
    game = made()
    game.views = STILL
    x, objects = decoded(SCENES.first("image", 8)), SCENES.first("objects", 8)
    changed = (game.worn(x, objects, torch.ones(3, 8, 8)) - x).abs().amax(1) > 1e-6
    for k in range(8):
        area = sum(0.36 * float((o[3] - o[1]) * (o[4] - o[2])) * 32**2 for o in objects[k] if o[0] >= 0)
        assert 0 < changed[k].sum() <= 2.5 * area + 12


def test_classes_are_counted_from_the_first_solid():
    assert told(torch.tensor([[[2.0, 0, 0, 1, 1], [4.0, 0, 0, 1, 1], [-1.0, 0, 0, 0, 0]]]))[0, :, 0].tolist() == [
        0,
        2,
        -1,
    ]


def test_what_makes_a_picture_hard_to_print():
    colours = printable(3)
    assert colours.shape == (27, 3)
    flat = colours[5][:, None, None].expand(3, 4, 4)
    assert non_printability(flat, colours) == pytest.approx(0, abs=1e-3)
    assert non_printability(flat + torch.tensor([0.03, 0.0, 0.0])[:, None, None], colours) == pytest.approx(
        0.03, abs=1e-3
    )
    assert total_variation(flat) == 0
    steps = torch.arange(4.0).expand(1, 4, 4)
    assert total_variation(steps) == 1


def test_a_picture_begins_as_it_was_given():
    start = torch.rand(3, 4, 4) * 2 - 1
    torch.testing.assert_close(Picture(start)(), 0.98 * start)


def test_the_patch_lowers_the_objectness_and_moves_alone(tmp_path):
    game = made(pretraining=120, width=8, beta=0.0, rate=0.1)
    kept = []
    run = Run(game, SCENES, steps=40, batch=16)
    run.hooks.step.append(lambda run: kept.append(torch.cat([w.flatten().clone() for w in game.detector.weights])))
    run.train()
    assert torch.equal(kept[119], kept[-1])
    game.save_pretrained(tmp_path / "model")
    found = patches.recall(tmp_path / "model", "small-scenes", 0)
    assert found.also["objectness, patch"] < found.also["objectness, noise"]
    assert found.value <= found.also["recall, noise"]
    gained = patches.gain(tmp_path / "model", "small-scenes", 0)
    assert gained.value == pytest.approx(found.also["recall, noise"] - found.value)


def test_data_without_boxes_are_refused():
    other = registry.create("adversarial-patch", named.load("small-scenes").spec, width=2, size=4)
    with pytest.raises(RivalsError, match="objects"):
        other.feed(named.load("digits"))


@pytest.mark.parametrize("options", [{"size": 1}, {"share": 0.0}, {"scaling": 1.0}, {"alpha": -1.0}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(UsageError, match="size must be"):
        made(**options)
