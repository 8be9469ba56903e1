"""Conditional generators that are inverted: how conditions are drawn, what moves, what an edit changes."""

import math

import pytest
import torch

from rivals import noise, registry
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.nn.labels import altered

RING = Points(2, classes=8)
FACES = Images(3, 8, 8, classes=4, attributes=("hat", "smile"))
TINY = {"width": 4, "latent": 3}


def test_edited_codes_differ_where_they_are_told_to():
    code = torch.tensor([[0.0, 1.0], [0.3, 0.7]])
    seen = altered(code, ("hat", "smile"), {"hat": torch.tensor([1.0, 0.0])})
    assert torch.equal(seen, torch.tensor([[1.0, 1.0], [0.0, 0.7]]))
    assert torch.equal(code[1], torch.tensor([0.3, 0.7]))
    assert torch.equal(altered(code, (), {"label": torch.tensor([1, 0])}), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert torch.equal(altered(code, (), {"label": 0}), torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    assert torch.equal(altered(code, (), {}), code)


@pytest.mark.parametrize(
    ("names", "values", "says"),
    [
        (("hat",), {"beard": 1}, "there is nothing called 'beard' to change, only hat"),
        ((), {"hat": 1}, "there is nothing called 'hat' to change, only label"),
        ((), {"label": 2}, "a number from 0 to 1"),
        ((), {"label": -1}, "a number from 0 to 1"),
    ],
)
def test_an_edit_that_there_is_not_is_refused(names, values, says):
    with pytest.raises(UsageError, match=says):
        altered(torch.zeros(3, 2), names, values)


def test_three_ways_to_draw_conditions():
    y = torch.eye(8)[torch.arange(4000) % 8]
    ways = {
        draw: registry.create("icgan", RING, draw=draw, bandwidth=0.2, **TINY)
        for draw in ("data", "density", "interpolation")
    }
    with noise.seeded(torch.device("cpu"), "test"):
        drawn = {draw: game.drawn(y) for draw, game in ways.items()}
    assert torch.equal(drawn["data"], y)
    apart = drawn["density"] - y
    assert math.isclose(float(apart.std()), 0.2, rel_tol=0.02)
    assert abs(float(apart.mean())) < 0.01
    between = drawn["interpolation"]
    torch.testing.assert_close(between.sum(1), torch.ones(4000))
    assert bool(((between > 0).sum(1) <= 2).all())
    own = (between * y).sum(1)
    assert math.isclose(float(own.mean()), 0.5, abs_tol=0.02)


def test_the_generator_stands_still_while_it_is_inverted():
    game = registry.create("icgan", RING, share=0.3, **TINY)
    assert game.stages(100) == {"cgan": 70, "encoders": 30}
    assert game.stages(1) == {"cgan": 1, "encoders": 0}


@pytest.mark.parametrize("options", [{"share": 1.0}, {"share": 0.0}, {"bandwidth": 0.0}, {"mismatch": -1.0}])
def test_bad_numbers_of_icgan_are_refused(options):
    with pytest.raises(UsageError, match="share must be in"):
        registry.create("icgan", RING, **options, **TINY)


@pytest.mark.parametrize("id", ["icgan", "bicogan", "age-cgan"])
def test_codes_end_with_the_condition_and_edits_change_nothing_else(id):
    game = registry.create(id, FACES, **TINY, **({"updates": 2} if id == "age-cgan" else {}))
    x = torch.rand(5, 3, 8, 8) * 2 - 1
    code = game.encode(x)
    assert code.shape == (5, 3 + 2)
    torch.testing.assert_close(game.reconstruct(x), game.decode(code))
    code[:, -1] = torch.arange(5.0)
    torch.testing.assert_close(game.edit(x, smile=torch.arange(5.0)), game.decode(code))
    with pytest.raises(UsageError, match="nothing called 'beard'"):
        game.edit(x, beard=1)


def test_the_extrinsic_factors_weight_grows_to_its_ceiling():
    game = registry.create("bicogan", RING, start=2.0, growth=0.1, ceiling=5.0, **TINY)
    seen = []
    for game.encoder.updates in (0, 5, 10, 10**6):
        seen.append(game.gamma)
    assert seen == pytest.approx([2.0, 2 * math.exp(0.5), 5.0, 5.0])
    with pytest.raises(UsageError, match="at least 0"):
        registry.create("bicogan", RING, start=-1.0, **TINY)


def test_classes_are_named_by_probabilities_and_attributes_are_not_classes():
    ring, faces = (registry.create("bicogan", spec, **TINY) for spec in (RING, FACES))
    x = torch.randn(4, 2)
    torch.testing.assert_close(ring.classify(x).exp(), ring.encode(x)[:, -8:], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ring.encode(x)[:, -8:].sum(1), torch.ones(4))
    assert faces.lacks == ("classify",)
    assert bool(((faces.encode(torch.zeros(2, 3, 8, 8))[:, -2:] - 0.5).abs() < 0.5).all())


def test_moving_the_latent_brings_the_person_back():
    far = []
    for updates in (0, 200):
        game = registry.create("age-cgan", RING, updates=updates, step_size=0.05, **TINY)
        torch.manual_seed(0)
        game.generator.net, game.recogniser.net = torch.nn.Linear(3 + 8, 2), torch.nn.Linear(2, 2)
        x = torch.randn(16, 2)
        code = game.encode(x)
        far.append(float((game.recogniser(game.decode(code)) - game.recogniser(x)).detach().square().sum()))
        assert torch.equal(code[:, 3:], game.y_encoder(x))
    assert far[1] < 1e-2 * far[0]


def test_samples_are_inverted_apart_from_each_other():
    game = registry.create("age-cgan", RING, updates=5, **TINY)
    x = torch.randn(6, 2)
    torch.testing.assert_close(game.encode(x)[2:3], game.encode(x[2:3]))


def test_ages_need_to_know_who_is_seen():
    with pytest.raises(UsageError, match="label says who"):
        registry.create("age-cgan", Images(3, 8, 8, attributes=("hat",)), **TINY)
    with pytest.raises(UsageError, match="updates of a latent"):
        registry.create("age-cgan", FACES, updates=-1, **TINY)
