"""The predicted move, against plain alternation and by hand on a bilinear game."""

import math

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data.named import load
from rivals.data.sources import Generated
from rivals.data.specs import Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.objectives import wasserstein
from rivals.optim import sgd
from rivals.priors import Gaussian
from rivals.recipes.core.prediction_gan import PredictionGAN
from rivals.run import Run


class Constant(nn.Module):
    """G(z) = u."""

    def __init__(self):
        super().__init__()
        self.u = nn.Parameter(torch.tensor([1.0]))

    def forward(self, z):
        return self.u.expand(len(z), 1)


class Times(nn.Module):
    """D(x) = v x."""

    def __init__(self):
        super().__init__()
        self.v = nn.Parameter(torch.tensor([0.5]))

    def forward(self, x):
        return x[:, 0] * self.v


ZEROS = Generated(Points(1), lambda n, generator: (torch.zeros(n, 1),), name="zeros")


def play(prediction, steps, rate=0.1, **facts):
    """Min over u, max over v of -uv: where it ends."""
    generator, critic = Player(Constant(), sgd(rate)), Player(Times(), sgd(rate))
    game = PredictionGAN(
        generator=generator, critic=critic, prior=Gaussian(1), objective=wasserstein(), prediction=prediction
    )
    Run(game, ZEROS, steps=steps, batch=2, **facts).train()
    return generator.net.u.item(), critic.net.v.item()


@pytest.mark.parametrize("prediction", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_steps_are_those_of_the_paper(prediction, accumulate):
    u, v = 1.0, 0.5
    for _ in range(3):
        moved = u + 0.1 * v
        ahead = moved + prediction * (moved - u)
        u, v = moved, v - 0.1 * ahead
    assert play(prediction, 3, accumulate=accumulate) == pytest.approx((u, v), abs=1e-6)


def test_with_prediction_it_converges_where_alternation_has_an_orbit():
    start = math.hypot(1.0, 0.5)
    radius = {s: math.hypot(*play(s, 80, 0.5)) for s in (0.0, 1.0)}
    assert radius[1.0] < 1e-4 * start
    assert 0.5 * start < radius[0.0] < 2 * start


def test_no_prediction_shows_the_critic_the_generators_own_fakes():
    source = load("ring")
    trained = {}
    for s in (0.0, 1.0):
        game = registry.create("prediction-gan", source.spec, width=4, latent=2, prediction=s)
        Run(game, source, steps=3, batch=8).train()
        assert game._ahead == {}
        trained[s] = [w.clone() for w in game.critic.weights]
    plain = registry.create("prediction-gan", source.spec, width=4, latent=2)
    plain.__class__ = type(
        "Plain", (PredictionGAN,), {"step": lambda g, run: (g.move_generator(run), g.move_critic(run))}
    )
    Run(plain, source, steps=3, batch=8).train()
    assert all(torch.equal(a, b) for a, b in zip(trained[0.0], plain.critic.weights, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(trained[1.0], plain.critic.weights, strict=True))


def test_a_negative_prediction_is_refused():
    with pytest.raises(UsageError, match="at least 0, not -1"):
        registry.create("prediction-gan", Points(2), prediction=-1.0)
