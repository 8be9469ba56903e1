"""Self-attention against a dense reference, and where networks put it."""

import pytest
import torch
from torch.nn.utils import parametrize

from rivals.errors import UsageError
from rivals.networks import dcgan
from rivals.nn.attention import Attention
from rivals.nn.norms import spectral


def dense(layer: Attention, x: torch.Tensor) -> torch.Tensor:
    """y = γ v(Σᵢ βⱼᵢ h(xᵢ)) + x by loops over places and windows."""
    height, width = x.shape[2:]
    query, key, value, out = (conv.weight[:, :, 0, 0] for conv in (layer.query, layer.key, layer.value, layer.out))
    f, g, h = (torch.einsum("oc,nchw->nohw", w, x) for w in (key, query, value))
    windows = [(slice(i, i + 2), slice(j, j + 2)) for i in range(0, height, 2) for j in range(0, width, 2)]
    keys = torch.stack([f[:, :, a, b].amax((2, 3)) for a, b in windows], 2)
    values = torch.stack([h[:, :, a, b].amax((2, 3)) for a, b in windows], 2)
    y = x.clone()
    for i in range(height):
        for j in range(width):
            beta = torch.softmax(torch.einsum("nc,ncp->np", g[:, :, i, j], keys), 1)
            o = torch.einsum("np,ncp->nc", beta, values)
            y[:, :, i, j] = x[:, :, i, j] + layer.gamma * o @ out.T
    return y


@pytest.mark.parametrize("side", [(4, 6), (5, 3), (1, 1)])
def test_equals_the_dense_reference(side: tuple[int, int]) -> None:
    torch.manual_seed(0)
    layer = Attention(16).double()
    x = torch.randn(3, 16, *side, dtype=torch.float64)
    assert torch.equal(layer(x), x)  # γ = 0
    torch.nn.init.constant_(layer.gamma, 0.7)
    torch.testing.assert_close(layer(x), dense(layer, x))
    torch.testing.assert_close(layer.weights(x).sum(2), torch.ones(3, side[0] * side[1], dtype=torch.float64))


def test_its_channels_are_an_eighth_and_a_half_and_it_has_a_second_derivative() -> None:
    layer = Attention(16).double()
    assert layer.query.weight.shape[0] == layer.key.weight.shape[0] == 2
    assert layer.value.weight.shape[0] == 8
    torch.nn.init.ones_(layer.gamma)
    x = torch.randn(1, 16, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(layer, (x,))


def test_a_far_place_changes_every_place() -> None:
    torch.manual_seed(0)
    layer = Attention(8)
    torch.nn.init.ones_(layer.gamma)
    x = torch.randn(1, 8, 8, 8)
    other = x.clone()
    other[:, :, -2:, -2:] = 5 * torch.randn(1, 8, 2, 2)
    assert ((layer(x) - layer(other))[0].abs().amax(0) > 0).all()


def test_spectral_norm_covers_it() -> None:
    net = spectral(Attention(16))
    assert all(parametrize.is_parametrized(conv) for conv in (net.query, net.key, net.value, net.out))


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (16, 20)])
def test_bodies_have_it_at_the_map_of_that_side_and_nothing_else_changes(size: tuple[int, int]) -> None:
    for side in dcgan.hidden_sides(*size):
        g, d = dcgan.generator(5, 1, *size, base=4, attention=side), dcgan.critic(1, *size, base=4, attention=side)
        for net, x in ((g, torch.randn(2, 5)), (d, torch.randn(2, 1, *size))):
            seen: list[torch.Size] = []
            found = [layer for layer in net if isinstance(layer, Attention)]
            assert len(found) == 1
            found[0].register_forward_hook(lambda layer, given, out, seen=seen: seen.append(out.shape))
            net(x)
            assert min(seen[0][2:]) == side
    assert not any(isinstance(layer, Attention) for layer in dcgan.generator(5, 1, *size, base=4))


def test_a_side_that_no_map_has_is_refused() -> None:
    for body in (lambda: dcgan.generator(5, 1, 8, 8, attention=3), lambda: dcgan.critic(1, 8, 8, attention=8)):
        with pytest.raises(UsageError, match="attention can be at 2, 4, or 0"):
            body()
