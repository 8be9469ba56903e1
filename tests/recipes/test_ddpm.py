"""The process forwards and backwards against closed forms, and the bound against the exact likelihood."""

import math

import pytest
import torch
from torch import nn

from rivals import noise, registry
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.diffusion import denoiser, waves
from rivals.nn.diffusion import Diffusion
from rivals.optim import adam
from rivals.recipes.inference.ddpm import DDPM

MEAN, STD = 0.7, 0.5


class Known(nn.Module):
    """The best ε for data N(m, s²): (1 - ᾱ)^½ (x_t - √ᾱ m) / (ᾱ s² + 1 - ᾱ)."""

    def __init__(self, times):
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))
        self.times = times

    def forward(self, x, t):
        at = (t * self.times).round().long()
        signal, spread = (v[at].to(x)[:, None] for v in (self.process[0].signal, self.process[0].spread))
        return spread * (x - signal * MEAN) / (signal**2 * STD**2 + spread**2)


def known(times, looks=1, strides=None, variance="large"):
    game = DDPM(Player(Known(times), adam(1e-3)), Points(1), Diffusion(times, variance), looks, strides or times)
    game.net.net.process = (game.process,)
    return game


def test_noise_is_added_until_nothing_is_left():
    game = known(1000)
    assert game.process.signal[0] == 1
    assert game.process.spread[0] == 0
    torch.testing.assert_close(game.process.signal**2 + game.process.spread**2, torch.ones(1001))
    assert game.process.signal[-1] < 0.01
    assert (game.process.signal[1] ** 2).item() == pytest.approx(1 - 1e-4)  # β₁
    assert ((game.process.signal[1000] / game.process.signal[999]) ** 2).item() == pytest.approx(1 - 0.02, abs=1e-4)
    short = known(100)
    assert short.process.signal[-1].item() < 0.01


def test_a_noisy_sample_is_signal_and_noise():
    game, x = known(100), torch.randn(2000, 1)
    t = torch.full((2000,), 40)
    noisy, true = game.process(x, t)
    torch.testing.assert_close(noisy, game.process.signal[40] * x + game.process.spread[40] * true)
    assert abs(true.std() - 1) < 0.06


def test_walking_back_with_the_best_network_gives_the_data():
    for times, strides, variance in ((200, 200, "large"), (1000, 250, "large"), (1000, 1000, "small")):
        game = known(times, strides=strides, variance=variance)
        with noise.seeded(game.device, "test"), game.presenting():
            x = game.generate(4000)
        assert x.mean().item() == pytest.approx(MEAN, abs=0.04)
        assert x.std().item() == pytest.approx(STD, abs=0.04)


def test_the_bound_is_below_the_likelihood_and_nears_it_with_more_times():
    x = MEAN + STD * torch.randn(40_000, 1, generator=torch.Generator().manual_seed(0))
    exact = torch.distributions.Normal(MEAN, STD).log_prob(x).mean().item()

    def bound(times, variance):
        game = known(times, looks=times, variance=variance)
        with noise.seeded(game.device, "test"), torch.no_grad():
            return -torch.stack(list(game.bound(x).values())).sum(0).mean().item()

    assert bound(10, "large") == pytest.approx(exact - 0.12, abs=0.03)  # by the sum of the terms' expectations
    assert bound(100, "large") == pytest.approx(exact - 0.01, abs=0.03)
    assert bound(100, "small") < exact - 1  # the smaller variance is for data without any of their own


@pytest.mark.parametrize("variance", ["large", "small"])
def test_the_bounds_middle_is_the_divergence_of_two_normals(variance):
    game, x = known(20, variance=variance), torch.full((50_000, 1), 1.3)
    with noise.seeded(game.device, "test"), torch.no_grad():
        found = game.bound(x)["middle"].mean()
        expected = 0.0
        for t in range(2, 21):  # eq. 8 as it stands, with the means of eq. 7
            at = torch.full((len(x),), t)
            noisy, _ = game.process(x, at)
            alpha, past = game.process.signal[t] ** 2, game.process.signal[t - 1] ** 2
            beta = 1 - alpha / past
            a, b = past.sqrt() * beta / (1 - alpha), (1 - beta).sqrt() * (1 - past) / (1 - alpha)
            true, ours = (a * clean + b * noisy for clean in (x, game._clean(noisy, at)))
            narrow = (beta * (1 - past) / (1 - alpha)).sqrt()
            wide = beta.sqrt() if variance == "large" else narrow
            normal = torch.distributions.Normal
            expected += torch.distributions.kl_divergence(normal(true, narrow), normal(ours, wide)).mean()
    assert found.item() == pytest.approx(expected.item(), rel=0.04)


def test_the_prior_term_is_the_divergence_from_noise():
    game, x = known(10), torch.tensor([[0.4], [-2.0]])
    alpha = game.process.signal[-1] ** 2
    far = torch.distributions.Normal(alpha.sqrt() * x[:, 0], (1 - alpha).sqrt())
    expected = torch.distributions.kl_divergence(far, torch.distributions.Normal(0.0, 1.0))
    with torch.no_grad():
        torch.testing.assert_close(game.bound(x)["prior"], expected)


def test_probabilities_of_a_pixels_levels_add_up_to_one():
    game = registry.create("ddpm", Images(1, 1, 1), width=4, times=5, looks=1, strides=5)
    every = (2 * torch.arange(256) / 255 - 1).view(-1, 1, 1, 1)
    game._clean = lambda x, t: torch.full_like(x, 0.3)  # what is expected, whatever x₁
    assert (-game._first(every)).exp().sum().item() == pytest.approx(1, abs=1e-4)
    assert (-game._first(every)).argmax().item() == round(1.3 / 2 * 255)


def test_networks_start_by_seeing_no_noise_and_know_the_time():
    for data in (Points(3), Images(1, 7, 10)):
        net = denoiser(data, 4)
        x = torch.randn(2, *data.shape)
        t = torch.tensor([0.1, 0.9])
        assert torch.equal(net(x, t), torch.zeros_like(x))
        for weight in net.parameters():
            nn.init.normal_(weight, std=0.3)
        assert not torch.allclose(net(x, t), net(x, t.flip(0)), atol=1e-3)
    codes = waves(torch.linspace(0, 1, 50), 16)
    assert codes.abs().max() <= 1
    assert torch.pdist(codes).min() > 0.05
    assert codes[0].tolist() == [0] * 8 + [1] * 8


def test_pictures_stay_in_their_range_and_counts_are_checked():
    game = registry.create("ddpm", Images(1, 8, 8), width=4, times=10, strides=4)
    assert game.sample(3).abs().max() <= 1
    for wrong in ({"times": 1, "strides": 1}, {"looks": 0}, {"times": 10, "strides": 11}):
        with pytest.raises(UsageError, match="strides from 1 to times"):
            registry.create("ddpm", Points(2), **wrong)
    assert math.isfinite(game.log_prob(torch.zeros(1, 1, 8, 8)).item())
