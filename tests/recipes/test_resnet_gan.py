"""The Jensen-Shannon regulariser against finite differences, and the recipe that is built on it."""

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data import named
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.networks.resnet import Residual
from rivals.objectives import Pass
from rivals.penalties import js_regulariser
from rivals.run import Run

DIGITS = Images(1, 8, 8)


def seen(critic: nn.Module, real: torch.Tensor, fake: torch.Tensor, updates: int = 0) -> Pass:
    return Pass(critic, real, fake, critic(real), critic(fake), fake, None, updates)


def make() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1), nn.Flatten(0)).double()
    return critic, torch.randn(4, 3).double(), torch.randn(4, 3).double() + 1


def by_differences(critic: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """‖∇D(x)‖², (N,)."""
    steps = 1e-5 * torch.eye(3, dtype=torch.float64)
    return sum(((critic(x + h) - critic(x - h)) / 2e-5) ** 2 for h in steps)


def test_the_penalty_is_its_formula_with_slopes_by_finite_differences() -> None:
    critic, real, fake = make()
    value = js_regulariser(3.0)(seen(critic, real, fake))
    with torch.no_grad():
        weights = (1 - critic(real).sigmoid()) ** 2, critic(fake).sigmoid() ** 2
        expected = 1.5 * (weights[0] * by_differences(critic, real) + weights[1] * by_differences(critic, fake))
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-9)


def test_its_gradient_in_the_weights_is_that_of_finite_differences() -> None:
    critic, real, fake = make()
    penalty = js_regulariser(2.0)
    weights = list(critic.parameters())
    gradients = torch.autograd.grad(penalty(seen(critic, real, fake)).mean(), weights, allow_unused=True)
    for weight, gradient in zip(weights, gradients, strict=True):
        flat = weight.data.view(-1)
        for i in range(len(flat)):
            there, ends = flat[i].item(), []
            for h in (1e-6, -1e-6):
                flat[i] = there + h
                ends.append(penalty(seen(critic, real, fake)).mean().item())
            flat[i] = there
            assert gradient.view(-1)[i].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-8)


def test_nothing_is_penalised_where_the_critic_is_sure_and_right() -> None:
    critic = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Flatten(0)).double()
    nn.init.constant_(critic[0].weight, 50.0)
    right, wrong = torch.ones(3, 1).double(), -torch.ones(3, 1).double()
    assert js_regulariser()(seen(critic, right, wrong)).max().item() < 1e-12
    torch.testing.assert_close(js_regulariser(2.0)(seen(critic, wrong, right)), torch.full((3,), 5000.0).double())


def test_gamma_is_halved_after_its_half_life() -> None:
    critic, real, fake = make()
    full, kept = (js_regulariser(2.0)(seen(critic, real, fake, n)) for n in (0, 40))
    torch.testing.assert_close(full, kept)
    torch.testing.assert_close(js_regulariser(2.0, 20)(seen(critic, real, fake, 40)), full / 4)


def test_without_gamma_it_is_the_plain_game() -> None:
    source, options = named.load("digits"), {"width": 4, "latent": 4, "depth": 1}
    ours = registry.create("resnet-gan", DIGITS, gamma=0.0, **options)
    plain = registry.create("resnet-gan", DIGITS, penalties="[]", **options)
    for game in (ours, plain):
        Run(game, source, steps=2, batch=4, seed=1, save_every=10**9).train()
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_depth_counts_residual_blocks_at_each_size() -> None:
    game = registry.create("resnet-gan", DIGITS, width=4, latent=4, depth=3)
    for player in (game.generator, game.critic):
        assert sum(isinstance(m, Residual) for m in player.net.modules()) == 9


@pytest.mark.parametrize("options", [{"gamma": -1.0}, {"half_life": -1}, {"depth": 0}])
def test_options_without_a_meaning_are_refused(options: dict) -> None:
    with pytest.raises(UsageError, match="must be"):
        registry.create("resnet-gan", DIGITS, **{"width": 4, **options})
