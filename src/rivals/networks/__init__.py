"""Whole bodies for a kind of data: `generator(data, latent, width)`, `critic(data, width)`.

Points and other arrays get fully connected networks, pictures the DCGAN's, or fully connected ones where a recipe asks
for them. A recipe that needs another body names its module.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypeGuard

from torch import nn

from rivals.data.specs import Images, Shaped
from rivals.errors import UsageError
from rivals.networks import dcgan, mlp, residual
from rivals.nn.labels import WithLabels
from rivals.nn.norms import Norm, spectral
from rivals.nn.virtual import WithReference

Body: TypeAlias = Literal["dcgan", "resnet"]


def tiny(data: Shaped) -> bool:
    """Whether these are pictures with a side below 12, on which convolutions cost more than they find."""
    return isinstance(data, Images) and min(data.height, data.width) < 12


def hidden(width: int) -> list[int]:
    """Hidden layers of a fully connected body."""
    return [2 * width] * 3


def generator(
    data: Shaped,
    latent: int,
    width: int = 64,
    *,
    norm: Norm = "batch",
    classes: int = 0,
    dense: bool = False,
    body: Body = "dcgan",
) -> nn.Module:
    """Latent (N, latent) [, labels (N,)] -> samples of the data's shape.

    Args:
        data: what to make.
        latent: numbers in a latent.
        width: channels of the largest hidden map; fully connected bodies have three hidden layers of twice as many
            units.
        norm: of hidden maps; fully connected bodies use none, since a batch norm would blur the modes.
        classes: labels the network is given, 0 for none.
        dense: a fully connected body for pictures, too.
        body: of pictures; "resnet" is SNGAN's, with 4 · width channels in all maps.
    """
    size = latent + classes
    net: nn.Module
    if _residual(data, body):
        net = residual.generator(size, *data.shape, base=4 * width, norm=norm)
    elif isinstance(data, Images) and not dense:
        net = dcgan.generator(size, *data.shape, base=width, norm=norm)
        net = WithReference(net, (size,)) if norm == "virtual" else net
    else:
        net = mlp.generator(size, data.shape, hidden(width))
    return WithLabels(net, classes) if classes else net


def critic(
    data: Shaped,
    width: int = 64,
    *,
    norm: Norm = "batch",
    outputs: int = 1,
    classes: int = 0,
    dense: bool = False,
    body: Body = "dcgan",
) -> nn.Module:
    """Samples [, labels (N,)] -> logits (N,), or (N, outputs).

    Args:
        data: what to look at.
        width: channels of the first hidden map; fully connected bodies as the generator's.
        norm: of hidden maps, or "spectral" for the weights; fully connected bodies know "spectral" and "none".
        outputs: logits a sample.
        classes: labels the network is given, 0 for none.
        dense: a fully connected body for pictures, too.
        body: of pictures; "resnet" is SNGAN's, with 2 · width channels in all maps.
    """
    channels, *sides = data.shape
    net: nn.Module
    if _residual(data, body):
        net = residual.critic(channels + classes, data.height, data.width, 2 * width, norm, outputs)
    elif isinstance(data, Images) and not dense:
        net = dcgan.critic(channels + classes, data.height, data.width, base=width, norm=norm, outputs=outputs)
        net = WithReference(net, (channels + classes, *sides)) if norm == "virtual" else net
    else:
        net = mlp.critic((channels + classes, *sides), hidden(width), outputs, nn.LeakyReLU(0.2))
        net = spectral(net) if norm == "spectral" else net
    return WithLabels(net, classes) if classes else net


def _residual(data: Shaped, body: Body) -> TypeGuard[Images]:
    if body == "resnet" and not isinstance(data, Images):
        raise UsageError("body=resnet is for pictures: leave it out")
    return body == "resnet"
