"""The receptive fields of whole networks, by gradients, and drawing with memory."""

import itertools

import pytest
import torch

from rivals import noise, registry
from rivals.data.specs import Images
from rivals.errors import UsageError


def make(layer, data, **options):
    return registry.create("pixelrnn", data, seed=2, layer=layer, width=3, layers=2, pixels="binary", **options)


@pytest.mark.parametrize("layer", ["row", "diagonal"])
def test_a_pixel_sees_all_that_its_layers_promise_and_nothing_later(layer):
    game = make(layer, Images(1, 8, 12)).double()
    x = torch.randn(1, 1, 8, 12).double().requires_grad_()
    row, column = 6, 5
    game.net(x)[0, :, 0, row, column].square().sum().backward()
    seen = {tuple(at) for at in x.grad[0, 0].nonzero().tolist()}
    before = {(r, c) for r in range(8) for c in range(12) if (r, c) < (row, column)}
    if layer == "diagonal":
        assert seen == before
    else:  # the 7×7 kernel reaches three places further than the triangle of two layers
        assert seen < before
        assert (5, 11) not in seen
        assert (0, 11) in seen


@pytest.mark.parametrize("layer", ["row", "diagonal"])
def test_drawing_with_memory_equals_running_the_whole_network_each_time(layer):
    game = make(layer, Images(3, 4, 5))
    with noise.seeded(game.device, "test"), game.presenting():
        fast = game.generate(6)
    slow = torch.zeros(6, 3, 4, 5)
    with noise.seeded(game.device, "test"), game.presenting():
        for row, column, c in itertools.product(range(4), range(5), range(3)):
            p = game.net(slow).softmax(1)[:, 0, c, row, column]
            slow[:, c, row, column] = torch.where(noise.uniform(6) > p, 1.0, -1.0)
    assert torch.equal(fast, slow)


@pytest.mark.parametrize("layer", ["row", "diagonal"])
def test_probabilities_of_all_pictures_add_up_to_one(layer):
    game = make(layer, Images(1, 3, 3))
    every = torch.tensor(list(itertools.product([-1.0, 1.0], repeat=9))).view(-1, 1, 3, 3)
    assert game.log_prob(every).exp().sum() == pytest.approx(1, abs=1e-5)


def test_a_body_without_layers_is_refused():
    with pytest.raises(UsageError, match="at least one map and one part"):
        registry.create("pixelrnn", Images(1, 4, 4), layers=0)
