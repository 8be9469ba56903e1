"""Whole bodies for a kind of data: `generator(data, latent, width)`, `critic(data, width)`.

Points get fully connected networks, pictures the DCGAN's; a recipe that needs another body names its module.
"""

from __future__ import annotations

from torch import nn

from rivals.data.specs import Images, Points
from rivals.networks import dcgan, mlp
from rivals.nn.labels import WithLabels
from rivals.nn.norms import Norm, spectral


def generator(
    data: Points | Images, latent: int, width: int = 64, *, norm: Norm = "batch", classes: int = 0
) -> nn.Module:
    """Latent (N, latent) [, labels (N,)] -> samples of the data's shape.

    Args:
        data: what to make.
        latent: numbers in a latent.
        width: channels of the largest hidden map; points get three hidden layers of twice as many units.
        norm: of hidden maps; points use none, where a batch norm would blur the modes.
        classes: labels the network is given, 0 for none.
    """
    size = latent + classes
    net: nn.Module
    if isinstance(data, Points):
        net = mlp.generator(size, data.shape, [2 * width] * 3)
    else:
        net = dcgan.generator(size, *data.shape, base=width, norm=norm)
    return WithLabels(net, classes) if classes else net


def critic(
    data: Points | Images, width: int = 64, *, norm: Norm = "batch", outputs: int = 1, classes: int = 0
) -> nn.Module:
    """Samples [, labels (N,)] -> logits (N,), or (N, outputs).

    Args:
        data: what to look at.
        width: channels of the first hidden map; points get three hidden layers of twice as many units.
        norm: of hidden maps, or "spectral" for the weights; points know "spectral" and "none".
        outputs: logits a sample.
        classes: labels the network is given, 0 for none.
    """
    net: nn.Module
    if isinstance(data, Points):
        net = mlp.critic((data.dim + classes,), [2 * width] * 3, outputs, nn.LeakyReLU(0.2))
        net = spectral(net) if norm == "spectral" else net
    else:
        channels, height, wide = data.shape
        net = dcgan.critic(channels + classes, height, wide, base=width, norm=norm, outputs=outputs)
    return WithLabels(net, classes) if classes else net
