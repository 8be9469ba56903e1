"""Networks in the manner of super-resolution."""

import pytest
import torch
from torch import nn

from rivals.networks import srresnet
from rivals.networks.translators import Residual


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 15, 21), (2, 32, 32), (1, 1, 3)])
def test_shapes(shape: tuple[int, int, int]) -> None:
    g = srresnet.generator(5, *shape, base=4, blocks=1)
    x = g(torch.randn(2, 5))
    assert x.shape == (2, *shape)
    assert x.abs().max() <= 1
    d, size = srresnet.features(*shape, base=2, blocks=1)
    assert d(x).shape == (2, size)


def test_the_generator_works_at_an_eighth_and_shuffles_channels_into_pixels() -> None:
    g = srresnet.generator(5, 3, 64, 64, base=4, blocks=3)
    seen: list[torch.Size] = []
    for module in g.modules():
        if isinstance(module, Residual):
            module.register_forward_hook(lambda m, x, y: seen.append(y.shape))
    g(torch.randn(1, 5))
    assert set(seen) == {torch.Size([1, 4, 8, 8])}
    assert len(seen) == 4  # three blocks, and the way around all of them
    assert sum(isinstance(m, nn.PixelShuffle) for m in g) == 3


def test_the_critic_has_no_norm() -> None:
    d, _ = srresnet.features(3, 32, 32, base=2)
    assert not [m for m in d.modules() if isinstance(m, nn.BatchNorm2d)]
