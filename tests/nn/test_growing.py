import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rivals.data.specs import Images
from rivals.networks.growing import GrowingCritic, GrowingGenerator, channels, doubled, sides
from rivals.nn.equalised import equalised
from rivals.nn.minibatch import MinibatchStd
from rivals.nn.pixelnorm import PixelNorm
from rivals.registry import create
from rivals.run import Run

DIGITS = Images(1, 8, 8)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def spread(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.parametrize(
    ("layer", "fan_in"), [(nn.Linear(300, 400), 300), (nn.Conv2d(20, 400, 3), 180), (nn.Conv2d(50, 900, 1), 50)]
)
@pytest.mark.parametrize("gain", [1.0, math.sqrt(2)])
def test_equalised_weights_are_trained_at_unit_scale_and_used_at_hes(layer, fan_in, gain):
    layer = equalised(type(layer)(*_arguments(layer)), gain)
    trained = layer.parametrizations.weight.original
    assert abs(trained.std().item() - 1) < 0.02
    torch.testing.assert_close(layer.weight, trained * gain / math.sqrt(fan_in))
    assert not layer.bias.any()


def _arguments(layer: nn.Module) -> tuple[int, ...]:
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    return layer.in_channels, layer.out_channels, layer.kernel_size[0]


def test_equalised_layer_keeps_the_variance_and_trains_all_layers_alike():
    layer = equalised(nn.Linear(512, 2048), 1.0)
    assert abs(layer(torch.randn(64, 512)).var().item() - 1) < 0.05
    loss = layer(torch.ones(1, 512)).sum()
    loss.backward()
    # dL/dw = c · dL/dŵ
    expected = torch.full((2048, 512), 1 / math.sqrt(512))
    torch.testing.assert_close(layer.parametrizations.weight.original.grad, expected)


@pytest.mark.parametrize("shape", [(3, 7), (3, 7, 4, 5)])
def test_pixel_norm_gives_every_pixel_the_length_root_c(shape):
    x = spread(*shape)
    out = PixelNorm()(x)
    torch.testing.assert_close(out.norm(dim=1), torch.full_like(out[:, 0], math.sqrt(7)), atol=1e-6, rtol=0)
    torch.testing.assert_close(PixelNorm()(5 * x), out, atol=1e-6, rtol=0)
    assert PixelNorm()(torch.zeros(1, 3)).equal(torch.zeros(1, 3))


@pytest.mark.parametrize(("n", "group", "size"), [(8, 4, 4), (6, 4, 3), (7, 4, 1), (2, 4, 2), (8, 8, 8)])
def test_minibatch_std_is_numpys(n, group, size):
    x = spread(n, 3, 4, 5)
    out = MinibatchStd(group)(x)
    assert out[:, :3].equal(x)
    for start in range(0, n, size):
        std = np.sqrt(np.var(x[start : start + size].numpy(), axis=0) + 1e-8).mean()
        np.testing.assert_allclose(out[start : start + size, 3].numpy(), std, rtol=1e-12)


def test_minibatch_std_has_a_gradient_where_all_samples_are_equal():
    x = torch.ones(4, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(MinibatchStd()(x)[:, 2].sum(), x)
    assert gradient.isfinite().all()


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(4, 4, [4]), (3, 2, [4]), (8, 8, [4, 8]), (9, 4, [4, 8, 16]), (28, 28, [4, 8, 16, 32]), (32, 20, [4, 8, 16, 32])],
)
def test_levels_reach_the_power_of_two_that_covers_the_picture(height, width, expected):
    assert sides(Images(1, height, width)) == expected


def test_channels_are_the_papers():
    assert channels(Images(3, 1024, 1024), 16, 512) == [512, 512, 512, 512, 256, 128, 64, 32, 16]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_generator_fades_in_from_the_smaller_nets_output_doubled(level):
    net, latent = GrowingGenerator(Images(2, 28, 28), 8, 4).double(), spread(5, 8)
    net.grow(level - 1, 1.0)
    small = net(latent)
    net.grow(level, 1.0)
    large = net(latent)
    assert large.shape == (5, 2, 4 << level, 4 << level)
    net.grow(level, 0.0)
    assert net(latent).equal(doubled(small))
    for alpha in (0.25, 0.5, 1e-6):
        net.grow(level, alpha)
        used = net.alpha.item()
        torch.testing.assert_close(net(latent), (1 - used) * doubled(small) + used * large)
    torch.testing.assert_close(net(latent), doubled(small), atol=1e-4, rtol=0)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_critic_fades_in_from_the_smaller_nets_verdict(level):
    net, x = GrowingCritic(Images(2, 28, 28), 4).double(), spread(8, 2, 4 << level, 4 << level)
    net.grow(level - 1, 1.0)
    small = net(F.avg_pool2d(x, 2))
    net.grow(level, 1.0)
    assert not net(x).allclose(small)
    net.grow(level, 0.0)
    torch.testing.assert_close(net(x), small)


