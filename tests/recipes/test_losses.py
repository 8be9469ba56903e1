"""Losses of the core's recipes against closed forms, and gradients where the papers say that there are none."""

import math

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.autoencoder import AutoEncoder
from rivals.objectives import Pass, energy, loss_sensitive, unadversarial, wasserstein
from rivals.optim import sgd
from rivals.penalties import dragan
from rivals.terms import Margin, PullingAway


def seen(real, fake, critic=None):
    logits = [None, None] if critic is None else [critic(real), critic(fake)]
    return Pass(critic, real, fake, logits[0], logits[1], fake, None, 0)


class Bent(nn.Module):
    """D(x) = tanh(x·w)."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([0.3, -0.7], dtype=torch.float64))

    def forward(self, x):
        return torch.tanh(x @ self.w)


def pairs():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 40, 2, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("slope", [1.0, 0.0])
def test_gls_gan_is_wgan_at_slope_one_and_the_ls_gans_hinge_at_slope_zero(slope):
    (real, fake), critic = pairs(), Bent()
    apart = (real - fake).abs().mean(1)
    gls = Margin(1.0, slope).critic(seen(real, fake, critic)) + loss_sensitive(0.0).critic(critic(real), critic(fake))
    if slope:
        expected = wasserstein().critic(critic(real), critic(fake)) + apart
    else:
        # L(x) ≥ L(G(z)) - Δ costs, L = -D
        expected = torch.clamp(apart - critic(real) + critic(fake), min=0)
    torch.testing.assert_close(gls, expected, rtol=0, atol=1e-6)
    ours, theirs = (torch.autograd.grad(loss.mean(), critic.w)[0] for loss in (gls, expected))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_a_margin_that_holds_costs_nothing_and_one_that_does_not_costs_what_is_missing():
    real, fake = torch.tensor([[0.0, 0.0], [0.0, 0.0]]), torch.tensor([[2.0, 4.0], [1.0, 1.0]])  # 3 and 1 apart
    logits = {0.0: 5.0, 2.0: 1.0, 1.0: 4.5}
    p = seen(real, fake, lambda x: torch.tensor([logits[v] for v in x[:, 0].tolist()]))
    assert Margin(2.0).critic(p).tolist() == [0.0, 2 * (1 - 0.5)]
    assert Margin(1.0, 0.5).critic(p).tolist() == [0.5 * (3 - 4), 0.5]
    with pytest.raises(UsageError, match=r"at most 1, not 1\.5"):
        Margin(1.0, 1.5)


def test_the_ls_gan_and_the_gls_gan_differ_by_the_loss_of_reals():
    real, fake = torch.tensor([-3.0, 2.0]), torch.tensor([9.0, 9.0])
    assert loss_sensitive(1.0).critic(real, fake).tolist() == [3.0, 0.0]
    assert loss_sensitive(0.0).critic(real, fake).tolist() == [0.0, 0.0]
    games = {name: registry.create(name, Points(2), width=4, latent=2) for name in ("loss-sensitive-gan", "gls-gan")}
    assert [games[n].terms[0].slope for n in games] == [0.0, 0.2]


def test_energies_above_the_margin_no_longer_push_the_critic():
    real, fake = torch.tensor([-0.1]), torch.tensor([-0.2, -0.6], requires_grad=True)
    loss = energy(0.5).critic(real, fake)
    torch.testing.assert_close(loss, torch.tensor([0.1 + 0.3, 0.1]))
    assert torch.autograd.grad(loss.sum(), fake)[0].tolist() == [1.0, 0.0]
    assert energy().generator(torch.tensor([-2.0])).tolist() == [2.0]
    with pytest.raises(UsageError, match="above 0, not 0"):
        energy(0.0)


@pytest.mark.parametrize("power", [1, 2])
def test_an_auto_encoders_logit_is_minus_its_mean_error(power):
    torch.manual_seed(0)
    net = AutoEncoder(Images(1, 8, 8), 3, 4, power=power)
    x = torch.rand(5, 1, 8, 8) * 2 - 1
    wrong = net.decoder(net.encoder(x)) - x
    torch.testing.assert_close(net(x), -(wrong.abs() ** power).mean((1, 2, 3)))
    assert torch.equal(net(x)[:2], net(x[:2]))  # one sample's own


def test_pulling_away_is_the_mean_squared_cosine_of_other_codes():
    coded = nn.Module()
    coded.encoder = nn.Identity()
    angle = torch.tensor([0.0, math.pi / 3, math.pi / 2])
    fakes = torch.stack([angle.cos(), angle.sin()], 1) * torch.tensor([[1.0], [5.0], [0.1]])
    term = PullingAway(Player(coded, sgd(1.0)), 2.0)
    squared = {(0, 1): 0.25, (0, 2): 0.0, (1, 2): 0.75}
    by_hand = [2 * sum(v for k, v in squared.items() if i in k) / 2 for i in range(3)]
    torch.testing.assert_close(term.generator(seen(fakes, fakes)), torch.tensor(by_hand))
    assert term.critic(seen(fakes, fakes)) is None
    assert not list(term.parameters())


def test_a_motivator_and_its_generator_want_the_same():
    f = torch.tensor([0.3], requires_grad=True)
    (hers,) = torch.autograd.grad(unadversarial().critic(torch.zeros(1), f).sum(), f)
    (his,) = torch.autograd.grad(unadversarial().generator(f).sum(), f)
    assert torch.equal(hers, his)
    assert his < 0


def test_dragans_penalty_has_no_gradient_in_fakes_and_one_around_reals():
    (real, fake), critic = pairs(), Bent()
    fake.requires_grad_()
    penalty = dragan()(Pass(critic, real, fake, None, critic(fake), real, None, 0))
    assert penalty.shape == (40,)
    (gradient,) = torch.autograd.grad(penalty.mean(), fake, allow_unused=True, retain_graph=True)
    assert gradient is None
    assert torch.autograd.grad(penalty.mean(), critic.w)[0].abs().min() > 0
