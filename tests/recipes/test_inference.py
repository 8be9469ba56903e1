"""Games with an encoder: what each of their losses moves, and what it does not."""

from typing import Any

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data import named
from rivals.data.specs import Points
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.nn.gaussian import drawn
from rivals.optim import sgd
from rivals.recipes.inference.alpha_gan import AlphaGAN
from rivals.recipes.inference.autoencoder import AutoEncoder
from rivals.recipes.inference.bigan import BiGAN
from rivals.recipes.inference.degan import DEGAN
from rivals.recipes.inference.vae_gan import VAEGAN
from rivals.run import Run


def stepped(game: Game, data: str = "ring", steps: int = 1) -> Any:
    Run(game, named.load(data), steps=steps, batch=16, seed=3).train()
    return game


def same(a: Player, b: Player) -> bool:
    return all(torch.equal(v, w) for v, w in zip(a.weights, b.weights, strict=True))


def linear(weight: torch.Tensor) -> Player:
    layer = nn.Linear(2, 2, bias=False)
    layer.weight.data.copy_(weight)
    return Player(layer, sgd(0.0))


def copier(noise: float = 0.0) -> AutoEncoder:
    return AutoEncoder(Points(2), linear(torch.eye(2)), linear(2 * torch.eye(2)), noise)


def test_an_autoencoders_samples_follow_a_gaussian_fit_of_its_codes() -> None:
    game = copier()
    torch.manual_seed(0)
    game.examples.copy_(torch.randn(512, 2) @ torch.tensor([[1.0, 0.5], [0.0, 0.3]]) + 1)
    made, codes = game.sample(20_000), 2 * game.examples
    torch.testing.assert_close(made.mean(0), codes.mean(0), atol=0.05, rtol=0)
    torch.testing.assert_close(torch.cov(made.T), torch.cov(codes.T), atol=0.1, rtol=0)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_only_the_encoder_sees_the_noise(noise: float) -> None:
    game, seen = copier(noise), []
    game.encoder.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    source = named.load("ring")
    Run(game, source, steps=1, batch=4096, seed=3).train()
    (x,) = source.draw([source.main], seed=3, start=0, size=4096)
    assert (seen[0] - x).std().item() == pytest.approx(noise, abs=0.02)


def test_negative_noise_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 0"):
        registry.create("autoencoder", Points(2), noise=-1.0)


def test_ali_is_bigan_with_codes_that_are_drawn() -> None:
    game = registry.create("ali", Points(2), seed=1, width=4, latent=3)
    x = torch.randn(5, 2)
    game.train()
    assert isinstance(game, BiGAN)
    assert not torch.equal(game.encoder(x), game.encoder(x))
    assert torch.equal(game.encode(x), game.encode(x))


def vae_gan(**options: Any) -> VAEGAN:
    game = stepped(registry.create("vae-gan", Points(2), seed=1, width=4, latent=3, **options))
    assert isinstance(game, VAEGAN)
    return game


def test_gamma_weighs_the_likeness_for_the_decoder_alone() -> None:
    a, b = vae_gan(gamma=0.0), vae_gan(gamma=100.0)
    assert same(a.encoder, b.encoder)
    for mine, theirs in zip(a.critic.players, b.critic.players, strict=True):
        assert same(mine, theirs)
    assert not same(a.generator, b.generator)


def test_the_encoder_of_a_vae_gan_has_no_word_in_the_critics_game() -> None:
    games = []
    for scale in (1.0, 3.0):
        game = registry.create("vae-gan", Points(2), seed=1, width=4, latent=3)
        assert isinstance(game, VAEGAN)
        for weight in game.critic.players[1].weights:
            weight.data.mul_(scale)
        games.append(stepped(game))
    assert same(games[0].encoder, games[1].encoder)
    assert not same(games[0].generator, games[1].generator)


@pytest.mark.parametrize(
    ("side", "moved", "still"), [("critic", "generator", "encoder"), ("codes", "encoder", "generator")]
)
def test_each_critic_of_an_alpha_gan_speaks_to_one_side(side: str, moved: str, still: str) -> None:
    games = []
    for scale in (1.0, 3.0):
        game = registry.create("alpha-gan", Points(2), seed=1, width=4, latent=3)
        assert isinstance(game, AlphaGAN)
        for weight in getattr(game, side).weights:
            weight.data.mul_(scale)
        games.append(stepped(game))
    assert same(getattr(games[0], still), getattr(games[1], still))
    assert not same(getattr(games[0], moved), getattr(games[1], moved))


def degan(steps: int, **options: Any) -> DEGAN:
    game = registry.create(
        "degan", named.load("digits").spec, seed=1, width=4, latent=3, hidden=(8,), share=0.5, **options
    )
    stepped(game, "digits", steps)
    assert isinstance(game, DEGAN)
    return game


def test_degan_learns_its_codes_first_and_leaves_them_alone_afterwards() -> None:
    game = degan(6)
    assert game.stages(6) == {"codes": 3, "train": 3}
    assert game.stages(1) == {"codes": 1, "train": 1}
    assert [p.updates for p in (game.coder.encoder, game.coder.decoder, game.generator.players[0])] == [3, 3, 3]


def test_the_generator_may_start_as_a_copy_of_the_decoder() -> None:
    game = degan(6, copy=True)
    assert [p.updates for p in (game.coder.decoder, game.critic.players[0], game.generator.players[0])] == [3, 3, 6]


def test_degans_latents_are_codes_of_what_its_decoder_makes() -> None:
    game = degan(2)
    torch.manual_seed(5)
    latents = game.prior(4)
    torch.manual_seed(5)
    made = 2 * game.coder.decoder(game.coder.prior(4)).sigmoid() - 1
    torch.testing.assert_close(latents, drawn(game.coder.encoder(made)))
    assert not latents.requires_grad


def test_a_share_outside_of_the_steps_is_refused() -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        registry.create("degan", named.load("digits").spec, share=1.0)
