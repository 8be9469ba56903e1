"""Panels and mixtures against their members one by one."""

import pytest
import torch
from torch import nn

from rivals.ensemble import Mixture, Panel, in_turn
from rivals.errors import UsageError
from rivals.game import Player, players_of
from rivals.networks import mlp
from rivals.optim import sgd


def test_a_panels_columns_are_its_critics() -> None:
    critics = [Player(mlp.critic((2,), [3]), sgd(0.1)) for _ in range(3)]
    panel, x = Panel(*critics), torch.randn(5, 2)
    assert panel(x).shape == (5, 3)
    for i, critic in enumerate(critics):
        torch.testing.assert_close(panel(x)[:, i], critic(x))
    assert players_of([panel]) == tuple(critics)
    with pytest.raises(UsageError, match="at least 1 critic"):
        Panel()


@pytest.mark.parametrize("own", ["first", "last"])
def test_a_mixture_is_its_generators_with_the_shared_layers_of_the_first(own: str) -> None:
    nets = [mlp.generator(2, (2,), [4, 4]) for _ in range(3)]
    mixture, z = Mixture(nets, own), torch.randn(6, 2)
    who = torch.tensor([0, 2, 1, 1, 0, 2])
    made = mixture(torch.cat([z, torch.eye(3)[who]], 1))
    layer = 0 if own == "first" else -1
    for i, k in enumerate(who.tolist()):
        layers = list(nets[0].children())
        layers[layer] = list(nets[k].children())[layer]
        torch.testing.assert_close(made[i], nn.Sequential(*layers)(z[i : i + 1])[0])


def test_a_generator_that_made_nothing_gets_no_gradient_of_its_own() -> None:
    mixture = Mixture([mlp.generator(2, (2,), [4]) for _ in range(3)], "last")
    who = torch.eye(3)[torch.tensor([0, 2, 2, 0])]
    mixture(torch.cat([torch.randn(4, 2), who], 1)).square().sum().backward()
    reached = [any(bool(w.grad.abs().sum() > 0) for w in own.parameters()) for own in mixture.own]
    assert reached == [True, False, True]


def test_makers_take_turns_or_are_named() -> None:
    made = [torch.full((5, 2), float(k)) for k in range(3)]
    assert in_turn(made)[:, 0].tolist() == [0, 1, 2, 0, 1]
    assert in_turn(made, torch.tensor([2, 2, 0, 1, 0]))[:, 0].tolist() == [2, 2, 0, 1, 0]
