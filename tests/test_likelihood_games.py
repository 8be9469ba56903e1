"""What is modelled of pictures: levels under a density, drawn black and white, nats and bits by one path."""

import math

import pytest
import torch
from torch import nn

from rivals.game import Player
from rivals.likelihood import Likelihood
from rivals.metrics.likelihood import bits_per_dimension
from rivals.optim import sgd


class Uniform(Likelihood):
    """Pictures by the uniform density on [-1, 1], ½ a number, or points by the same."""

    def __init__(self, pixels="density", bits=8, slope=0.0):
        super().__init__(pixels, bits)
        self.net, self.slope = Player(nn.Linear(1, 1), sgd(1.0)), slope
        self.given = []

    def bound(self, x):
        self.given.append(x)
        density = 0.5 * (1 + self.slope * x)
        return {"half": -0.5 * density.log().flatten(1).sum(1), "rest": -0.5 * density.log().flatten(1).sum(1)}


def levels(bits):
    return (2 * torch.arange(1 << bits) / ((1 << bits) - 1) - 1).view(-1, 1, 1, 1).double()


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_a_densitys_probabilities_of_all_levels_add_up_to_one(bits):
    game = Uniform(bits=bits)
    assert game.log_prob(levels(bits)).exp().sum().item() == pytest.approx(1)
    torch.testing.assert_close(game.log_prob(levels(bits)), torch.full((1 << bits,), -bits * math.log(2)).double())
    # of a density with a slope a level's probability is the mean over its width, of which one draw is a bound
    torch.manual_seed(0)
    many = Uniform(bits=bits, slope=0.9).log_prob(levels(bits).repeat(2000, 1, 1, 1)).view(2000, -1)
    assert many.exp().mean(0).sum().item() == pytest.approx(1, abs=0.02)
    assert many.mean(0).exp().sum() < 1


@pytest.mark.parametrize("bits", [3, 8])
def test_each_level_becomes_its_own_part_of_the_range(bits):
    game, x = Uniform(bits=bits), levels(bits).repeat(50, 1, 1, 1)
    seen = game.seen(x)
    assert -1 <= seen.min() <= seen.max() <= 1
    back = ((seen + 1) / 2 * (1 << bits)).floor()
    torch.testing.assert_close(back, ((x + 1) / 2 * ((1 << bits) - 1)).round())


def test_bits_are_those_of_the_levels():
    nats = -Uniform().log_prob(torch.zeros(4, 3, 2, 2).double())
    torch.testing.assert_close(bits_per_dimension(nats, 12, step=1.0), torch.full((4,), 8.0).double())


def test_binary_pixels_are_drawn_by_their_grey():
    game = Uniform("binary", slope=0.5)
    nats = -game.log_prob(torch.full((500, 1, 4, 4), 0.5))
    (seen,) = game.given
    assert seen.unique().tolist() == [-1, 1]
    assert (seen > 0).double().mean().item() == pytest.approx(0.75, abs=0.02)
    torch.testing.assert_close(nats, -(0.5 * (1 + 0.5 * seen)).log().flatten(1).sum(1))  # no volume of levels
    assert torch.equal(game.seen(torch.ones(2, 1, 4, 4)), torch.ones(2, 1, 4, 4))
    assert torch.equal(game.seen(-torch.ones(2, 1, 4, 4)), -torch.ones(2, 1, 4, 4))


@pytest.mark.parametrize("pixels", ["grey", "levels"])
def test_greys_and_levels_are_seen_as_they_are(pixels):
    game, x = Uniform(pixels), torch.rand(5, 1, 2, 2) * 2 - 1
    nats = -game.log_prob(x)
    assert torch.equal(game.given[0], x)
    torch.testing.assert_close(nats, torch.full((5,), 4 * math.log(2)))


def test_points_have_a_density_whatever_pictures_have():
    for pixels in ("binary", "density"):
        game, x = Uniform(pixels), torch.rand(5, 3) * 2 - 1
        torch.testing.assert_close(game.log_prob(x), torch.full((5,), -3 * math.log(2)))
        assert torch.equal(game.given[0], x)


def test_the_same_noise_each_time_and_none_of_it_left():
    game, x = Uniform(slope=0.5), torch.zeros(3, 1, 2, 2)
    state = torch.get_rng_state()
    assert torch.equal(game.log_prob(x), game.log_prob(x))
    assert torch.equal(torch.get_rng_state(), state)
