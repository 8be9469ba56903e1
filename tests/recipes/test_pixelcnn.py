"""Nothing leaks, the conditionals are a distribution, and drawing place by place equals the whole network."""

import itertools

import pytest
import torch

from rivals import noise, registry
from rivals.data.specs import Images
from rivals.errors import UsageError


def make(data, **options):
    game = registry.create("pixelcnn", data, seed=3, **{"width": 3, "blocks": 2, **options})
    with torch.no_grad():
        for weight in game.parameters():
            weight.mul_(2)  # far from even distributions
    return game


@pytest.mark.parametrize("gated", [False, True])
def test_the_jacobian_is_strictly_triangular(gated):
    game = make(Images(3, 4, 4), pixels="binary", gated=gated).double()
    x = torch.randn(1, 3, 4, 4).double()
    jacobian = torch.autograd.functional.jacobian(lambda v: game.net(v)[0].square().sum(0), x)[:, :, :, 0]
    # in the order of drawing: row, column, channel
    j = jacobian.permute(1, 2, 0, 4, 5, 3).reshape(48, 48)
    assert torch.equal(j.triu(), torch.zeros_like(j))
    assert (j.tril(-1) != 0).float().sum() > 500  # and what comes before is seen, but for a blind spot


@pytest.mark.parametrize("channels", [1, 3])
def test_probabilities_of_all_pictures_add_up_to_one(channels):
    data = Images(channels, 2, 2 if channels == 1 else 1)
    game = make(data, pixels="binary")
    every = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=channels * data.height * data.width)))
    assert game.log_prob(every.view(-1, *data.shape)).exp().sum() == pytest.approx(1, abs=1e-5)


def test_levels_are_classes_of_their_own():
    game = make(Images(1, 1, 1), width=4)
    every = (2 * torch.arange(256) / 255 - 1).view(-1, 1, 1, 1)
    p = game.log_prob(every).exp()
    assert p.sum() == pytest.approx(1, abs=1e-5)
    with noise.seeded(game.device, "test"), game.presenting():
        drawn = game.generate(20_000)
    assert (drawn.mean() - (p * every.flatten()).sum()).abs() < 0.02


@pytest.mark.parametrize("options", [{}, {"gated": True}])
def test_drawing_with_memory_equals_running_the_whole_network_each_time(options):
    game = make(Images(3, 4, 5), pixels="binary", **options)
    with noise.seeded(game.device, "test"), game.presenting():
        fast = game.generate(6)
    slow = torch.zeros(6, 3, 4, 5)
    with noise.seeded(game.device, "test"), game.presenting():
        for row, column, c in itertools.product(range(4), range(5), range(3)):
            p = game.net(slow).softmax(1)[:, 0, c, row, column]
            slow[:, c, row, column] = torch.where(noise.uniform(6) > p, 1.0, -1.0)
    assert torch.equal(fast, slow)
    assert 0.1 < (fast > 0).float().mean() < 0.9


def test_samples_are_as_likely_as_the_model_says():
    game = make(Images(1, 2, 2), pixels="binary")
    every = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=4))).view(-1, 1, 2, 2)
    with noise.seeded(game.device, "test"), game.presenting():
        drawn = (game.generate(20_000) > 0).flatten(1).long() @ torch.tensor([8, 4, 2, 1])
    shares = torch.bincount(drawn, minlength=16) / 20_000
    torch.testing.assert_close(shares, game.log_prob(every).exp(), atol=0.015, rtol=0)


def test_what_is_known_stays_and_the_rest_is_drawn():
    game = make(Images(1, 4, 4), pixels="binary")
    x = torch.where(torch.rand(50, 1, 4, 4) < 0.5, -1.0, 1.0)
    known = torch.zeros(50, 1, 4, 4, dtype=torch.bool)
    known[:, :, :2] = True
    made = game.complete(x, known)
    assert torch.equal(made[:, :, :2], x[:, :, :2])
    assert made.unique().tolist() == [-1, 1]
    assert not torch.equal(made[:, :, 2:], x[:, :, 2:])
    assert torch.equal(game.complete(x, torch.ones_like(known)), x)


def test_bodies_and_levels_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match="too many to be classes"):
        registry.create("pixelcnn", Images(1, 4, 4, bits=16))
    with pytest.raises(UsageError, match="at least one map and one part"):
        registry.create("pixelcnn", Images(1, 4, 4), blocks=0)
