"""Conditional norms and projections against their formulas."""

import torch
from torch import nn

from rivals.networks import dcgan
from rivals.nn.conditional import ByLabel, ConditionalNorm, Projection


def test_a_conditional_norm_starts_as_a_plain_one_and_then_has_a_gain_for_each_label() -> None:
    x, labels = torch.randn(6, 3, 4, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    layer = ConditionalNorm(3, 3)
    net = ByLabel(nn.Sequential(layer, nn.ReLU()), 3)
    plain = nn.BatchNorm2d(3, affine=False)(x)
    torch.testing.assert_close(net(x, labels), plain.relu())
    with torch.no_grad():
        layer.gain.copy_(torch.randn(3, 3))
        layer.shift.copy_(torch.randn(3, 3))
    expected = plain * (1 + layer.gain[labels])[:, :, None, None] + layer.shift[labels][:, :, None, None]
    torch.testing.assert_close(net(x, labels), expected.relu())


def test_a_projection_adds_the_inner_product_with_the_labels_vector() -> None:
    net = Projection(nn.Identity(), 4, 3)
    x, labels = torch.randn(5, 4, 2, 2), torch.tensor([0, 2, 1, 1, 0])
    phi = x.sum((2, 3))
    expected = phi @ net.judge.weight[0] + net.judge.bias + (phi * net.named.weight[labels]).sum(1)
    torch.testing.assert_close(net(x, labels), expected)
    plain = Projection(nn.Identity(), 4)
    torch.testing.assert_close(plain(x), plain.judge(phi)[:, 0])


def test_conditional_bodies_have_the_same_layers_and_tell_labels_apart() -> None:
    generator = dcgan.conditional_generator(5, 1, 8, 8, condition=3, base=4)
    norms = [m for m in generator.modules() if isinstance(m, ConditionalNorm)]
    assert len(norms) == 2
    for norm in norms:
        nn.init.normal_(norm.shift)
    z = torch.randn(1, 5).expand(6, 5)
    made = generator(z, torch.arange(6) % 3)
    torch.testing.assert_close(made[:3], made[3:])
    assert not torch.allclose(made[0], made[1])
    critic = dcgan.projection_critic(1, 8, 8, condition=3, base=4)
    logits = critic(made[:1].expand(3, -1, -1, -1), torch.arange(3))
    assert logits.shape == (3,)
    assert len(logits.unique()) == 3
