"""Noise that is turned, shuffled and inverted; what the critic is shown, and what the game shows."""

import pytest
import torch

from rivals import noise, registry
from rivals.data import named
from rivals.data.specs import Images
from rivals.nn.invariant import inverted, shuffled, turned
from rivals.recipes.scaling.nrgan import NRGAN


def game(kind: str = "invariant") -> NRGAN:
    made = registry.create("nrgan", named.load("digits").spec, width=4, latent=4, noise=kind)
    assert isinstance(made, NRGAN)
    return made


def test_pictures_are_turned_each_by_its_own_angle() -> None:
    x = torch.arange(4.0).view(1, 1, 2, 2).expand(200, 1, 2, 2)
    seen = turned(x)
    wanted = {tuple(x[0].rot90(k, (1, 2)).flatten().tolist()) for k in range(4)}
    assert {tuple(y.flatten().tolist()) for y in seen} == wanted
    wide = torch.arange(6.0).view(1, 1, 2, 3).expand(50, 1, 2, 3)
    assert {tuple(y.flatten().tolist()) for y in turned(wide)} == {(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0)}


def test_channels_change_places_and_signs_as_a_whole() -> None:
    x = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1).expand(300, 3, 2, 2)
    moved = shuffled(x)
    assert len({tuple(y[:, 0, 0].tolist()) for y in moved}) == 6
    assert torch.equal(moved.sort(1).values, x)
    signed = inverted(x)
    assert torch.equal(signed.abs(), x)
    assert len({tuple(y[:, 0, 0].tolist()) for y in signed}) == 8
    assert torch.equal(signed[:, :, 0, 0], signed[:, :, 1, 1])


def test_gaussian_noise_has_the_size_that_the_map_says() -> None:
    g = game("gaussian")
    (added,) = g.corruption
    assert added is not None
    layer = torch.nn.Linear(4, 64)
    torch.nn.init.zeros_(layer.weight)
    layer.bias.data = torch.linspace(0.1, 2, 64)
    added.player.net = torch.nn.Sequential(layer, torch.nn.Unflatten(1, (1, 8, 8)))
    made = added(20_000).detach().flatten(1)
    torch.testing.assert_close(made.std(0), torch.linspace(0.1, 2, 64), rtol=0.03, atol=0.0)
    assert made.mean(0).abs().max() < 0.06


def test_the_critic_sees_noise_that_samples_do_not_have() -> None:
    g = game()
    with noise.seeded(torch.device("cpu"), "x"):
        fake = g.fake(g.prior(6), None)
        p = g.look(None, fake, g.prior(6), None, both=False)
    assert not torch.equal(p.fake, fake)
    assert p.fake.abs().max() <= 1
    plain = game("none")
    with noise.seeded(torch.device("cpu"), "x"):
        fake = plain.fake(plain.prior(6), None)
        assert torch.equal(plain.look(None, fake, plain.prior(6), None, both=False).fake, fake)


def test_both_generators_learn_from_one_look_and_the_critics_look_holds_no_graph() -> None:
    g = game()
    (added,) = g.corruption
    assert added is not None
    fake = g.fake(g.prior(6), None)
    p = g.look(None, fake, g.prior(6), None, both=False)
    loss = g.objective.generator(p.fake_logits).mean() + added.generator(p).mean()
    for player in (*g.generator.players, added.player):
        gradients = torch.autograd.grad(loss, player.weights, retain_graph=True)
        assert all(gradient.isfinite().all() and gradient.abs().max() > 0 for gradient in gradients)
    assert not g.look(fake.detach(), fake.detach(), g.prior(6), None, both=True).fake.requires_grad


def test_diversity_is_the_ratio_of_distances() -> None:
    g = game()
    (added,) = g.corruption
    assert added is not None
    z, made = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([0.0, 2.0, 8.0]).view(3, 1, 1, 1)
    added._last = z, made
    torch.testing.assert_close(added.generator(None), -0.02 * torch.tensor([8 / 3, 2.0, 3.0]))  # type: ignore[arg-type]


def test_another_kind_of_noise_is_refused() -> None:
    with pytest.raises(Exception, match="option 'noise' must be one of 'gaussian', 'invariant', 'none'"):
        registry.create("nrgan", Images(1, 8, 8), noise="poisson")
