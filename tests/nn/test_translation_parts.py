import math

import pytest
import torch
from torch import Tensor, nn

from rivals import noise
from rivals.data.specs import Images, Pairs, Points, Unpaired
from rivals.data.toy import moved_ring
from rivals.errors import UsageError
from rivals.networks import patch, translators
from rivals.nn.distance import l1
from rivals.nn.dropout import NoisyDropout
from rivals.nn.joined import Joined
from rivals.nn.pool import Pool
from rivals.registry import create
from rivals.run import Run

CPU = torch.device("cpu")
SIZES = [(1, 5), (2, 2), (3, 4), (4, 4), (7, 9), (8, 8), (13, 16), (16, 16), (28, 28), (33, 17)]


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def numbered(start: int, n: int) -> Tensor:
    """Samples of shape (2, 1) that say their own number."""
    return torch.arange(start, start + n, dtype=torch.float32)[:, None, None].expand(n, 2, 1).clone()


class Sequential:
    """The pool as a loop over samples, each drawn number given."""

    def __init__(self, size: int) -> None:
        self.size, self.kept = size, []

    def __call__(self, x: list[float], coins: Tensor, slots: Tensor) -> list[float]:
        out = []
        for value, coin, slot in zip(x, coins.tolist(), slots.tolist(), strict=True):
            if len(self.kept) < self.size:
                self.kept.append(value)
                out.append(value)
            elif coin < 0.5:
                out.append(self.kept[slot])
                self.kept[slot] = value
            else:
                out.append(value)
        return out


def test_pool_passes_on_what_it_keeps_until_it_is_full():
    pool = Pool(6, (2, 1))
    for start in (0, 3):
        assert pool(numbered(start, 3)).equal(numbered(start, 3))
    assert pool.kept.equal(numbered(0, 6))
    assert pool.count.item() == 6


@pytest.mark.parametrize("size", [1, 3, 10])
@pytest.mark.parametrize("batch", [1, 4, 7])
def test_pool_is_the_loop_over_samples(size, batch):
    pool, loop = Pool(size, (2, 1)), Sequential(size)
    for i in range(12):
        x = numbered(100 * i, batch)
        with noise.seeded(CPU, "pool", i):
            out = pool(x)
        with noise.seeded(CPU, "pool", i):
            expected = loop(x[:, 0, 0].tolist(), noise.uniform(batch), noise.integers(batch, size))
        assert out[:, 0, 0].tolist() == expected
        assert out[:, 0].equal(out[:, 1])
        assert pool.kept[: len(loop.kept), 0, 0].tolist() == loop.kept


def test_pool_gives_old_samples_half_of_the_time_and_loses_none():
    pool = Pool(50, (2, 1))
    pool(numbered(0, 50))
    with noise.seeded(CPU, "pool"):
        out = pool(numbered(50, 4000))
    new = (out[:, 0, 0] == torch.arange(50, 4050)).float().mean()
    assert abs(new - 0.5) < 4 * 0.5 / math.sqrt(4000)
    seen = torch.cat([out, pool.kept])[:, 0, 0]
    assert seen.sort().values.equal(torch.arange(0, 4050, dtype=torch.float32))


def test_pool_state_is_its_buffers():
    pool, other = Pool(3, (2, 1)), Pool(3, (2, 1))
    pool(numbered(0, 5))
    other.load_state_dict(pool.state_dict())
    for p in (pool, other):
        with noise.seeded(CPU, "more"):
            p(numbered(10, 5))
    assert pool.kept.equal(other.kept)


def test_pool_detaches_and_a_pool_of_none_changes_nothing():
    x = numbered(0, 4).requires_grad_()
    for size in (0, 2):
        out = Pool(size, (2, 1))(x)
        assert not out.requires_grad
    assert Pool(0, (2, 1))(x).equal(x.detach())


def test_noisy_dropout_keeps_the_mean_and_stays_on_in_evaluation():
    x = torch.ones(2000, 50, dtype=torch.float64)
    layer = NoisyDropout(0.3).eval()
    with noise.seeded(CPU, "a"):
        out = layer(x)
    assert set(out.unique().tolist()) == {0.0, 1 / 0.7}
    assert abs((out == 0).double().mean().item() - 0.3) < 4 * math.sqrt(0.21 / 100_000)
    with noise.seeded(CPU, "a"):
        assert layer(x).equal(out)
    with noise.seeded(CPU, "b"):
        assert not layer(x).equal(out)
    assert NoisyDropout(0.0)(x) is x


def test_joined_puts_pictures_side_by_side_and_flattens_the_rest():
    look = Joined(nn.Identity())
    x, y = torch.randn(3, 1, 4, 4), torch.randn(3, 2, 4, 4)
    assert look(x, y).equal(torch.cat([x, y], 1))
    assert look(x, torch.randn(3, 2, 8, 8)).shape == (3, 3, 8, 8)
    flat = torch.randn(3, 5)
    assert look(x, flat).equal(torch.cat([x.flatten(1), flat], 1))


