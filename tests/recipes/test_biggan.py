"""BigGAN: shared label vectors, split latents, orthogonality, truncation."""

import math

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize

from rivals import registry
from rivals.benchmark import measures
from rivals.benchmark.measures import truncation
from rivals.data import named
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError
from rivals.networks import biggan
from rivals.networks.dcgan import hidden_sides
from rivals.nn.attention import Attention
from rivals.nn.conditional import ConditionalNorm
from rivals.priors import Truncated
from rivals.terms import Orthogonal, row_products

DIGITS = Images(1, 8, 8, classes=10)
TINY = {"width": 4, "latent": 7, "embedding": 5}


def test_each_block_is_told_its_part_of_the_latent_and_the_shared_vector() -> None:
    game = registry.create("biggan", DIGITS, **TINY)
    net = game.generator.net
    assert net.parts == [3, 2, 2]
    told: list[torch.Tensor] = []
    for block in net.blocks:
        block.first.register_forward_pre_hook(lambda layer, given: told.append(given[1]))
    z, labels = torch.randn(6, 7), torch.arange(6)
    net.eval()(z, labels)
    for condition, part in zip(told, (z[:, 3:5], z[:, 5:7]), strict=True):
        torch.testing.assert_close(condition, torch.cat([part, net.shared(labels)], 1))
    assert sum(isinstance(m, nn.Embedding) for m in net.modules()) == 1


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (12, 20)])
def test_pictures_of_any_size_and_the_same_side_attends_in_both(size: tuple[int, int]) -> None:
    side = hidden_sides(*size)[0]
    generator = biggan.Generator(9, 3, *size, classes=3, base=4, embedding=5, attention=side)
    critic = biggan.critic(3, *size, classes=3, base=4, attention=side)
    assert all(sum(isinstance(m, Attention) for m in net.modules()) == 1 for net in (generator, critic))
    made = generator(torch.randn(2, 9), torch.tensor([0, 2]))
    assert made.shape == (2, 3, *size)
    assert critic(made, torch.tensor([0, 2])).shape == (2,)


def test_kernels_start_orthogonal_and_all_but_the_shared_vector_are_of_norm_one() -> None:
    net = registry.create("biggan", DIGITS, **TINY).generator.net.eval()
    assert not parametrize.is_parametrized(net.shared)
    torch.testing.assert_close(net.shared.weight.T @ net.shared.weight, torch.eye(5))
    for layer in (m for m in net.modules() if isinstance(m, nn.Conv2d)):
        w = layer.parametrizations.weight.original.flatten(1)
        gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
        torch.testing.assert_close(gram, torch.eye(len(gram)), atol=1e-5, rtol=0)
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


def test_orthogonality_is_its_formula_and_its_gradient_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(3, 2), nn.Embedding(4, 4)).double()
    w, v = net[0].weight.flatten(1), net[2].weight
    expected = sum(((m @ m.T) * (1 - torch.eye(len(m)).double())).square().sum() for m in (w, v))
    torch.testing.assert_close(row_products(net), expected)
    weights = [net[0].weight, net[2].weight]
    gradients = torch.autograd.grad(row_products(net), weights)
    for weight, gradient in zip(weights, gradients, strict=True):
        flat = weight.data.view(-1)
        for i in range(len(flat)):
            there, ends = flat[i].item(), []
            for h in (1e-6, -1e-6):
                flat[i] = there + h
                ends.append(row_products(net).item())
            flat[i] = there
            assert gradient.view(-1)[i].item() == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_orthogonality_looks_at_the_side_that_it_is_for_and_not_at_lengths() -> None:
    game = registry.create("dcgan", DIGITS, width=4, latent=4)
    for side in ("generator", "critic"):
        term = Orthogonal(2.0, side)
        term.join(game)
        value = getattr(term, side)(None)
        net = game.players()[side].net
        assert value.item() == pytest.approx(2 * row_products(net).item())
        assert getattr(term, "critic" if side == "generator" else "generator")(None) is None
    assert row_products(nn.Sequential(nn.Linear(3, 1))).item() == 0
    registry.create("dcgan", DIGITS, width=4, latent=4, terms="orthogonal(side=both)")


def test_a_truncated_latent_is_a_normal_one_without_what_lies_beyond() -> None:
    prior, t = Truncated(4, 0.8), 0.8
    assert prior(2000).abs().max() > 2  # training is not touched
    z = prior.eval()(50_000)
    assert z.abs().max() <= t
    density = math.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * t * density / math.erf(t / math.sqrt(2))
    assert z.var().item() == pytest.approx(variance, rel=0.01)
    assert z.mean().item() == pytest.approx(0, abs=0.01)
    prior.threshold = 0.0
    assert prior(2000).abs().max() > 2


def test_presenting_truncates_and_training_does_not() -> None:
    game = registry.create("biggan", DIGITS, truncation=0.3, **TINY)
    with game.presenting():
        assert game.prior(500).abs().max() <= 0.3
    assert game.prior(500).abs().max() > 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"latent": 2}, "cannot be split into 3 parts"),
        ({"attention": 8}, "attention can be at 2, 4, or 0"),
        ({"truncation": -1.0}, "must be 0 or more"),
    ],
)
def test_options_without_a_meaning_are_refused(options: dict, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        registry.create("biggan", DIGITS, **{**TINY, **options})


def test_the_truncation_curve_is_measured(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(truncation, "SAMPLES", 60)
    registry.create("biggan", named.load("digits").spec, **TINY).save_pretrained(tmp_path / "model")
    figure = measures.find("truncation")(tmp_path / "model", "digits", 0, None)
    gain = figure.also["precision 0.5"] - figure.also["precision 0"]
    assert figure.value == min(gain, figure.also["recall 0"] - figure.also["recall 0.5"])
    registry.create("dcgan", DIGITS, width=4, latent=4).save_pretrained(tmp_path / "other")
    with pytest.raises(RivalsError, match="prior is truncated"):
        measures.find("truncation")(tmp_path / "other", "digits", 0, None)


def test_norms_are_conditional_but_for_the_last_one() -> None:
    net = registry.create("biggan", DIGITS, **TINY).generator.net
    assert sum(isinstance(m, ConditionalNorm) for m in net.modules()) == 4
