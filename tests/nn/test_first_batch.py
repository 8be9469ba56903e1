"""Layers that look at a first batch (virtual batch norm, weight norm), and minibatch discrimination."""

import math

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data import named
from rivals.errors import UsageError
from rivals.networks import dcgan, noisy
from rivals.nn import prepared
from rivals.nn.discrimination import MinibatchDiscrimination, discriminating
from rivals.nn.virtual import VirtualNorm, WithReference
from rivals.nn.weightnorm import WeightNormed
from rivals.run import Run


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def given(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.double) * 2 + 1


@pytest.mark.parametrize("shape", [(3,), (3, 4, 2)])
def test_virtual_norm_is_by_the_reference_and_the_sample_itself(shape):
    norm = VirtualNorm(3).double()
    nn.init.uniform_(norm.weight)
    nn.init.uniform_(norm.bias)
    norm.known = 5
    reference, x = given(5, *shape), given(2, *shape)
    out = norm(torch.cat([reference, x]))
    for c in range(3):
        r = reference[:, c]
        by_hand = (r - r.mean()) / (r.var(correction=0) + 1e-5).sqrt() * norm.weight[c] + norm.bias[c]
        torch.testing.assert_close(out[:5, c], by_hand)
        for i in range(2):
            mean = x[i, c].mean() / 6 + r.mean() * 5 / 6
            square = x[i, c].square().mean() / 6 + r.square().mean() * 5 / 6
            by_hand = (x[i, c] - mean) / (square - mean**2 + 1e-5).sqrt() * norm.weight[c] + norm.bias[c]
            torch.testing.assert_close(out[5 + i, c], by_hand)


def test_other_samples_of_a_batch_do_not_matter_under_virtual_norm():
    net = WithReference(dcgan.critic(1, 8, 8, base=4, norm="virtual"), (1, 8, 8), size=6)
    x = torch.randn(4, 1, 8, 8)
    torch.testing.assert_close(net(x), torch.cat([net(one[None]) for one in x]))


def test_a_reference_is_what_is_seen_first_and_is_kept_in_the_state():
    net = WithReference(dcgan.critic(1, 8, 8, base=4, norm="virtual"), (1, 8, 8), size=6)
    first, x = torch.randn(4, 1, 8, 8), torch.randn(3, 1, 8, 8)
    before = net(x)
    with prepared.looking(net):
        net(first)
    assert torch.equal(net.reference, first[[0, 1, 2, 3, 0, 1]])
    after = net(x)  # and no longer looks
    assert torch.equal(net.reference[:4], first)
    assert not torch.allclose(before, after)
    other = WithReference(dcgan.critic(1, 8, 8, base=4, norm="virtual"), (1, 8, 8), size=6)
    other.load_state_dict(net.state_dict())
    assert torch.equal(other(x), after)


def test_without_a_reference_virtual_norm_says_so():
    with pytest.raises(UsageError, match="needs a reference batch"):
        VirtualNorm(3)(torch.zeros(2, 3))


def test_a_declarative_game_shows_reals_to_its_critic_and_latents_to_its_generator():
    data = named.load("digits")
    game = registry.create("dcgan", data.spec, width=4, latent=4, norm="virtual")
    run = Run(game, data, steps=1, batch=4)
    game.train()
    game.prepare(run)
    assert torch.equal(game.critic.net.reference, run.examples(64))
    assert game.generator.net.reference.abs().max() <= 1
    run.train()
    assert game.sample(3).isfinite().all()
    assert game.features(run.examples(3)).shape[0] == 3


def test_weight_normed_outputs_start_with_mean_0_and_deviation_1():
    layer = WeightNormed(7, 5).double()
    x = given(50, 7)
    with prepared.looking(layer):
        y = layer(x)
    torch.testing.assert_close(y.mean(0), torch.zeros(5).double())
    torch.testing.assert_close(y.std(0), torch.ones(5).double())
    v = layer.weight / layer.weight.norm(dim=1, keepdim=True)
    torch.testing.assert_close(layer(x), x @ (layer.scale[:, None] * v).T + layer.bias)
    # only the direction counts
    with torch.no_grad():
        layer.weight.mul_(3)
    torch.testing.assert_close(layer(x), y)


def test_the_noise_of_a_weight_normed_layer_is_there_in_training_alone():
    layer = WeightNormed(400, 400, std=0.5)
    x = torch.zeros(100, 400)
    assert layer.disturbed(x).std().item() == pytest.approx(0.5, rel=0.02)
    layer.eval()
    assert torch.equal(layer.disturbed(x), x)


def test_every_layer_starts_from_what_the_layer_before_gives():
    net = noisy.critic((1, 4, 4), 3, (8, 6))
    net.eval()  # no noise, so that moments are exact
    with prepared.looking(net):
        logits = net(torch.rand(64, 1, 4, 4))
    torch.testing.assert_close(logits.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(logits.std(0), torch.ones(3), atol=1e-4, rtol=0)


def test_discrimination_sums_closeness_to_the_others():
    layer = MinibatchDiscrimination(4, kernels=3, dims=2).double()
    x = given(5, 4)
    out = layer(x)
    assert torch.equal(out[:, :4], x)
    m = (x @ layer.weight).detach().view(5, 3, 2)
    for i in range(5):
        for b in range(3):
            by_hand = sum(math.exp(-float((m[i, b] - m[j, b]).abs().sum())) for j in range(5) if j != i)
            assert out[i, 4 + b].item() == pytest.approx(by_hand)
    same = layer(x[:1].expand(5, 4))  # a collapsed batch: everybody is as near as can be
    torch.testing.assert_close(same[:, 4:], torch.full((5, 3), 4.0).double())


@pytest.mark.parametrize("norm", ["batch", "virtual", "none"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_any_critic_can_be_made_to_discriminate(norm, outputs):
    critic = dcgan.critic(1, 8, 8, base=4, norm=norm, outputs=outputs)
    critic = WithReference(critic, (1, 8, 8), 4) if norm == "virtual" else critic
    critic = discriminating(critic, 5)
    assert critic(torch.randn(6, 1, 8, 8)).shape == ((6,) if outputs == 1 else (6, 3))
    kernels = [m for m in critic.modules() if isinstance(m, MinibatchDiscrimination)]
    assert [k.kernels for k in kernels] == [5]


def test_discrimination_refuses_what_it_cannot_stand_in_front_of():
    with pytest.raises(UsageError, match="goes in front of"):
        discriminating(nn.Sequential(nn.ConvTranspose2d(1, 1, 3)))
    with pytest.raises(UsageError, match="at least 1 kernel"):
        MinibatchDiscrimination(4, 0)
