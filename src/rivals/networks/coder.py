"""Encoder, decoder and critic of one data set, convolutional or fully connected."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from rivals import networks
from rivals.data.specs import Images, Points
from rivals.networks import mlp
from rivals.networks.trunk import trunk
from rivals.nn.norms import Norm
from rivals.nn.shapes import Squeeze


def encoder(
    data: Points | Images, outputs: int, width: int = 64, *, hidden: Sequence[int] = (), norm: Norm = "batch"
) -> nn.Module:
    """Samples (N, ...) -> codes (N, outputs), unbounded.

    Args:
        data: what a sample is.
        outputs: numbers in a code, or in its moments.
        width: of the trunk, see `rivals.networks`.
        hidden: units of fully connected layers instead.
        norm: of the trunk's hidden maps, or of the last hidden layer.
    """
    body, features = trunk(data, width, norm=norm, hidden=hidden)
    return nn.Sequential(body, nn.Linear(features, outputs))


def decoder(
    data: Points | Images, latent: int, width: int = 64, *, hidden: Sequence[int] = (), norm: Norm = "batch"
) -> nn.Module:
    """Codes (N, latent) -> samples (N, ...); arguments as the encoder's, hidden layers in its order."""
    if hidden:
        return mlp.generator(latent, data.shape, tuple(hidden)[::-1], norm=norm)
    return networks.generator(data, latent, width, norm=norm)


def critic(data: Points | Images, width: int = 64, *, hidden: Sequence[int] = (), norm: Norm = "batch") -> nn.Module:
    """Samples (N, ...) -> logits (N,); arguments as the encoder's."""
    if not hidden:
        return networks.critic(data, width, norm=norm)
    return nn.Sequential(encoder(data, 1, width, hidden=hidden, norm=norm), Squeeze())
