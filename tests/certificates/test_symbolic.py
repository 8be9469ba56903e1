"""Bounds hold for every sampled variant, are exact where a net is linear, and never certify what an attack fools."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rivals.attacks import pgd
from rivals.certificates import REGIONS, layers_of, margins, regions
from rivals.certificates.layers import Affine
from rivals.certificates.symbolic import begin, compared, led
from rivals.errors import UsageError
from rivals.nn.shapes import Scale

SHAPE = (2, 6, 6)


def dense(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(72, 12), nn.ReLU(), nn.Linear(12, 9), nn.LeakyReLU(0.1), nn.Linear(9, 4)
    )


def convolutional(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    net = nn.Sequential(
        Scale(2.0, -1.0), nn.Conv2d(2, 4, 3, padding=1, stride=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 3, 3, groups=1), nn.ReLU(), nn.AvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(3, 4),
    )  # fmt: skip
    nn.init.uniform_(net[2].running_mean, -0.2, 0.2)
    nn.init.uniform_(net[2].running_var, 0.5, 2)
    return net.eval()


def theta(region: regions.Region, n: int) -> torch.Tensor:
    """Parameters on the sphere ‖θ‖ = 1 of the region's own norm, and a few inside; many are corners."""
    size = len(region.directions)
    drawn = torch.randn(n, size, dtype=torch.float64)
    if region.dual == 1.0:
        return torch.cat([drawn.sign(), drawn.clamp(-1, 1)])
    order = 2.0 if region.dual == 2.0 else 1.0
    corners = torch.eye(size, dtype=torch.float64)
    return torch.cat([drawn / drawn.norm(p=order, dim=1, keepdim=True), corners, -corners, 0 * corners[:1]])


@pytest.mark.parametrize("name", list(REGIONS))
@pytest.mark.parametrize("make", [dense, convolutional])
def test_bounds_hold_for_sampled_variants(name, make):
    for seed in range(4):
        net = make(seed)
        layers = layers_of(net)
        x = torch.rand(SHAPE)
        for epsilon in (0.01, 0.1, 0.6):
            region = regions.region(name, x, epsilon)
            points = region.points(theta(region, 300))
            logits = points
            for layer in layers:
                logits = layer(logits)
            torch.testing.assert_close(logits.float(), net(points.float()), atol=1e-4, rtol=1e-4)
            low, high = led(layers, region)[0].bounds()
            assert (low <= logits).all()
            assert (logits <= high).all()
            y = int(logits[-1].argmax())
            apart = logits[:, y, None] - logits[:, [k for k in range(4) if k != y]]
            assert (margins(layers, region, y) <= apart).all()


def test_the_bounds_of_a_linear_net_are_exact():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(72, 5), nn.Linear(5, 3)).double()
    x = 0.3 + 0.4 * torch.rand(SHAPE, dtype=torch.float64)
    weight = net[2].weight @ net[1].weight
    for name, order in (("linf", 1.0), ("l2", 2.0), ("l1", torch.inf)):
        low, high = led(layers_of(net), regions.region(name, x, 0.1))[0].bounds()
        reach = 0.1 * torch.linalg.vector_norm(weight, order, dim=1)
        middle = net(x[None])[0]
        torch.testing.assert_close(high, (middle + reach).detach())
        torch.testing.assert_close(low, (middle - reach).detach())


def test_equations_are_tighter_than_intervals():
    torch.manual_seed(1)
    first = nn.Linear(3, 3)
    net = nn.Sequential(nn.Flatten(), first, nn.Linear(3, 2))
    with torch.no_grad():
        net[2].weight.copy_(torch.tensor([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]]))
        first.weight[1] = first.weight[0]  # what cancels must cancel
    low, high = led(layers_of(net), regions.region("linf", torch.full((3, 1, 1), 0.5), 0.5))[0].bounds()
    assert high[0] - low[0] < 1e-9


def test_rounding_goes_outwards():
    """A sum that cancels: the computed constant is wrong in its last digits, and the bounds hold the true one."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3, 1))
    big = 2.0**40
    with torch.no_grad():
        net[1].weight.copy_(torch.tensor([[big, 1.0, -big]]))
        net[1].bias.zero_()
    x = torch.tensor([1 / 3, 2.0**-30, 1 / 3]).view(3, 1, 1)
    low, high = led(layers_of(net), regions.region("linf", x, 0.0))[0].bounds()
    assert low < 2.0**-30 < high


@pytest.mark.parametrize("seed", range(6))
def test_what_is_certified_is_never_fooled(seed):
    net = (dense, convolutional)[seed % 2](seed)
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(30, *SHAPE, generator=generator)
    y = net(x).argmax(1)
    layers, shares = layers_of(net), []
    for epsilon in (0.005, 0.02, 0.1):
        sure = torch.tensor([
            bool((margins(layers, regions.region("linf", a, epsilon * (1 + 1e-6)), int(b)) > 0).all())
            for a, b in zip(x, y, strict=True)
        ])  # fmt: skip
        left = net(pgd(net, x, y, epsilon=epsilon, steps=20, restarts=2)).argmax(1) == y
        assert not (sure & ~left).any()
        shares.append(float(sure.double().mean()))
    assert shares[0] > 0
    assert shares == sorted(shares, reverse=True)


def test_layers_without_a_bound_are_refused():
    for net, sentence in (
        (nn.Sequential(nn.Tanh()), "no bound is known for the layer Tanh"),
        (nn.Sequential(nn.MaxPool2d(3, padding=1)), "padded or dilated"),
        (nn.Sequential(nn.Conv2d(1, 1, 3, padding="same")), "other padding"),
    ):
        with pytest.raises(UsageError, match=sentence):
            layers_of(net)
    with pytest.raises(UsageError, match="whose last layer is dense"):
        compared(layers_of(nn.Sequential(nn.Linear(2, 2), nn.ReLU())), 0)
    with pytest.raises(UsageError, match="there is no property 'linff'"):
        regions.region("linff", torch.zeros(1), 0.1)


def test_the_input_is_its_own_equation():
    region = regions.region("linf", torch.tensor([0.05, 0.5]), 0.1)
    low, high = begin(region).bounds()
    torch.testing.assert_close(low, torch.tensor([0.0, 0.4], dtype=torch.float64), atol=1e-7, rtol=0)
    torch.testing.assert_close(high, torch.tensor([0.15, 0.6], dtype=torch.float64), atol=1e-7, rtol=0)
    assert all(isinstance(layer, Affine) for layer in layers_of(nn.Sequential(nn.Linear(2, 2))))
