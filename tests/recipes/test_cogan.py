"""Coupled games: what is shared is one player, and the parts that are cut do what the whole did."""

import pytest
import torch

from rivals import networks, owners, registry
from rivals.data.sources import Arrays
from rivals.data.specs import Images, Points, Unpaired
from rivals.errors import UsageError
from rivals.networks.coupled import cut
from rivals.run import Hooks, Run

DOMAINS = Unpaired(Images(1, 8, 8, classes=3), Images(3, 8, 8))
TINY = {"width": 4, "latent": 5}


@pytest.mark.parametrize("layers", [1, 2, -1, -2])
def test_two_parts_do_what_the_whole_did(layers):
    whole = networks.generator(Points(2), 4, 8)
    front, back = cut(whole, layers)
    z = torch.randn(3, 4)
    assert torch.equal(back(front(z)), whole(z))
    weighed = [sum(isinstance(x, torch.nn.Linear) for x in part) for part in (front, back)]
    assert weighed[1 if layers > 0 else 0] == abs(layers)


@pytest.mark.parametrize("layers", [0, 4, -4])
def test_a_part_without_layers_is_refused(layers):
    with pytest.raises(UsageError, match="1 to 3 can be set apart"):
        cut(networks.generator(Points(2), 4, 8), layers)


def test_shared_layers_are_one_player_and_unshared_ones_two():
    together, apart = (registry.create("cogan", DOMAINS, shared=shared, **TINY) for shared in (True, False))
    assert together.made[0].links[0] is together.made[1].links[0]
    assert together.trunks[0].links[1] is together.trunks[1].links[1]
    assert together.judge[0] is together.judge[1]
    assert apart.made[0].links[0] is not apart.made[1].links[0]
    assert apart.judge[0] is not apart.judge[1]
    assert len(apart.players()) == len(together.players()) + 3
    for game in (together, apart):
        owners.check(game)


def test_one_latent_makes_both_halves_of_a_pair_and_samples_are_the_second():
    game = registry.create("cogan", DOMAINS, **TINY)
    x, y = game.joint(4, seed=1)
    assert x.shape == (4, 1, 8, 8)
    assert y.shape == (4, 3, 8, 8)
    assert torch.equal(game.joint(4, seed=1)[0], x)
    assert not torch.equal(game.joint(4, seed=2)[0], x)
    assert game.sample(2).shape == (2, 3, 8, 8)


def played(**options):
    n = 16
    torch.manual_seed(0)
    fields = {"x": torch.rand(n, 1, 8, 8), "label": torch.arange(n) % 3, "y": torch.rand(n, 3, 8, 8)}
    source = Arrays(DOMAINS, fields, groups={"x": "x", "label": "x", "y": "y"})
    records = []
    game = registry.create("cogan", DOMAINS, seed=0, **options, **TINY)
    Run(game, source, steps=1, batch=8, log_every=1, hooks=Hooks(log=[records.append])).train()
    return game, {name.rpartition("/")[2]: value for name, value in records[0].items() if name.startswith("loss/")}


def test_labels_of_one_domain_name_the_other():
    game, losses = played(naming=2.0)
    assert "naming" in losses
    assert "alike" not in losses
    x, y = torch.rand(5, 1, 8, 8), torch.rand(5, 3, 8, 8)
    for found in (game.classify(x), game.adapted(y)):
        torch.testing.assert_close(found.exp().sum(1), torch.ones(5))
    assert registry.create("cogan", Unpaired(Points(2), Points(2)), **TINY).lacks == ("classify",)


def test_features_of_a_pair_can_be_drawn_together():
    weak, strong = played(alike=1.0)[1]["alike"], played(alike=3.0)[1]["alike"]
    assert strong == pytest.approx(3 * weak)


def test_what_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="two domains of one size"):
        registry.create("cogan", Unpaired(Images(1, 8, 8), Images(1, 16, 16)), **TINY)
    with pytest.raises(UsageError, match="can be set apart"):
        registry.create("cogan", DOMAINS, private=9, **TINY)
    with pytest.raises(UsageError, match="at least 0"):
        registry.create("cogan", DOMAINS, naming=-1.0, **TINY)
