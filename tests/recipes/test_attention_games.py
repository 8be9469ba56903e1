"""SAGAN: what it is with and without labels and attention, and the score of its claim."""

import pytest
import torch
from torch.nn.utils import parametrize

from rivals import registry
from rivals.benchmark import measures
from rivals.data import named
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError
from rivals.nn.attention import Attention
from rivals.run import Run

DIGITS = Images(1, 8, 8, classes=10)


def test_labels_are_used_where_there_are_some() -> None:
    assert registry.create("sagan", DIGITS, width=4, latent=4).classes == 10
    assert registry.create("sagan", DIGITS, width=4, latent=4, conditional=False).classes == 0
    assert registry.create("sagan", Images(1, 8, 8), width=4, latent=4).classes == 0


def test_both_networks_are_spectrally_normed_and_attend_at_the_largest_map() -> None:
    game = registry.create("sagan", Images(3, 64, 64), width=4, latent=4)
    for player in (game.generator, game.critic):
        weighed = [m for m in player.net.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)]
        assert all(parametrize.is_parametrized(m) for m in weighed)
        assert sum(isinstance(m, Attention) for m in player.net.modules()) == 1
    attention = next(m for m in game.critic.net.modules() if isinstance(m, Attention))
    seen: list[torch.Size] = []
    attention.register_forward_hook(lambda layer, given, out: seen.append(out.shape))
    game.critic(torch.randn(2, 3, 64, 64))
    assert seen[0][2:] == (32, 32)


def test_the_critic_learns_four_times_as_fast() -> None:
    game = registry.create("sagan", DIGITS, width=4, latent=4)
    rates = [player.optimizer.param_groups[0]["lr"] for player in (game.generator, game.critic)]
    assert rates == [1e-4, 4e-4]


def test_a_side_that_no_map_has_is_refused() -> None:
    with pytest.raises(UsageError, match="attention can be at 2, 4"):
        registry.create("sagan", DIGITS, attention=3)


def test_without_attention_the_critic_adds_up_what_far_corners_say() -> None:
    """So no such critic can see whether two corners match, and one with attention can."""
    a, b, c, d = named.load("matching-pairs").first("image", 4).double().div(127.5).sub(1).unbind()

    def mixed(upper: torch.Tensor, lower: torch.Tensor) -> torch.Tensor:
        x = upper.clone()
        x[:, 8:, 8:] = lower[:, 8:, 8:]
        return x

    batch = torch.stack([mixed(a, b), mixed(c, d), mixed(a, d), mixed(c, b)])
    for attention in (0, 8):
        game = registry.create("sagan", named.load("matching-pairs").spec, width=8, latent=4, attention=attention)
        game.double()
        for layer in game.critic.modules():
            if isinstance(layer, Attention):
                torch.nn.init.constant_(layer.gamma, 5.0)
        with game.presenting():
            first, second, third, fourth = game.critic(batch)
        apart = abs((first + second - third - fourth).item())
        assert apart < 1e-12 if attention == 0 else apart > 1e-9


def test_matches_are_counted(tmp_path) -> None:
    game = registry.create("sagan", named.load("matching-pairs").spec, width=8, latent=4)
    Run(game, named.load("matching-pairs"), steps=1, batch=8, seed=0, save_every=10**9).train()
    game.save_pretrained(tmp_path / "model")
    figure = measures.find("match")(tmp_path / "model", "matching-pairs", 0, None)
    assert 0 <= figure.value <= 1
    with pytest.raises(RivalsError, match="use matching-pairs"):
        measures.find("match")(tmp_path / "model", "digits", 0, None)
