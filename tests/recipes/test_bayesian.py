"""The posterior's terms with and without labels, and the classes' probabilities averaged over chains."""

import torch
import torch.nn.functional as F
from torch import nn

from rivals.data.sources import Arrays
from rivals.data.specs import Points
from rivals.optim import sghmc
from rivals.priors import Gaussian
from rivals.recipes.core.bayesian_gan import BayesianGAN
from rivals.run import Run
from rivals.verbs import abilities


def source(n=40):
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(1))
    return Arrays(Points(2, 3), {"point": x, "label": torch.arange(n) % 3}, name="x")


def make(labels: int, unlabelled: float = 1.0) -> tuple[BayesianGAN, dict]:
    """A game whose critics' losses are kept at every move."""
    torch.manual_seed(0)
    nets = [nn.Linear(2, 3) if labels else nn.Sequential(nn.Linear(2, 1), nn.Flatten(0)) for _ in range(2)]
    few = {"classes": 3, "labels": labels, "unlabelled": unlabelled}
    gs = [nn.Linear(2, 2) for _ in range(2)]
    game = BayesianGAN(gs, nets, Gaussian(2), sampler=lambda n: sghmc(0.01), std=1.0, observed=10, **few)
    kept: dict = {}
    plain = game.posterior

    def posterior(player, loss):
        kept[player] = loss.detach()
        return plain(player, loss)

    game.posterior = posterior
    return game, kept


def test_labels_alone_leave_the_cross_entropy():
    game, kept = make(6, unlabelled=0.0)
    weights = [{k: v.clone() for k, v in d.net.state_dict().items()} for d in game.critics]
    run = Run(game, source(), steps=1, batch=8, seed=4)
    run.train()
    x, label = run.source.draw(("labelled", "labelled label"), seed=4, start=0, size=8)
    for d, w in zip(game.critics, weights, strict=True):
        by_hand = F.cross_entropy(F.linear(x, w["weight"], w["bias"]), label, reduction="none")
        torch.testing.assert_close(kept[d], by_hand)


def test_without_labels_it_is_the_plain_game_and_has_no_error():
    game, kept = make(0)
    data = source()
    Run(game, data, steps=1, batch=8, seed=4).train()
    assert all(loss.shape == (8,) for loss in kept.values())
    assert "classify" not in abilities(game)
    assert game.feed(data) is data


def test_chains_vote_by_their_mean_probability():
    game, _ = make(6)
    x = torch.randn(5, 2)
    by_hand = torch.stack([d(x).softmax(1) for d in game.critics]).mean(0).log()
    torch.testing.assert_close(game.classify(x), by_hand.detach())
