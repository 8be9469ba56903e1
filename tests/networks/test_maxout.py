from __future__ import annotations

import torch

from rivals.networks import maxout


def test_pictures_come_in_their_range_and_weights_start_small() -> None:
    torch.manual_seed(0)
    generator, critic = maxout.generator(10, (1, 6, 5), (20, 30)), maxout.critic((1, 6, 5), (8, 7))
    x = generator(2 * torch.rand(64, 10) - 1)
    assert x.shape == (64, 1, 6, 5)
    assert x.abs().max() < 1
    assert critic(x).shape == (64,)
    for net, bound in ((generator, 0.05), (critic, 0.005)):
        assert 0.9 * bound < max(w.abs().max() for n, w in net.named_parameters() if n.endswith("weight")) <= bound


def test_an_empty_background_says_nothing_to_the_critic_but_its_biases() -> None:
    critic = maxout.critic((1, 6, 5), (8, 7)).eval()
    assert critic(torch.full((3, 1, 6, 5), -1.0)).abs().max() == 0


def test_points_are_neither_squashed_nor_moved() -> None:
    generator = maxout.generator(4, (2,), (20, 20))
    with torch.no_grad():
        generator[-2].bias += 100
    assert generator(torch.zeros(3, 4)).min() > 50
    assert maxout.critic((2,))(torch.randn(5, 2)).shape == (5,)
