"""Modulated convolutions and the small filter, against their definitions."""

import math

import pytest
import torch
import torch.nn.functional as F

from rivals import noise
from rivals.nn.equalised import equalised
from rivals.nn.modulated import Modulated, Styled, modulated
from rivals.nn.upfirdn import Fir


def make(n: int = 3, before: int = 4, after: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return (
        torch.randn(n, before, 6, 6).double(),
        torch.randn(after, before, 3, 3).double(),
        torch.randn(n, before).double(),
    )


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("demodulate", [False, True])
def test_scaling_before_and_after_is_the_grouped_convolution(up: bool, demodulate: bool) -> None:
    x, weight, style = (t.requires_grad_() for t in make())
    gradients = []
    for grouped in (False, True):
        y = modulated(x, weight, style, demodulate=demodulate, up=up, grouped=grouped)
        gradients.append((y, *torch.autograd.grad(y.square().sum(), (x, weight, style))))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_each_sample_is_convolved_with_its_own_demodulated_weights() -> None:
    x, weight, style = make()
    y = modulated(x, weight, style)
    for i in range(len(x)):
        own = weight * style[i][None, :, None, None]
        own = own / own.square().sum((1, 2, 3), keepdim=True).sqrt()
        torch.testing.assert_close(y[i : i + 1], F.conv2d(x[i : i + 1], own, padding=1))


def test_demodulation_gives_unit_variance_whatever_the_style() -> None:
    torch.manual_seed(1)
    x, weight = torch.randn(4, 8, 40, 40), torch.randn(6, 8, 3, 3)
    style = torch.tensor([[0.01], [1.0], [50.0], [3.0]]) * torch.randn(4, 8)
    inside = modulated(x, weight, style)[:, :, 1:-1, 1:-1]
    torch.testing.assert_close(inside.var((2, 3)), torch.ones(4, 6), atol=0.25, rtol=0)
    assert modulated(x, weight, style, demodulate=False).var((2, 3)).max() > 100


def test_a_transposed_convolution_puts_the_kernel_at_every_pixel() -> None:
    x, weight, style = make()
    one = torch.zeros_like(x)
    one[:, :, 2, 3] = 1
    y = modulated(one, weight, style, demodulate=False, up=True)
    torch.testing.assert_close(y[:, :, 4:7, 6:9], torch.einsum("oikl,ni->nokl", weight, style))
    assert y.shape[2:] == (13, 13)


def test_upsampling_doubles_and_keeps_the_size_of_constants() -> None:
    layer = Modulated(4, 3, 5, up=True)
    assert layer(torch.randn(2, 4, 5, 5), torch.randn(2, 5)).shape == (2, 3, 10, 10)
    # pixels between which zeros are put share what one kernel gives: a constant's mean stays that of the plain one
    x, weight, style = torch.ones(1, 4, 12, 12).double(), *make(1)[1:]
    plain = modulated(x, weight, style, demodulate=False)[:, :, 4:8, 4:8].mean((2, 3))
    large = 4 * Fir().double().smooth(modulated(x, weight, style, demodulate=False, up=True), 1)[:, :, 8:16, 8:16]
    torch.testing.assert_close(large.mean((2, 3)), plain, atol=1e-6, rtol=1e-6)


def test_the_filter_is_the_outer_product_and_up_then_down_is_smooth() -> None:
    fir = Fir().double()
    one = torch.zeros(1, 1, 9, 9).double()
    one[0, 0, 4, 4] = 1
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]).double() / 8
    torch.testing.assert_close(fir.up(one)[0, 0, 7:11, 7:11], 4 * torch.outer(line, line))
    x = torch.linspace(-1, 1, 8).double().expand(2, 3, 8, 8)  # a ramp, on which interpolation is exact
    up = fir.up(x)
    assert up.shape == (2, 3, 16, 16)
    torch.testing.assert_close(up[:, :, 2:-2, 2:-2].diff(dim=3), torch.full((2, 3, 12, 11), 1 / 7).double())
    assert fir.down(x).shape == (2, 3, 4, 4)
    torch.testing.assert_close(fir.down(x)[:, :, 1:-1, 1:-1], F.avg_pool2d(x, 2)[:, :, 1:-1, 1:-1])


def test_noise_has_the_learnt_strength_and_can_be_fixed() -> None:
    layer = Styled(4, 2, 5, 8)
    x, w = torch.randn(3, 4, 8, 8), torch.randn(3, 5)
    assert torch.equal(layer(x, w), layer(x, w))  # η starts at 0
    with torch.no_grad():
        layer.strength.fill_(0.5)
    assert not torch.equal(layer(x, w), layer(x, w))
    assert torch.equal(layer(x, w, fixed=True), layer(x, w, fixed=True))
    with noise.seeded(x.device, 1):
        seen = layer(x, w)
    with noise.seeded(x.device, 1):
        n = noise.normal(3, 1, 8, 8)
    torch.testing.assert_close(seen, math.sqrt(2) * F.leaky_relu(layer.convolution(x, w) + 0.5 * n, 0.2))


def test_a_multiplier_changes_the_learning_rate_and_not_the_layer() -> None:
    torch.manual_seed(2)
    slow, fast = equalised(torch.nn.Linear(200, 300), multiplier=0.01), equalised(torch.nn.Linear(200, 300))
    for layer in (slow, fast):
        assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / 200), rel=0.02)
    moved = []
    for layer in (slow, fast):
        before = layer.weight.detach().clone(), layer.bias.detach().clone()
        optimizer = torch.optim.Adam(layer.parameters(), 1e-3)
        layer(torch.ones(1, 200)).sum().backward()
        optimizer.step()
        moved.append([(a - b).abs().mean().item() for a, b in zip((layer.weight, layer.bias), before, strict=True)])
    assert moved[0] == pytest.approx([0.01 * step for step in moved[1]], rel=0.02)
