"""Recipes with a structure of their own, against closed forms and the games that they become without it."""

import math

import pytest
import torch
from torch import nn

from rivals import evaluate, registry
from rivals.data import named
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.priors import GaussianMixture
from rivals.recipes.core.creative_gan import ambiguity
from rivals.run import Run

DIGITS = Images(1, 8, 8, classes=10)


def test_a_mixture_has_the_moments_of_its_components_and_moves_with_the_generator() -> None:
    game = registry.create("deligan", Points(2), width=4, latent=3, components=2, std=0.5, rate=0.1)
    prior = game.prior
    assert isinstance(prior, GaussianMixture)
    means = prior.player.net.means.detach()
    with game.presenting():
        z = prior(40_000)
    torch.testing.assert_close(z.mean(0), means.mean(0), atol=0.02, rtol=0)
    torch.testing.assert_close(z.var(0), 0.25 + means.var(0, unbiased=False), atol=0.02, rtol=0)
    before = means.clone(), prior.stds.detach().clone()
    Run(game, named.load("ring"), steps=2, batch=8, seed=0, save_every=10**9).train()
    assert prior.player.updates == game.generator.updates == 2
    assert not torch.equal(prior.player.net.means, before[0])
    assert (prior.stds.mean() > before[1].mean()).item()  # the term draws σ to 1


def test_the_spread_term_is_the_mean_of_squares() -> None:
    game = registry.create("deligan", Points(2), width=4, latent=3, components=2, std=0.2, weight=3.0)
    assert game.terms[0].generator(None).item() == pytest.approx(3 * 0.8**2)


@pytest.mark.parametrize(
    ("recipe", "options", "sentence"),
    [
        ("deligan", {"components": 0}, "at least 1 component"),
        ("nemgan", {"labelled": -1}, "below 0"),
        ("gran", {"times": 0}, "at least 1 time step"),
        ("lr-gan", {"foregrounds": 0}, "foregrounds of 1 or more"),
        ("lr-gan", {"smallest": 0.0}, "smallest above 0"),
        ("memorygan", {"slots": 3}, "even number of slots"),
        ("memorygan", {"keep": 1.0}, "0 < keep < 1"),
        ("memorygan", {"smooth": 0.0}, "smooth > 0"),
        ("capsulegan", {"width": 3}, "multiple of 8"),
        ("capsulegan", {"passes": 0}, "at least 1 pass"),
    ],
)
def test_options_without_a_meaning_are_refused(recipe: str, options: dict, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        registry.create(recipe, DIGITS, **options)


@pytest.mark.parametrize("recipe", ["nemgan", "creative-gan"])
def test_data_without_labels_are_refused(recipe: str) -> None:
    with pytest.raises(UsageError, match="labels"):
        registry.create(recipe, Points(2))


def test_shares_move_to_what_the_inverter_sees_of_the_data() -> None:
    game = registry.create("nemgan", Points(2, 2), width=8, latent=2, rate=1e-2, share_rate=0.1)
    Run(game, named.load("unbalanced"), steps=60, batch=64, seed=0, save_every=10**9).train()
    assert game.prior.sum().item() == pytest.approx(1)
    assert game.prior[0].item() == pytest.approx(0.1, abs=0.05)
    with game.presenting():
        y, z = game.latents(4_000)
    assert torch.equal(z[:, :2].argmax(1), y)
    assert (y == 0).double().mean().item() == pytest.approx(game.prior[0].item(), abs=0.02)


def test_shares_that_are_not_learnt_stay_uniform() -> None:
    game = registry.create("nemgan", Points(2, 4), width=4, latent=2, learnt=False)
    assert torch.equal(game.prior, torch.full((4,), 0.25))
    assert sorted(game.players()) == ["critic", "generator", "inverter"]


def test_a_canvas_is_the_tanh_of_sums_and_one_step_has_no_encoder() -> None:
    game = registry.create("gran", DIGITS, width=4, latent=4, times=3)
    net, z = game.generator.net, torch.randn(5, 4)
    drawn = net.drawn(z)
    idea, seen, total = net.lift(z), torch.zeros(5, 4), 0.0
    for x in drawn:
        stroke = net.decoder(torch.cat([idea, seen], 1))
        total = total + stroke
        seen = net.encoder(stroke)
        torch.testing.assert_close(x, torch.tanh(total))
    assert torch.equal(net(z), drawn[-1])
    assert registry.create("gran", DIGITS, width=4, latent=4, times=1).generator.net.encoder is None


def test_a_layered_picture_is_its_background_outside_of_the_masks() -> None:
    game = registry.create("lr-gan", DIGITS, width=4, latent=4, foregrounds=2)
    with game.presenting():
        layers = game.generator.net.composed(game.prior(6))
    outside = torch.stack(layers.masks).amax(0) == 0
    assert outside.any()
    torch.testing.assert_close(layers.picture[outside], layers.background[outside])
    assert layers.picture.abs().max() <= 1


def test_ambiguity_is_its_formula_and_least_where_all_styles_are_alike() -> None:
    logits = torch.randn(6, 5, dtype=torch.float64)
    p = logits.softmax(1)
    torch.testing.assert_close(ambiguity(logits), -(p.log() / 5 + 0.8 * (1 - p).log()).sum(1))
    least = ambiguity(torch.zeros(1, 5, dtype=torch.float64)).item()
    assert least == pytest.approx(-5 * (math.log(0.2) / 5 + 0.8 * math.log(0.8)))
    assert (ambiguity(logits) > least).all()
    sure = torch.tensor([[200.0, 0, 0, 0, 0]], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(ambiguity(sure).sum(), sure)
    assert gradient.isfinite().all()
    assert gradient[0, 0] > 0  # descending it takes certainty away


def test_the_translators_loss_depends_on_the_truth_and_equal_inputs_match_without_noise() -> None:
    game = registry.create("matan", named.load("edge-digits").spec, width=4, perturbation=0.0)
    y, other = torch.randn(4, 1, 16, 16), torch.randn(4, 1, 16, 16)
    game.eval()
    assert torch.equal(game.D(y, y), game.D(other, other))  # |φ(y) - φ(y)| = 0 whatever y is
    torch.testing.assert_close(game.D(y, other), game.D(other, y))
    assert not torch.allclose(game.D(y, other), game.D(y, y))


def test_few_labels_teach_class_capsules() -> None:
    game = registry.create("capsulegan", DIGITS, width=8, latent=8, labels=20, rate=3e-3)
    Run(game, game.feed(named.load("digits")), steps=15, batch=20, seed=0, save_every=10**9).train()
    log_p = game.classify(torch.randn(3, 1, 8, 8))
    torch.testing.assert_close(log_p.exp().sum(1), torch.ones(3))
    assert evaluate(game, named.load("digits"), metrics="error").values["error"] < 0.85
    plain = registry.create("capsulegan", DIGITS, width=8, latent=8)
    assert isinstance(plain.critic.net, nn.Sequential)
    assert plain.critic(torch.randn(3, 1, 8, 8)).shape == (3, 1)
    assert plain.scores(named.load("digits")) == {}
