"""Free energy and partition against sums over all states, the move against the textbook's update."""

import itertools

import pytest
import torch

from rivals import noise, registry, verbs
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.networks.boltzmann import Restricted
from rivals.run import Run


def states(n):
    return torch.tensor(list(itertools.product([0.0, 1.0], repeat=n)), dtype=torch.double)


def restricted(visible, hidden):
    torch.manual_seed(0)
    net = Restricted(visible, hidden).double()
    for weight in net.parameters():
        torch.nn.init.normal_(weight)
    return net


@pytest.mark.parametrize(("visible", "hidden"), [(4, 3), (3, 5), (3, 3)])
def test_free_energy_and_partition_are_sums_over_all_states(visible, hidden):
    net = restricted(visible, hidden)
    v, h = states(visible), states(hidden)
    energy = -(v @ net.visible)[:, None] - h @ net.hidden - v @ net.weight @ h.T
    torch.testing.assert_close(net(v), -(-energy).logsumexp(1))
    torch.testing.assert_close(net.log_partition(), (-energy).flatten().logsumexp(0))
    posterior = torch.softmax(-energy, 1) @ h
    torch.testing.assert_close(net.up(v).sigmoid(), posterior)
    torch.testing.assert_close(net.down(h).sigmoid(), torch.softmax(-energy, 0).T @ v)


def make(hidden=3, **options):
    game = registry.create("rbm", Images(1, 2, 2), seed=1, hidden=hidden, **options)
    with torch.no_grad():
        for weight in game.parameters():
            weight.normal_()
    return game


def test_probabilities_of_all_pictures_add_up_to_one():
    every = (2 * states(4).float() - 1).view(-1, 1, 2, 2)
    assert make().log_prob(every).exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_chains_end_where_the_model_says():
    game, v = make(chain=60), states(4).float()
    truth = game.log_prob((2 * v - 1).view(-1, 1, 2, 2)).exp() @ v
    with noise.seeded(game.device, "test"), game.presenting():
        drawn = game.gibbs(torch.zeros(20_000, 4), 60)
        shown = (game.generate(20_000).flatten(1) + 1) / 2
    torch.testing.assert_close(drawn.mean(0), truth, atol=0.02, rtol=0)
    torch.testing.assert_close(shown.mean(0), truth, atol=0.02, rtol=0)


def test_a_move_is_contrastive_divergence():
    source = named.load("digits")
    game = registry.create("rbm", source.spec, seed=1, hidden=5, rate=1.0, momentum=0.0, k=2)
    before = [w.clone() for w in game.net.weights]
    seen = {}
    gibbs = game.gibbs
    game.gibbs = lambda v, steps: seen.setdefault("there", gibbs(seen.setdefault("v", v), steps))
    Run(game, source, steps=1, batch=7).train()
    w, _, c = before
    v, there = seen["v"], seen["there"]
    up = [(each @ w + c).sigmoid() for each in (v, there)]
    update = (v.T @ up[0] - there.T @ up[1]) / 7, (v - there).mean(0), (up[0] - up[1]).mean(0)
    for old, new, expected in zip(before, game.net.weights, update, strict=True):
        torch.testing.assert_close(new - old, expected, atol=1e-6, rtol=1e-4)
    assert set(v.unique().tolist()) == {0.0, 1.0}


def test_a_short_training_beats_independent_pixels():
    source = named.load("digits")
    game = registry.create("rbm", source.spec, seed=101, hidden=16, rate=0.3)
    Run(game, source, steps=300, batch=64, seed=101).train()
    x = decoded(source.test.first(source.test.main, 450))
    grey = ((decoded(source.first(source.main, 1347)) + 1) / 2).mean(0).clamp(1e-3, 1 - 1e-3)
    with noise.seeded(game.device, "log_prob", 0):
        drawn = (game.seen(x) + 1) / 2
    alone = torch.distributions.Bernoulli(grey).log_prob(drawn).flatten(1).sum(1).mean()
    assert game.log_prob(x).mean() > alone + 1.5


def test_the_likelihood_is_there_where_it_can_be_counted():
    assert "log_prob" in verbs.abilities(registry.create("rbm", Images(1, 8, 8), hidden=16))
    assert "log_prob" not in verbs.abilities(registry.create("rbm", Images(1, 8, 8), hidden=17))
    with pytest.raises(UsageError, match="16 at most"):
        registry.create("rbm", Images(1, 8, 8), hidden=17).log_prob(torch.zeros(1, 1, 8, 8))
    for wrong in ({"k": 0}, {"chain": 0}, {"hidden": 0}):
        with pytest.raises(UsageError, match="at least one"):
            registry.create("rbm", Images(1, 8, 8), **wrong)
