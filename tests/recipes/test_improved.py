"""Feature matching, historical averaging and label smoothing in closed form; the recipe's own choices."""

import copy

import pytest
import torch
from torch import nn

from rivals import parts, registry
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.data.sources import Arrays
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import mlp
from rivals.objectives import non_saturating
from rivals.optim import sgd
from rivals.priors import Gaussian
from rivals.run import Hooks, Run
from rivals.semi import SemiSupervised

TINY = {"hidden": (16, 8), "width": 8, "latent": 8}


def game(terms=(), objective=None, rate=0.1) -> Adversarial:
    torch.manual_seed(0)
    return Adversarial(
        generator=Player(mlp.generator(2, (2,), [3], nn.Tanh()), sgd(rate)),
        critic=Player(mlp.critic((2,), [4], activation=nn.Tanh()), sgd(rate)),
        prior=Gaussian(2),
        objective=objective or non_saturating(),
        terms=[parts.make("term", term) for term in terms],
    )


def source(n=32):
    return Arrays(Points(2), {"point": torch.randn(n, 2, generator=torch.Generator().manual_seed(1))}, name="x")


def test_feature_matching_is_the_squared_distance_of_mean_hidden_layers():
    played = game(["feature_matching(3)"])
    real, latent = torch.randn(7, 2), torch.randn(7, 2)
    fake = played.generator(latent)
    loss = played.terms[0].generator(played.look(real, fake, latent, None, both=False))
    flatten, first, tanh, *_ = played.critic.net
    apart = tanh(first(flatten(real))).mean(0) - tanh(first(flatten(fake))).mean(0)
    torch.testing.assert_close(loss, 3 * (apart**2).sum())


def test_matching_alone_leaves_the_generators_objective_out():
    objective = parts.make("objective", "critic_only(of='non_saturating(smooth=0.9)')")
    played = game(["feature_matching"], objective)
    real, latent = torch.randn(7, 2), torch.randn(7, 2)
    p = played.look(real, played.generator(latent), latent, None, both=False)
    whole = objective.generator(p.fake_logits).mean() + played.terms[0].generator(p)
    ours = torch.autograd.grad(whole, played.generator.weights, retain_graph=True)
    alone = torch.autograd.grad(played.terms[0].generator(p), played.generator.weights)
    assert all(torch.equal(a, b) for a, b in zip(ours, alone, strict=True))
    r, f = torch.randn(4), torch.randn(4)
    by_hand = -0.9 * torch.sigmoid(r).log() - 0.1 * torch.sigmoid(-r).log() - torch.sigmoid(-f).log()
    torch.testing.assert_close(objective.critic(r, f), by_hand)


@pytest.mark.parametrize("name", ["non_saturating", "minimax"])
def test_smoothing_is_of_reals_alone(name):
    smooth, plain = parts.make("objective", f"{name}(smooth=0.8)"), parts.make("objective", name)
    r, f = torch.randn(5).double(), torch.randn(5).double()
    by_hand = -0.8 * torch.sigmoid(r).log() - 0.2 * torch.sigmoid(-r).log() - torch.sigmoid(-f).log()
    torch.testing.assert_close(smooth.critic(r, f), by_hand)
    assert torch.equal(smooth.generator(f), plain.generator(f))
    for bad in (0.5, 1.1):
        with pytest.raises(UsageError, match=r"above 0\.5 and at most 1"):
            parts.make("objective", f"{name}(smooth={bad})")


@pytest.mark.parametrize("accumulate", [1, 2])
def test_historical_averaging_measures_from_the_mean_of_all_states(accumulate):
    played, seen, losses = game(["historical_averaging(2)"]), [], []
    term = played.terms[0]
    original = term.critic

    def critic(p):
        seen.append([w.detach().clone() for w in played.critic.weights])
        losses.append(original(p).item())
        return torch.tensor(losses[-1])  # the value alone: weights then move by the objective

    term.critic = critic
    Run(played, source(), steps=4, batch=8, seed=0, accumulate=accumulate).train()
    states = seen[::accumulate]
    assert len(states) == 4
    for i in range(len(seen)):
        t = i // accumulate + 1
        means = [torch.stack(ws).mean(0) for ws in zip(*states[:t], strict=True)]
        by_hand = 2 * sum((w - m).square().sum().item() for w, m in zip(seen[i], means, strict=True))
        assert losses[i] == pytest.approx(by_hand, rel=1e-4, abs=1e-9)


def test_historical_averaging_pulls_weights_back_and_survives_a_stop():
    states: list = []
    hooks = Hooks(save=lambda state: states.append(copy.deepcopy(state)))
    held, free, again = game(["historical_averaging(1)"]), game(), game(["historical_averaging(1)"])
    start = [w.detach().clone() for w in free.critic.weights]
    Run(held, source(), steps=8, batch=8, seed=0, save_every=3, hooks=hooks).train()
    Run(free, source(), steps=8, batch=8, seed=0).train()

    def gone(played):
        return sum((a - b).square().sum().item() for a, b in zip(played.critic.weights, start, strict=True))

    assert gone(held) < 0.8 * gone(free)
    Run(again, source(), steps=8, batch=8, seed=0, resume=states[0]).train()
    assert all(torch.equal(a, b) for a, b in zip(held.parameters(), again.parameters(), strict=True))


@pytest.mark.parametrize("recipe", ["dcgan", "sngan", "wgan-gp"])
def test_other_recipes_take_the_parts(recipe):
    data = named.load("digits")
    terms = "[feature_matching, historical_averaging(0.01)]"
    played = registry.create(recipe, data.spec, width=4, latent=4, terms=terms, objective="critic_only(of=hinge)")
    Run(played, data, steps=2, batch=8).train()
    assert played.features(torch.zeros(5, 1, 8, 8)).shape[0] == 5


def test_labels_make_it_semi_supervised():
    digits = Images(1, 8, 8, classes=10)
    assert isinstance(registry.create("improved-gan", digits, **TINY), SemiSupervised)
    assert not isinstance(registry.create("improved-gan", digits, labels=0, **TINY), SemiSupervised)
    assert not isinstance(registry.create("improved-gan", Images(1, 8, 8), **TINY), SemiSupervised)
    many = registry.create("improved-gan", Images(3, 16, 16, classes=150), **TINY)
    assert isinstance(many, SemiSupervised)
    assert many.labels == 150


@pytest.mark.parametrize(
    "options", [{"norm": "virtual"}, {"kernels": 3}, {"history": 0.1}, {"matching": False, "smooth": 0.9}]
)
@pytest.mark.parametrize("labels", [0, 4])
def test_every_technique_trains(options, labels):
    torch.manual_seed(0)
    fields = {"image": torch.randint(256, (16, 3, 8, 8), dtype=torch.uint8), "label": torch.arange(16) % 2}
    data = Arrays(Images(3, 8, 8, classes=2), fields, name="x")
    played = registry.create("improved-gan", data.spec, labels=labels, **TINY, **options)
    Run(played, data, steps=2, batch=8).train()
    assert played.sample(2).isfinite().all()