def test_l1_is_a_mean_over_all_but_the_batch():
    a, b = torch.randn(3, 2, 4, dtype=torch.float64), torch.randn(3, 2, 4, dtype=torch.float64)
    expected = [sum(abs(p - q) for p, q in zip(a[i].flatten(), b[i].flatten(), strict=True)) / 8 for i in range(3)]
    torch.testing.assert_close(l1(a, b), torch.stack(expected))


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_unet_fits_any_size(height, width):
    net = translators.unet(Images(1, height, width), Images(3, height, width), 4)
    out = net(torch.randn(2, 1, height, width))
    assert out.shape == (2, 3, height, width)
    assert out.abs().max() <= 1


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_residual_translator_fits_any_size(height, width):
    net = translators.residual(Images(2, height, width), Images(1, height, width), 4, blocks=1)
    out = net(torch.randn(2, 2, height, width))
    assert out.shape == (2, 1, height, width)
    assert out.abs().max() <= 1


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_patch_critic_fits_any_size(height, width):
    out = patch.critic((2, height, width), 4)(torch.randn(2, 2, height, width))
    assert out.shape[:2] == (2, 1)
    assert min(out.shape[2:]) >= 1


@pytest.mark.parametrize("body", [translators.unet, translators.residual])
def test_translators_between_sizes_and_kinds(body):
    x = torch.randn(2, 1, 8, 8)
    assert body(Images(1, 8, 8), Images(1, 20, 12), 4)(x).shape == (2, 1, 20, 12)
    assert body(Images(1, 8, 8), Points(3), 4)(x).shape == (2, 3)
    assert body(Points(3), Images(1, 8, 8), 4)(torch.randn(2, 3)).shape == (2, 1, 8, 8)


def test_unet_joins_every_map_to_its_equal():
    net = translators.UNet(1, 2, depth=8, width=2, dropout=0.5, norm="none")
    widths = [layer[1].in_channels for layer in net.up]
    assert widths == [16, 32, 32, 32, 32, 16, 8, 4]  # the paper's decoder at 1/32 of its width, skips doubled
    assert [layer[1].out_channels for layer in net.down] == [2, 4, 8, 16, 16, 16, 16, 16]
    assert [any(isinstance(m, NoisyDropout) for m in layer) for layer in net.up] == [True] * 3 + [False] * 5


def test_unet_skips_reach_the_output():
    """With the way through the smallest map cut off, the output still follows the input."""
    net = translators.UNet(1, 1, depth=2, width=4, dropout=0.0, norm="none").double()
    with torch.no_grad():
        net.down[1][1].weight.zero_()
    x = torch.randn(1, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(net(x).sum(), x)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize(("layers", "field"), [(1, 16), (2, 34), (3, 70)])
def test_patch_critic_sees_patches_of_the_papers_size(layers, field):
    net = patch.critic((1, 128, 128), 4, norm="none", layers=layers).double()
    x = torch.randn(1, 1, 128, 128, dtype=torch.float64, requires_grad=True)
    out = net(x)
    middle = out.shape[2] // 2
    (gradient,) = torch.autograd.grad(out[0, 0, middle, middle], x)
    seen = gradient[0, 0].abs().sum(0).nonzero()
    assert seen.max() - seen.min() + 1 == field


def test_identity_loss_needs_one_shape():
    with pytest.raises(UsageError, match="one shape"):
        create("cyclegan", Unpaired(Points(2), Points(3)), identity=1.0)
    create("cyclegan", Unpaired(Points(2), Points(2)), identity=1.0)


def test_pix2pix_on_points_and_translation_back():
    assert create("pix2pix", Pairs(Points(2), Points(3)), width=4).translate(torch.randn(5, 2)).shape == (5, 3)
    game = create("cyclegan", Unpaired(Points(2), Points(3)), width=4)
    assert game.translate(torch.randn(5, 2)).shape == (5, 3)
    assert game.translate_back(torch.randn(5, 3)).shape == (5, 2)


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_microbatches_meet_the_same_pools_as_the_whole_batch(double):
    games = [create("cyclegan", Unpaired(Points(2), Points(2)), width=4, pool=6) for _ in range(2)]
    for accumulate, game in zip((1, 2), games, strict=True):
        Run(game, moved_ring(), steps=5, batch=4, accumulate=accumulate).train()
    for name, value in games[0].state_dict().items():
        if isinstance(value, Tensor):
            torch.testing.assert_close(games[1].state_dict()[name], value, atol=1e-9, rtol=0)
