"""The three losses beside the critic's own: closed forms, and whose gradients they are."""

import pytest
import torch
from torch import nn

from rivals import noise, registry
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.game import Player
from rivals.objectives import Pass
from rivals.optim import sgd
from rivals.recipes.scaling.self_supervised_gan import SelfSupervised


def term(**weights: float) -> SelfSupervised:
    """A term whose features are the pixels, whose codes are they, too, and whose decoder gives a grey picture."""
    flat, same = nn.Flatten(), nn.Identity()
    grey = nn.Sequential(nn.Linear(16, 16), nn.Unflatten(1, (1, 4, 4)))
    for weight in grey.parameters():
        nn.init.zeros_(weight)
    trunk, code, decoder = (Player(net, sgd(1.0)) for net in (flat, same, grey))
    none = {"latents": 0.0, "pictures": 0.0, "triplets": 0.0}
    return SelfSupervised(trunk, code, decoder, **{**none, **weights})


def shown(real: torch.Tensor, fake: torch.Tensor, latent: torch.Tensor) -> Pass:
    return Pass(lambda x, labels=None: x.sum(), real, fake, None, fake.flatten(1).sum(1), latent, None, 0)


def test_latents_and_pictures_are_mean_squares() -> None:
    x, fake, z = torch.randn(3, 1, 4, 4), torch.randn(3, 1, 4, 4), torch.randn(3, 16)
    p = shown(x, fake, z)
    read = (fake.flatten(1) - z).square().mean(1)
    torch.testing.assert_close(term(latents=2.0).generator(p), 2 * read)
    torch.testing.assert_close(term(latents=2.0).critic(p), 2 * read)
    torch.testing.assert_close(term(pictures=3.0).critic(p), 3 * x.flatten(1).square().mean(1))


@pytest.mark.parametrize(("apart", "loss"), [(0.0, 1.0), (0.5, 0.75), (2.0, 0.0)])
def test_a_triplet_costs_what_its_margin_lacks(apart: float, loss: float) -> None:
    x = torch.zeros(2, 1, 4, 4)
    x[0, ..., 0, 0] = apart * 4  # a mean square of apart² between the two; the hole may hide it
    with noise.seeded(torch.device("cpu"), "holes"):
        costs = term(triplets=1.0).critic(shown(x, x, torch.zeros(2, 16)))
    assert costs[1].item() == pytest.approx(loss, abs=1e-6), "of the second picture, which no hole changes"


def test_the_critics_side_learns_from_all_and_the_generator_from_its_latents_alone() -> None:
    game = registry.create("self-supervised-gan", named.load("digits").spec, width=4, latent=4)
    assert isinstance(game, Adversarial)
    (extra,) = game.terms
    assert isinstance(extra, SelfSupervised)
    real, latent = torch.randn(6, 1, 8, 8), game.prior(6)
    p = game.look(real, game.fake(latent, None), latent, None, both=True)
    weights = [weight for player in (*game.critic.players[:1], *extra.critic_players) for weight in player.weights]
    gradients = torch.autograd.grad(extra.critic(p).mean(), weights, retain_graph=True)
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    (own,) = torch.autograd.grad(extra.generator(p).mean(), game.generator.players[0].weights[:1], retain_graph=True)
    assert own.abs().max() > 0
    extra.latents = 0.0
    (none,) = torch.autograd.grad(extra.generator(p).mean(), game.generator.players[0].weights[:1])
    assert none.abs().max() == 0
