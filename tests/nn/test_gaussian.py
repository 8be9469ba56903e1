"""Moments against torch's own distributions."""

import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from rivals.nn.gaussian import Drawn, divergence, drawn


def test_divergence_is_the_closed_form() -> None:
    moments = torch.randn(5, 6).double()
    mean, log_variance = moments.chunk(2, 1)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(divergence(moments), expected)


def test_draws_have_their_moments_and_a_gradient_in_both() -> None:
    torch.manual_seed(0)
    moments = torch.tensor([[1.0, -2.0, 0.0, -1.0]]).repeat(100_000, 1).requires_grad_()
    z = drawn(moments)
    torch.testing.assert_close(z.mean(0), torch.tensor([1.0, -2.0]), atol=0.02, rtol=0)
    torch.testing.assert_close(z.var(0).log(), torch.tensor([0.0, -1.0]), atol=0.03, rtol=0)
    (gradient,) = torch.autograd.grad(z.square().sum(), moments)
    assert gradient.abs().sum(0).min() > 0


def test_a_drawn_network_gives_its_mean_in_evaluation() -> None:
    net = Drawn(nn.Linear(3, 4))
    x = torch.randn(7, 3)
    assert not torch.equal(net(x), net(x))
    net.eval()
    torch.testing.assert_close(net(x), net.net(x)[:, :2])
