import math

import pytest
import torch

from rivals.data import named
from rivals.errors import UsageError
from rivals.metrics.points import against_truth


def drawn(name, n=2000, **read):
    return named.load(name, **read).draw(("point", "label"), seed=1, start=0, size=n)


def test_spiral_has_two_arms_that_are_each_others_mirror():
    x, arm = drawn("spiral", noise=0.0)
    r = x.norm(dim=1)
    assert r.min() >= 0.1 - 1e-6
    assert r.max() <= 1 + 1e-6
    angle = 2 * math.pi * 1.5 * r
    on = r[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    assert torch.allclose(x[arm == 0], on[arm == 0], atol=1e-4)
    assert torch.allclose(x[arm == 1], -on[arm == 1], atol=1e-4)


def test_lines_stand_theta_apart():
    x, line = drawn("lines", theta=-2.5)
    assert set(x[line == 0, 0].tolist()) == {0.0}
    assert set(x[line == 1, 0].tolist()) == {-2.5}
    assert 0 <= x[:, 1].min() < 0.01
    assert 0.99 < x[:, 1].max() <= 1


@pytest.mark.parametrize("dim", [2, 500])
def test_spheres_have_their_radii_and_every_direction(dim):
    x, which = drawn("spheres", dim=dim)
    assert torch.allclose(x.norm(dim=1), torch.where(which == 1, 1.3, 1.0), atol=1e-5)
    assert x.mean(0).abs().max() < 4 * 1.3 / math.sqrt(len(x) * dim / 2)


def test_high_dim_lies_in_its_subspace_and_its_modes_are_counted():
    source = named.load("high-dim")
    x = source.first("point", 1000)
    truth = source.truth
    assert x.shape == (1000, 1200)
    assert truth.rank == 700
    assert torch.allclose(x @ truth.basis @ truth.basis.T, x, atol=1e-4)
    scores = against_truth(x, source.test.first("point", 1000), truth)
    assert scores["modes"] == 10
    assert scores["high quality"] > 0.97
    noise = torch.randn(500, 1200)
    assert against_truth(noise, x, truth)["high quality"] == 0
    spread = torch.cdist(truth.means, truth.means)
    assert spread[spread > 0].min() > 10 * math.sqrt(700) * truth.std


@pytest.mark.parametrize(
    ("name", "read"),
    [("spiral", {"turns": 11.0}), ("lines", {"theta": 1e9}), ("spheres", {"dim": 1}), ("high-dim", {"rank": 1201})],
)
def test_options_outside_their_limits_are_refused_by_name(name, read):
    with pytest.raises(UsageError, match=f"{name}: option '{next(iter(read))}' must be from"):
        named.load(name, **read)