def test_reals_are_averaged_padded_and_faded():
    net, x = GrowingCritic(DIGITS, 4).double(), spread(3, 1, 8, 8)
    net.grow(0, 1.0)
    low = net.shrunk(x)
    torch.testing.assert_close(low[:, :, 0, 0], x[:, :, :2, :2].mean((2, 3)))
    net.grow(1, 1.0)
    assert net.shrunk(x).equal(x)
    net.grow(1, 0.25)
    torch.testing.assert_close(net.shrunk(x), 0.75 * doubled(low) + 0.25 * x)
    net = GrowingCritic(Images(1, 28, 28), 4)
    assert net.shrunk(torch.ones(2, 1, 28, 28)).equal(torch.ones(2, 1, 4, 4))
    net.grow(3, 1.0)
    x = torch.randn(2, 1, 28, 28)
    assert net.whole(net.shrunk(x)).equal(x)


def test_whole_pictures_are_shown_to_the_critic_as_it_has_grown():
    net, x = GrowingCritic(DIGITS, 4).double(), spread(4, 1, 8, 8)
    assert net(x).equal(net(F.avg_pool2d(x, 2)))
    assert net(x).shape == (4,)


def test_level_and_alpha_are_state():
    net, other = GrowingGenerator(DIGITS, 8, 4), GrowingGenerator(DIGITS, 8, 4)
    net.grow(1, 0.5)
    other.load_state_dict(net.state_dict())
    latent = torch.randn(2, 8)
    assert net(latent).equal(other(latent))


@pytest.mark.parametrize("side", [8, 28])
@pytest.mark.parametrize("budget", [1, 6, 7, 100, 101])
def test_stages_share_the_budget(side, budget):
    plan = create("progan", Images(1, side, side), width=4, latent=4).stages(budget)
    assert min(plan.values()) >= 1
    assert sum(plan.values()) == max(budget, len(plan))
    assert max(plan.values()) == list(plan.values())[-1]
    assert list(plan)[:3] == ["4 stabilise", "8 fade-in", "8 stabilise"]


class Blank:
    """As much of a source as a run needs: pictures of noise, and the batches that were asked for."""

    spec, main, fields, name = Images(1, 6, 5), "image", ("image",), "blank"

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def stream(self, fields):
        return "main"

    def draw(self, fields, *, seed, start, size):
        self.sizes.append(size)
        return (torch.randn(size, 1, 6, 5, generator=torch.Generator().manual_seed(start)),)


def test_progan_grows_by_stages_and_always_shows_whole_pictures():
    source = Blank()
    game = create("progan", source.spec, width=4, latent=4, batch_factors=(2, 1))
    assert game.sample(3).shape == (3, 1, 6, 5)
    Run(game, source, steps=9, batch=4).train()
    assert source.sizes == [8] * 3 + [4] * 6
    for player in (game.generator, game.critic):
        assert player.net.level.item() == 1
        assert player.net.alpha.item() == 1.0
    assert game.generator.average.level.item() == 1
    shown = game.sample(3)
    assert shown.shape == (3, 1, 6, 5)
    assert shown.abs().max() <= 1


def test_alpha_grows_in_a_straight_line_over_the_fade_in():
    source, seen = Blank(), []
    game = create("progan", source.spec, width=4, latent=4)
    run = Run(game, source, steps=12, batch=4)
    run.hooks.step.append(lambda r: seen.append((game.critic.net.level.item(), game.critic.net.alpha.item())))
    run.train()
    assert seen == [(0, 1.0)] * 4 + [(1, 0.25), (1, 0.5), (1, 0.75), (1, 1.0)] + [(1, 1.0)] * 4


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_microbatches_train_as_the_whole_batch_does(double):
    """The minibatch's deviation is of groups of neighbours, so that microbatches of whole groups change nothing."""
    weights = []
    for accumulate in (1, 2):
        game = create("progan", Images(1, 6, 5), width=4, latent=4)
        Run(game, Blank(), steps=5, batch=8, accumulate=accumulate).train()
        weights.append(torch.cat([w.flatten() for w in game.generator.weights]))
    torch.testing.assert_close(*weights, atol=1e-9, rtol=0)


def test_parts_can_be_set_from_outside():
    game = create("progan", Blank.spec, width=4, latent=4, objective="non_saturating", penalties="[r1(gamma=1)]")
    Run(game, Blank(), steps=3, batch=4).train()
    assert game.critic.updates == 3
