"""Every level of a LAPGAN is trained apart, and samples go from coarse to fine."""

import pytest
import torch

from rivals import registry
from rivals.contract import fingerprint
from rivals.data import named
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.nn.pyramid import larger
from rivals.run import Run

OPTIONS = {"width": 4, "hidden": (8, 8), "latent": 4}


def test_no_level_has_a_gradient_in_another_ones_players() -> None:
    game = registry.create("lapgan", Images(1, 8, 8), levels=2, **OPTIONS)
    source = named.load("digits")
    losses: list[tuple[object, torch.Tensor]] = []
    run = Run(game, source, steps=1, batch=4)
    vars(run)["descend"] = lambda *moves: losses.extend(moves)
    game.step(run)
    assert len(losses) == 6
    for player, loss in losses:
        level = [*game.critics, *game.generators].index(player) % 3
        for k in range(3):
            weights = [*game.generators[k].parameters(), *game.critics[k].parameters()]
            gradients = torch.autograd.grad(loss.mean(), weights, allow_unused=True, retain_graph=True)
            reached = any(g is not None and g.abs().max() > 0 for g in gradients)
            assert reached == (k == level)


def test_a_level_trained_alone_ends_as_it_does_with_the_others() -> None:
    """Up to noise, which all levels draw from: so the others are left to draw, and not to move."""
    source, ends = named.load("digits"), []
    for alone in (False, True):
        game = registry.create("lapgan", Images(1, 8, 8), levels=2, seed=3, **OPTIONS)
        if alone:
            frozen = [*game.generators[1:].children(), *game.critics[1:].children()]
            for player in frozen:
                player._schedule = lambda updates: 0.0
        Run(game, source, steps=3, batch=4, seed=1, save_every=10**9).train()
        ends.append((fingerprint(game.generators[0].net), fingerprint(game.generators[2].net)))
    assert ends[0][0] == ends[1][0]
    assert ends[0][1] != ends[1][1]


def test_samples_add_each_levels_band_to_the_level_below() -> None:
    game = registry.create("lapgan", Images(1, 28, 28), levels=2, **OPTIONS)
    assert game.shapes == ((1, 28, 28), (1, 14, 14), (1, 7, 7))
    for generator in list(game.generators)[:-1]:
        last = generator.net.net[-1]
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
    with game.presenting():
        torch.manual_seed(0)
        made = game.generate(3)
        torch.manual_seed(0)
        coarse = game.generators[2](torch.randn(3, 4))
    torch.testing.assert_close(made, larger(larger(coarse, (14, 14)), (28, 28)).clamp(-1, 1))


@pytest.mark.parametrize("levels", [0, 3])
def test_levels_that_leave_nothing_are_refused(levels: int) -> None:
    with pytest.raises(UsageError, match="levels must be 1 or more and leave 2 pixels"):
        registry.create("lapgan", Images(1, 8, 8), levels=levels)
