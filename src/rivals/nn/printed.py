"""A picture that is learnt, and what makes it easy to print."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor, nn

INKS = (0.12, 0.5, 0.85)
"""Levels of each colour that a printer is taken to reach: no black as deep as a screen's, no white as bright."""


class Picture(nn.Module):
    """One learnt picture in [-1, 1], tanh(w + atanh(start)): () -> (C, H, W).

    Args:
        start: the picture to begin with, (C, H, W) in [-1, 1].
    """

    start: Tensor

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.register_buffer("start", start.clone())
        self.change = nn.Parameter(torch.zeros_like(start))

    def forward(self) -> Tensor:
        """See the class."""
        made: Tensor = (self.change + (0.98 * self.start).atanh()).tanh()
        return made


def printable(channels: int) -> Tensor:
    """The colours that a printer is taken to have, in [-1, 1]: every mix of `INKS`, (P, channels)."""
    return 2 * torch.tensor(list(product(INKS, repeat=channels))) - 1


def non_printability(picture: Tensor, colours: Tensor) -> Tensor:
    """Mean distance of the pixels to the nearest printable colour, (). Sharif et al. 2016, section 5.2.

    Args:
        picture: (C, H, W).
        colours: (P, C), of the same range.

    Deviations: the nearest colour's distance, as in the code of Thys et al. 2019, for the product over all.
    """
    apart = torch.cdist(picture.flatten(1).T, colours.to(picture))
    return apart.amin(1).mean()


def total_variation(picture: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels, down plus across, (), of (C, H, W)."""
    return picture.diff(dim=1).abs().mean() + picture.diff(dim=2).abs().mean()
