"""Bodies without a last layer, for what shares or extends a critic: samples -> features."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rivals.data.specs import Images, Points
from rivals.networks import dcgan, hidden, mlp
from rivals.nn.norms import Norm


def trunk(data: Points | Images, width: int = 64, *, norm: Norm = "batch") -> tuple[nn.Module, int]:
    """Samples -> features (N, F), and F.

    Args:
        data: what to look at.
        width: as in `rivals.networks.critic`.
        norm: of hidden maps; fully connected bodies use none.
    """
    if isinstance(data, Points):
        sizes = hidden(width)
        layers = mlp.mlp([data.dim, *sizes], nn.LeakyReLU(0.2))
        return nn.Sequential(*layers, nn.LeakyReLU(0.2)), sizes[-1]
    body = dcgan.initialised(
        nn.Sequential(*dcgan.features(data.channels, data.height, data.width, width, norm), nn.Flatten())
    )
    smallest = dcgan.sizes(data.height, data.width)[-1]
    return body, dcgan.trunk_width(data.height, data.width, width) * math.prod(smallest)


class Joint(nn.Module):
    """A network on a sample and its code: the sample's features and the code side by side, then dense layers.

    Args:
        data: what a sample is.
        latent: numbers in a code.
        width: of the trunk; the two dense hidden layers have 4 · width units.
        norm: of the trunk's hidden maps.
        outputs: numbers a pair, (N,) where it is 1.
    """

    def __init__(
        self, data: Points | Images, latent: int, width: int = 64, *, norm: Norm = "batch", outputs: int = 1
    ) -> None:
        super().__init__()
        self.trunk, features = trunk(data, width, norm=norm)
        self.head = mlp.critic((features + latent,), [4 * width] * 2, outputs, nn.LeakyReLU(0.2))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """Samples (N, ...) and codes (N, L) -> logits (N,), or (N, outputs)."""
        out: Tensor = self.head(torch.cat([self.trunk(x), z], 1))
        return out
