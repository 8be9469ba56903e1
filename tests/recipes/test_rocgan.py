"""Two ways into one decoder: who moves, and what is left without the second one."""

import pytest
import torch

from rivals import registry
from rivals.data.sources import Arrays
from rivals.data.specs import Pairs, Points
from rivals.errors import UsageError
from rivals.run import Hooks, Run

PAIRS = Pairs(Points(3), Points(2))
TINY = {"width": 4, "code": 3}


def played(**options):
    torch.manual_seed(0)
    source = Arrays(PAIRS, {"x": torch.randn(16, 3), "y": torch.randn(16, 2)})
    records = []
    game = registry.create("rocgan", PAIRS, seed=0, **options, **TINY)
    before = {name: [w.clone() for w in player.weights] for name, player in game.players().items()}
    Run(game, source, steps=1, batch=8, log_every=1, hooks=Hooks(log=[records.append])).train()
    moved = {
        name for name, player in game.players().items()
        if any(not torch.equal(a, b) for a, b in zip(before[name], player.weights, strict=True))
    }  # fmt: skip
    losses = {name.rpartition("/")[2]: value for name, value in records[0].items() if name.startswith("loss/")}
    return game, moved, losses


def test_both_encoders_move_with_the_one_decoder():
    game, moved, losses = played()
    assert moved == set(game.players()) == {"G.links.0", "G.links.1", "a", "D"}
    assert {"fool", "l1", "copy", "latent"} <= set(losses)


def test_without_the_second_way_it_is_pix2pix_losses_alone():
    _, moved, losses = played(copying=0.0, latent=0.0)
    assert moved == {"G.links.0", "G.links.1", "D"}
    assert {"copy", "latent"} & set(losses) == set()
    assert losses["l1"] == pytest.approx(played()[2]["l1"])


def test_the_losses_are_what_they_are_called():
    game = registry.create("rocgan", PAIRS, copying=2.0, latent=3.0, weight=5.0, **TINY)
    x, y = torch.randn(6, 3), torch.randn(6, 2)
    e, d = game.G.players
    held = game.held(x, y, game.G(x))
    torch.testing.assert_close(held["l1"], 5 * (d(e(x)) - y).abs().mean(1))
    torch.testing.assert_close(held["copy"], 2 * (d(game.a(y)) - y).abs().mean(1))
    torch.testing.assert_close(held["latent"], 3 * (e(x) - game.a(y)).abs().mean(1))


def test_negative_weights_are_refused():
    with pytest.raises(UsageError, match="at least 0"):
        registry.create("rocgan", PAIRS, latent=-1.0, **TINY)
