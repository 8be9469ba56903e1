"""Priors in parts, and who tells whom what in the three kinds of adversarial auto-encoder."""

import math
from typing import Any

import pytest
import torch

from rivals import parts, registry
from rivals.coded import AAE, SemiSupervisedAAE, SupervisedAAE
from rivals.data import named
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.run import Run

DIGITS = Images(1, 8, 8, classes=10)


def test_a_petal_lies_on_its_ray() -> None:
    torch.manual_seed(0)
    prior = parts.make("prior", "mixture(8, radius=2, long=0.5, short=0.1)")
    for k in (0, 3):
        z = prior.at(torch.full((20_000,), k))
        ray = torch.tensor([math.cos(math.pi * k / 4), math.sin(math.pi * k / 4)])
        across = torch.tensor([-ray[1], ray[0]])
        torch.testing.assert_close(z.mean(0), 2 * ray, atol=0.02, rtol=0)
        assert (z @ ray).std().item() == pytest.approx(0.5, rel=0.03)
        assert (z @ across).std().item() == pytest.approx(0.1, rel=0.03)


def test_the_roll_is_one_curve_in_pieces() -> None:
    torch.manual_seed(0)
    prior = parts.make("prior", "swiss_roll(4, radius=2, turns=1)")
    for k in range(4):
        z = prior.at(torch.full((5000,), k))
        radius = z.norm(dim=1)
        assert radius.min() >= 2 * math.sqrt(k / 4) - 1e-5
        assert radius.max() <= 2 * math.sqrt((k + 1) / 4) + 1e-5
        angle = torch.atan2(z[:, 1], z[:, 0]) % (2 * math.pi)
        turn = (angle - math.pi * radius + math.pi) % (2 * math.pi) - math.pi  # φ = 2π r / R
        assert turn.abs().max() < 1e-3


@pytest.mark.parametrize("text", ["mixture(0)", "mixture(long=0)", "swiss_roll(turns=0)"])
def test_priors_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parts.make("prior", text)


def test_the_options_choose_the_kind() -> None:
    def kind(**options: Any) -> type:
        return type(registry.create("aae", DIGITS, hidden=(8,), **options))

    assert kind() is AAE
    assert kind(supervised=True, prior="mixture(10)") is SupervisedAAE
    assert kind(labels=20) is SemiSupervisedAAE


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (Points(2), {"labels": 10}),
        (Points(2), {"supervised": True, "prior": "mixture(10)"}),
        (DIGITS, {"supervised": True}),
        (DIGITS, {"supervised": True, "prior": "mixture(9)"}),
        (DIGITS, {"supervised": True, "prior": "mixture(10)", "labels": 10}),
    ],
)
def test_labels_that_do_not_fit_are_refused(data: Points | Images, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        registry.create("aae", data, **options)


def test_a_label_decodes_a_draw_of_its_part() -> None:
    game = registry.create("aae", DIGITS, hidden=(8,), supervised=True, prior="mixture(10)")
    assert isinstance(game, SupervisedAAE)
    seen: list[torch.Tensor] = []
    game.generator.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    game.sample(64, label=3)
    angle = torch.atan2(seen[0][:, 1], seen[0][:, 0])
    assert (angle - 0.6 * math.pi).abs().median() < 0.2


def test_the_supervised_critic_is_told_the_label_of_code_and_draw_alike() -> None:
    game = registry.create("aae", DIGITS, hidden=(8,), supervised=True, prior="mixture(10)")
    assert isinstance(game, SupervisedAAE)
    seen: list[torch.Tensor] = []
    game.critic.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    Run(game, named.load("digits"), steps=1, batch=6).train()
    real, code, again = seen
    assert torch.equal(real[:, 2:], code[:, 2:])
    assert torch.equal(code, again)
    assert real[:, 2:].sum(1).tolist() == [1.0] * 6
    assert not code.requires_grad
    assert again.requires_grad


def test_a_semi_supervised_code_is_classes_and_style() -> None:
    game = registry.create("aae", DIGITS, hidden=(8,), labels=10, prior="gaussian(3)")
    assert isinstance(game, SemiSupervisedAAE)
    Run(game, named.load("digits"), steps=2, batch=6).train()
    x = torch.rand(5, 1, 8, 8)
    code, named_as = game.encode(x), game.classify(x)
    assert code.shape == (5, 13)
    torch.testing.assert_close(code[:, :10].sum(1), torch.ones(5))
    torch.testing.assert_close(named_as.exp(), code[:, :10])
    assert game.sample(3, label=4).shape == (3, 1, 8, 8)
    assert game.decode(code).shape == x.shape


def test_without_labels_it_cannot_classify() -> None:
    assert not hasattr(registry.create("aae", DIGITS, hidden=(8,)), "classify")
