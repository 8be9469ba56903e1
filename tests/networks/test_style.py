"""Style-based networks: shapes, which layer a style rules, and what the critic sees."""

import pytest
import torch

from rivals import noise, registry
from rivals.data.specs import Images
from rivals.game import Player
from rivals.networks import style
from rivals.optim import adam

SIZES = [(1, 8, 8), (3, 28, 28), (1, 5, 12), (1, 4, 4)]


@pytest.mark.parametrize("shape", SIZES)
def test_pictures_of_any_size_from_latents_and_from_styles_of_each_layer(shape: tuple[int, int, int]) -> None:
    data = Images(*shape)
    net, judge = style.StyleGenerator(data, 6, 4, 8, depth=2), style.critic(data, 4, 8)
    z = torch.randn(4, 6)
    with noise.seeded(z.device, 1):
        x = net(z)
    with noise.seeded(z.device, 1):
        same = net(net.mapping(z)[:, None].expand(-1, net.synthesis.layers, -1))
    assert x.shape == (4, *shape)
    assert torch.equal(x, same)
    assert judge(x).shape == (4,)
    assert style.critic(data, 4, 8, outputs=3)(x).shape == (4, 3)
    assert len({p.data_ptr() for p in net.parameters()}) == len(list(net.parameters()))


def test_the_mapping_puts_latents_on_a_sphere_first() -> None:
    net, z = style.mapping(6, 7, depth=3), torch.randn(5, 6)
    torch.testing.assert_close(net(z), net(10 * z))
    assert net(z).shape == (5, 7)


def test_a_style_of_a_layer_leaves_all_coarser_layers_as_they_are() -> None:
    torch.manual_seed(0)
    net = style.Synthesis(Images(1, 16, 16), 6, 4, 8)
    assert (net.layers, len(net.blocks), len(net.pictures)) == (6, 5, 3)
    seen: list[torch.Tensor] = []
    for block in net.blocks:
        block.register_forward_hook(lambda module, given, out: seen.append(out))
    w = torch.randn(2, 6, 6)
    first = net(w, fixed=True)
    before = list(seen)
    for layer in range(net.layers):
        other = w.clone()
        other[:, layer] += 1
        seen.clear()
        x = net(other, fixed=True)
        same = [torch.equal(a, b) for a, b in zip(seen, before, strict=True)]
        assert same == [i < layer for i in range(len(same))]
        assert not torch.equal(x, first)


def test_pictures_of_all_sides_are_added_up() -> None:
    torch.manual_seed(0)
    net = style.Synthesis(Images(2, 16, 16), 6, 4, 8)
    parts: list[torch.Tensor] = []
    for layer in net.pictures:
        layer.register_forward_hook(lambda module, given, out: parts.append(out))
    x = net(torch.randn(3, 6))
    sums = parts[0]
    for part in parts[1:]:
        sums = net.up.up(sums) + part
    torch.testing.assert_close(x, sums)


def test_the_body_serves_another_recipes_loss() -> None:
    data = Images(1, 8, 8)
    game = registry.create("gan", data, hidden=(8, 8), latent=6)
    game.generator = Player(style.StyleGenerator(data, 6, 4, 8, depth=2), adam(1e-3))
    game.critic = Player(style.critic(data, 4, 8), adam(1e-3))
    assert game.sample(3).shape == (3, 1, 8, 8)
    assert torch.equal(game.sample(3, seed=2), game.sample(5, seed=2)[:3])
