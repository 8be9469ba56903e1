"""The gradient through the critic's foreseen steps, against finite differences and the real steps."""

import pytest
import torch

import rivals
from rivals.data.named import load
from rivals.game import Player
from rivals.networks import mlp
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.recipes.core.unrolled_gan import UnrolledGAN
from rivals.run import Run


def make(k: int, moved: int = 2) -> tuple[UnrolledGAN, torch.Tensor, torch.Tensor]:
    """A float64 game whose critic has already made some moves, with reals and latents."""
    torch.manual_seed(0)
    tanh = torch.nn.Tanh()
    game = UnrolledGAN(
        Player(mlp.generator(2, (2,), [3], tanh), adam(1e-2)),
        Player(mlp.critic((2,), [4], activation=tanh), adam(5e-2, (0.5, 0.99))),
        Gaussian(2),
        k,
    ).double()
    x, z = torch.randn(6, 2).double() + 1, torch.randn(6, 2).double()
    for _ in range(moved):
        really_move(game, x, z)
    return game, x, z


def really_move(game: UnrolledGAN, x: torch.Tensor, z: torch.Tensor) -> None:
    game.critic.optimizer.zero_grad()
    game.value(x, game.generator(z).detach()).mean().backward(inputs=game.critic.weights)
    game.critic.optimizer.step()
    game.critic.updates += 1


def foreseen(game: UnrolledGAN, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    fake = game.generator(z)
    return game.value(x, fake, game.unrolled(x, fake)).mean()


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("moved", [0, 2])
def test_gradient_through_the_steps_is_that_of_finite_differences(k: int, moved: int) -> None:
    game, x, z = make(k, moved)
    weights = game.generator.weights
    gradients = torch.autograd.grad(foreseen(game, x, z), weights)
    h = 1e-6
    for weight, gradient in zip(weights, gradients, strict=True):
        flat = weight.data.view(-1)
        for i in range(len(flat)):
            there = flat[i].item()
            flat[i] = there + h
            up = foreseen(game, x, z).item()
            flat[i] = there - h
            down = foreseen(game, x, z).item()
            flat[i] = there
            assert gradient.view(-1)[i].item() == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-9)


def test_the_steps_change_the_gradient() -> None:
    game, x, z = make(3)
    through = torch.autograd.grad(foreseen(game, x, z), game.generator.weights)
    fake = game.generator(z)
    ahead = {name: weight.detach() for name, weight in game.unrolled(x, fake).items()}
    without = torch.autograd.grad(game.value(x, fake, ahead).mean(), game.generator.weights)
    assert max((a - b).abs().max().item() / b.abs().max().item() for a, b in zip(through, without, strict=True)) > 0.01


def test_foreseen_weights_are_those_that_the_critic_would_reach() -> None:
    game, x, z = make(3)
    ahead = game.unrolled(x, game.generator(z))
    for _ in range(3):
        really_move(game, x, z)
    for name, weight in game.critic.net.named_parameters():
        torch.testing.assert_close(ahead[f"net.{name}"], weight, rtol=1e-10, atol=1e-10)


def test_no_steps_is_the_plain_game() -> None:
    game, x, z = make(0)
    assert torch.equal(foreseen(game, x, z), game.value(x, game.generator(z)).mean())


def test_a_critic_of_convolutions_whose_weights_lie_channels_last_is_unrolled_too():
    game = rivals.create("unrolled-gan", "digits", width=4, latent=4, unroll=2)
    Run(game, load("digits"), steps=2, batch=4).train()
    assert any(w.dim() == 4 and not w.is_contiguous() for w in game.critic.parameters())
