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
from rivals.nn.labels import EveryLayer, WithLabels
from rivals.nn.norms import Norm, spectral
from rivals.nn.virtual import WithReference

Body: TypeAlias = Literal["dcgan", "resnet"]

Join: TypeAlias = Literal["input", "layers", "projection"]
"""Where a network is told a condition: beside its input, at every layer (FCGAN), or by conditional batch norms in the
generator and a projection in the critic (Miyato & Koyama 2018)."""


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
    condition: int = 0,
    join: Join = "input",
    dense: bool = False,
    dropout: float = 0.0,
    body: Body = "dcgan",
) -> nn.Module:
    """Latent (N, latent) [, labels (N,) or codes (N, condition)] -> samples of the data's shape.

    Args:
        data: what to make.
        latent: numbers in a latent.
        width: channels of the largest hidden map; fully connected bodies have three hidden layers of twice as many
            units.
        norm: of hidden maps; fully connected bodies use none, since a batch norm would blur the modes.
        condition: numbers in the code of what the network is told (of labels the classes), 0 for none.
        join: where it is told.
        dense: a fully connected body for pictures, too.
        dropout: of hidden units, in fully connected bodies alone.
        body: of pictures; "resnet" is SNGAN's, with 4 · width channels in all maps.

    Raises:
        UsageError: for a body that cannot be told a condition there, or that knows no dropout.
    """
    _fits(data, condition, join, dense, dropout, body, norm)
    if condition and join == "projection":
        assert isinstance(data, Images)
        return dcgan.conditional_generator(latent, *data.shape, condition, base=width)
    size = latent + (condition if join == "input" else 0)
    net: nn.Module
    if _residual(data, body):
        net = residual.generator(size, *data.shape, base=4 * width, norm=norm)
    elif isinstance(data, Images) and not dense:
        net = dcgan.generator(size, *data.shape, base=width, norm=norm)
        net = WithReference(net, (size,)) if norm == "virtual" else net
    else:
        net = mlp.generator(size, data.shape, hidden(width), dropout=dropout)
    return _told(net, condition, join)


def critic(
    data: Shaped,
    width: int = 64,
    *,
    norm: Norm = "batch",
    outputs: int = 1,
    condition: int = 0,
    join: Join = "input",
    dense: bool = False,
    dropout: float = 0.0,
    body: Body = "dcgan",
) -> nn.Module:
    """Samples [, labels (N,) or codes (N, condition)] -> logits (N,), or (N, outputs).

    Args:
        data: what to look at.
        width: channels of the first hidden map; fully connected bodies as the generator's.
        norm: of hidden maps, or "spectral" for the weights; fully connected bodies know "spectral" and "none".
        outputs: logits a sample.
        condition, join: as the generator's.
        dense: a fully connected body for pictures, too.
        dropout: as the generator's.
        body: of pictures; "resnet" is SNGAN's, with 2 · width channels in all maps.

    Raises:
        UsageError: for a body that cannot be told a condition there, or that knows no dropout.
    """
    _fits(data, condition, join, dense, dropout, body, norm)
    if condition and join == "projection":
        assert isinstance(data, Images)
        return dcgan.projection_critic(*data.shape, condition, base=width, norm=norm)
    bounded = norm == "spectral" and bool(condition) and join == "layers"  # the widened weights are what is bounded
    norm = "none" if bounded else norm
    first, *sides = data.shape
    first += condition if join == "input" else 0
    net: nn.Module
    if _residual(data, body):
        net = residual.critic(first, data.height, data.width, 2 * width, norm, outputs)
    elif isinstance(data, Images) and not dense:
        net = dcgan.critic(first, data.height, data.width, base=width, norm=norm, outputs=outputs)
        net = WithReference(net, (first, *sides)) if norm == "virtual" else net
    else:
        net = mlp.critic((first, *sides), hidden(width), outputs, nn.LeakyReLU(0.2), dropout=dropout)
        net = spectral(net) if norm == "spectral" else net
    net = _told(net, condition, join)
    return spectral(net) if bounded else net


def _told(net: nn.Module, condition: int, join: Join) -> nn.Module:
    if condition and join == "layers":
        assert isinstance(net, nn.Sequential)
        return EveryLayer(net, condition)
    return WithLabels(net, condition) if condition else net


def _fits(data: Shaped, condition: int, join: Join, dense: bool, dropout: float, body: Body, norm: Norm) -> None:
    """Refuse dropout, or a condition at a place, that a body does not have."""
    if dropout and isinstance(data, Images) and (not dense or body == "resnet"):
        raise UsageError("dropout is for fully connected bodies: say dense=true, and leave out body=resnet")
    if not condition or join == "input":
        return
    if body == "resnet" or norm == "virtual":
        raise UsageError(f"join={join} is for the plain bodies: leave out body=resnet and norm=virtual")
    if join == "projection" and (dense or not isinstance(data, Images)):
        raise UsageError("join=projection is for pictures: say join=input or join=layers")


def _residual(data: Shaped, body: Body) -> TypeGuard[Images]:
    if body == "resnet" and not isinstance(data, Images):
        raise UsageError("body=resnet is for pictures: leave it out")
    return body == "resnet"
