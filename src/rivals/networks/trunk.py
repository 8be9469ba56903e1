"""Bodies without a last layer, for what shares or extends a critic: samples -> features."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rivals import networks
from rivals.data.specs import Images, Points
from rivals.networks import dcgan, mlp
from rivals.nn.norms import Norm, norm1d
from rivals.nn.shapes import Squeeze


def trunk(
    data: Points | Images, width: int = 64, *, norm: Norm = "batch", hidden: Sequence[int] = ()
) -> tuple[nn.Module, int]:
    """Samples -> features (N, F), and F.

    Args:
        data: what to look at.
        width: as in `rivals.networks.critic`.
        norm: of hidden maps; fully connected bodies of points use none.
        hidden: units of fully connected layers instead, of which the last has the norm.
    """
    if hidden:
        return nn.Sequential(nn.Flatten(), *dense(math.prod(data.shape), hidden, norm)), hidden[-1]
    if isinstance(data, Points):
        sizes = networks.hidden(width)
        layers = mlp.mlp([data.dim, *sizes], nn.LeakyReLU(0.2))
        return nn.Sequential(*layers, nn.LeakyReLU(0.2)), sizes[-1]
    body = dcgan.initialised(
        nn.Sequential(*dcgan.features(data.channels, data.height, data.width, width, norm), nn.Flatten())
    )
    smallest = dcgan.sizes(data.height, data.width)[-1]
    return body, dcgan.trunk_width(data.height, data.width, width) * math.prod(smallest)


def dense(inputs: int, hidden: Sequence[int], norm: Norm = "batch") -> nn.Sequential:
    """Fully connected layers, leaky, of which the last has a norm: (N, inputs) -> (N, hidden[-1])."""
    layers = mlp.mlp([inputs, *hidden], nn.LeakyReLU(0.2))
    return nn.Sequential(*layers, norm1d(norm, hidden[-1]), nn.LeakyReLU(0.2))


class Joint(nn.Module):
    """A network on a sample and its code: the sample's features and the code side by side, then dense layers.

    Args:
        data: what a sample is.
        latent: numbers in a code.
        width: of the trunk; the two dense hidden layers have 4 · width units.
        norm: of the trunk's hidden maps, or of the last fully connected layer.
        outputs: numbers a pair, (N,) where it is 1.
        hidden: units of fully connected layers on sample and code, with no trunk.
    """

    def __init__(
        self,
        data: Points | Images,
        latent: int,
        width: int = 64,
        *,
        norm: Norm = "batch",
        outputs: int = 1,
        hidden: Sequence[int] = (),
    ) -> None:
        super().__init__()
        flat: tuple[nn.Module, int] = nn.Flatten(), math.prod(data.shape)
        self.trunk, features = flat if hidden else trunk(data, width, norm=norm)
        if hidden:
            layers = dense(features + latent, hidden, norm)
            self.head = nn.Sequential(*layers, nn.Linear(hidden[-1], outputs), Squeeze())
        else:
            self.head = mlp.critic((features + latent,), [4 * width] * 2, outputs, nn.LeakyReLU(0.2))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Samples (N, ...) and codes (N, L) -> logits (N,), or (N, outputs)."""
        out: Tensor = self.head(torch.cat([self.trunk(x), z], 1))
        return out
