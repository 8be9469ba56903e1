"""Bodies that give each pixel's distribution from those before it: pictures -> logits of levels."""

from __future__ import annotations

from typing import TypeAlias

import torch.nn.functional as F
from torch import Tensor, nn

from rivals.networks.translators import Residual
from rivals.nn.raster import DiagonalBiLSTM, MaskedConv, Raster, RowLSTM, Sweep

PixelBody: TypeAlias = list[nn.Module]
"""Parts (N, C, H, W) -> (N, C, H, W) of which no place sees a later one."""


class PixelNet(Raster):
    """A 7×7 convolution of mask A, a body, two 1×1 convolutions. van den Oord et al. 2016, arXiv:1601.06759, table 1.

    Args:
        channels: of the picture, in whose order they are drawn.
        levels: K, of a channel.
        features: maps of the body.
        body: its parts.
        margin: columns of nothing to the right, which know a row's last pixel as those within do not.
    """

    def __init__(self, channels: int, levels: int, features: int, body: PixelBody, margin: int = 0) -> None:
        super().__init__()
        self.levels, self.margin = levels, margin
        self.net = nn.Sequential(
            MaskedConv(channels, features, 7, own=False, channels=channels),
            *body,
            nn.ReLU(),
            MaskedConv(features, features, 1, channels=channels),
            nn.ReLU(),
            MaskedConv(features, channels * levels, 1, channels=channels),
        )

    def whole(self, x: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> (N, K, C, H, W)."""
        return self.place(F.pad(x, (0, self.margin)))[..., : x.shape[3]]

    def place(self, x: Tensor, sweep: Sweep | None = None) -> Tensor:
        """The picture as far as it is drawn, (N, C, H, W) -> (N, K, C, 1, 1) where the sweep is."""
        logits: Tensor = self.net(x).unflatten(1, (-1, self.levels)).transpose(1, 2)
        return logits


class Gate(nn.Module):
    """tanh(a) σ(b) of the two halves of the maps. van den Oord et al. 2016, arXiv:1606.05328, eq. 2."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, 2C, ...) -> (N, C, ...)."""
        a, b = x.chunk(2, 1)
        return a.tanh() * b.sigmoid()


def convolutions(channels: int, width: int, blocks: int, *, gated: bool = False) -> PixelBody:
    """Residual blocks 2h -> h -> h -> 2h of masked convolutions, the middle one 3×3. 1601.06759, figure 5.

    Args:
        channels: of the picture.
        width: h.
        blocks: how many.
        gated: the middle convolution makes 2h maps for a `Gate` instead of h for a ReLU.
    """

    def block() -> nn.Module:
        return Residual(
            nn.Sequential(
                nn.ReLU(),
                MaskedConv(2 * width, width, 1, channels=channels),
                nn.ReLU(),
                MaskedConv(width, (1 + gated) * width, 3, channels=channels, copies=1 + gated),
                Gate() if gated else nn.ReLU(),
                MaskedConv(width, 2 * width, 1, channels=channels),
            )
        )

    return [block() for _ in range(blocks)]


def recurrent(kind: type[RowLSTM | DiagonalBiLSTM], channels: int, width: int, layers: int) -> PixelBody:
    """LSTMs over the picture with h maps, widened to 2h and added to what they were given. 1601.06759, figure 5.

    Args:
        kind: of LSTM.
        channels: of the picture.
        width: h.
        layers: how many.
    """
    return [
        Residual(nn.Sequential(kind(2 * width, width, channels), MaskedConv(width, 2 * width, 1, channels=channels)))
        for _ in range(layers)
    ]
