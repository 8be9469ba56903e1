"""Inverses and log-determinants against dense Jacobians in float64, densities that integrate to one, first batches."""

import math

import pytest
import torch

from rivals import registry
from rivals.data import named
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.metrics.likelihood import logit
from rivals.nn import flows, prepared
from rivals.run import Run

LAYERS = {
    "logit": (lambda: flows.Logit(), (2, 2, 2)),
    "squeeze": (lambda: flows.Unshuffled(), (2, 4, 2)),
    "actnorm": (lambda: flows.ActNorm(3), (3, 2, 2)),
    "actnorm of points": (lambda: flows.ActNorm(3), (3,)),
    "batch norm": (lambda: flows.BatchNorm(3), (3, 2, 2)),
    "mixing": (lambda: flows.Mixing(3), (3, 2, 2)),
    "mixing of points": (lambda: flows.Mixing(3), (3,)),
}


def disturbed(module):
    """Weights and running averages away from where they start, so that nothing is an identity."""
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
        for name, value in module.named_buffers():
            if name.endswith(("mean", "variance")):
                value.copy_(torch.rand_like(value) + 0.5)
    return module.double().eval()


def holds(flow, inverse, x, rtol=1e-8):
    y, stretch = flow(x)
    torch.testing.assert_close(inverse(y), x, rtol=1e-9, atol=1e-9)
    for i in range(len(x)):
        jacobian = torch.autograd.functional.jacobian(lambda v: flow(v[None])[0][0], x[i])
        dense = torch.linalg.slogdet(jacobian.reshape(y[0].numel(), -1)).logabsdet
        torch.testing.assert_close(stretch[i], dense, rtol=rtol, atol=1e-8)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_invert_and_say_how_much_they_stretch(name):
    make, shape = LAYERS[name]
    layer = disturbed(make())
    holds(layer, layer.inverse, torch.rand(2, *shape).double() * 2 - 1)


@pytest.mark.parametrize("data", [Points(1), Points(3), Images(1, 4, 4), Images(3, 4, 2)], ids=str)
@pytest.mark.parametrize(
    ("recipe", "options"),
    [("realnvp", {"couplings": 1}), ("realnvp", {"norm": "act", "couplings": 1}), ("glow", {"depth": 2, "levels": 1})],
)
def test_games_invert_and_say_how_much_they_stretch(recipe, options, data):
    game = disturbed(registry.create(recipe, data, width=3, **options))
    x = torch.rand(2, *data.shape).double() * 2 - 1
    holds(game.flow, game.decode, x, rtol=1e-7)
    torch.testing.assert_close(game.encode(x), game.flow(x)[0])


def test_glow_of_several_levels_inverts_with_both_scales():
    for scale in ("tanh", "sigmoid"):
        game = disturbed(registry.create("glow", Images(1, 8, 8), width=3, depth=1, levels=3, scale=scale))
        holds(game.flow, game.decode, torch.rand(1, 1, 8, 8).double() * 2 - 1, rtol=1e-6)


def test_single_precision_inverts_to_four_places():
    for recipe in ("realnvp", "glow"):
        game = registry.create(recipe, Images(1, 8, 8), seed=1, width=8)
        x = torch.rand(50, 1, 8, 8) * 2 - 1
        assert (game.decode(game.encode(x)) - x).abs().max() < 1e-4


@pytest.mark.parametrize(("recipe", "options"), [("realnvp", {"couplings": 1}), ("glow", {"depth": 1})])
def test_the_density_of_points_integrates_to_one(recipe, options):
    game = disturbed(registry.create(recipe, Points(2), width=4, **options)).float()
    line = torch.linspace(-15, 15, 250)
    grid = torch.stack(torch.meshgrid(line, line, indexing="ij"), 2).view(-1, 2)
    assert (game.log_prob(grid).double().exp().sum() * (30 / 249) ** 2).item() == pytest.approx(1, abs=0.02)


def test_half_of_the_numbers_stay_where_they_are_and_move_the_others():
    mask = flows.checkerboard(4, 4, 0)
    net = torch.nn.Conv2d(1, 2, 3, padding=1)
    x = torch.randn(2, 1, 4, 4)
    y, _ = flows.Coupling(mask, net)(x)
    assert torch.equal(y * mask, x * mask)
    assert ((y != x).float() == 1 - mask).all()
    assert (flows.checkerboard(4, 4, 1) == 1 - mask).all()
    assert flows.half(4, 2, 0).flatten().tolist() == [0, 0, 1, 1]
    assert flows.half(4, 2, 1).flatten().tolist() == [1, 1, 0, 0]


def test_the_logit_is_the_metrics():
    x = torch.rand(3, 1, 2, 2).double() * 2 - 1
    y, stretch = flows.Logit(0.05)(x)
    expected, slope = logit((x + 1) / 2, 0.05)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(stretch, slope - 4 * math.log(2))  # by x in [-1, 1], not in [0, 1]


def test_a_first_batch_makes_actnorms_output_standard():
    layer, x = flows.ActNorm(3), 5 + 2 * torch.randn(400, 3, 2, 2)
    with prepared.looking(layer):
        y, _ = layer(x)
    values = y.transpose(0, 1).flatten(1)
    torch.testing.assert_close(values.mean(1), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(values.std(1), torch.ones(3), atol=1e-4, rtol=0)
    game = registry.create("glow", named.load("ring").spec, width=4, depth=2)
    before = game.flow.net.stages[0].layers[0].log_scale.clone()
    Run(game, named.load("ring"), steps=1, batch=4).train()
    assert not torch.allclose(game.flow.net.stages[0].layers[0].log_scale, before, atol=0.05)


def test_batch_norm_takes_the_batch_in_training_and_its_average_after():
    layer, x = flows.BatchNorm(2, momentum=1.0, eps=0.0), 3 + 2 * torch.randn(50, 2).double()
    layer.double()
    y, stretch = layer(x)
    torch.testing.assert_close(y.mean(0), torch.zeros(2).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(y.var(0, correction=0), torch.ones(2).double())
    layer.eval()
    after, same = layer(x)
    torch.testing.assert_close(after, y)
    torch.testing.assert_close(same, stretch)


def test_mixing_starts_as_a_rotation():
    weight = flows.Mixing(5).weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(5), atol=1e-5, rtol=0)


def test_sizes_and_counts_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match="cannot be halved 2 times: lower levels"):
        registry.create("glow", Images(1, 6, 6))
    with pytest.raises(UsageError, match="cannot be halved 1 times: lower scales"):
        registry.create("realnvp", Images(1, 5, 5))
    with pytest.raises(UsageError, match="at least one layer"):
        registry.create("realnvp", Points(2), couplings=0)
