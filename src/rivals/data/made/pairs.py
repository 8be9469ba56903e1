"""Pictures in which two far corners must agree: whether a game learnt that, a nearest template decides."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.sources import Generated, Source
from rivals.data.specs import Images

SIDE, WINDOW = 16, 5
"""Of a picture, and of the two windows in its upper left and lower right corner."""

DRAWN = {
    "#### #..# #..# ####": (1.0, -1.0, -1.0),
    ".##. #### #### .##.": (-1.0, 1.0, -1.0),
    "#### ..#. .#.. ####": (-1.0, -1.0, 1.0),
    "#..# .##. .##. #..#": (1.0, 1.0, -1.0),
}
"""Glyphs of 4×4, each with its colour; in a window of 5×5 a glyph has four places."""


@dataclass(frozen=True, eq=False)
class MatchingPairs:
    """What is known of the pairs: every corner as it can be.

    Attributes:
        templates: (kinds, 4, 3, 5, 5) in [-1, 1], each glyph at each of its places.
        samples: how many are scored by default.
    """

    templates: Tensor
    samples: int = 1000

    def named(self, pictures: Tensor) -> Tensor:
        """The kind whose template is nearest to each corner, (N, 3, 16, 16) in [-1, 1] -> int64 (N, 2)."""
        corners = torch.stack([pictures[:, :, :WINDOW, :WINDOW], pictures[:, :, -WINDOW:, -WINDOW:]], 1)
        apart = torch.cdist(corners.flatten(2), self.templates.flatten(2).flatten(0, 1).to(pictures))
        return apart.argmin(2) // self.templates.shape[1]

    def matches(self, pictures: Tensor) -> Tensor:
        """Whether the two glyphs of each picture are of one kind, boolean (N,)."""
        kinds = self.named(pictures)
        return kinds[:, 0] == kinds[:, 1]


def matching_pairs() -> Source:
    """A glyph in the upper left and one in the lower right corner of a black 16×16, both of one kind of four.

    A kind has a shape and a colour. Each glyph stands independently at one of four places of its window, so there are
    64 pictures in all, equally likely and drawn without end; the truth is `MatchingPairs`. Nothing but the kind binds
    the corners, which are so far apart that two halvings by 4×4 kernels see them nowhere together.
    """
    spec, truth = Images(3, SIDE, SIDE), MatchingPairs(_templates())
    shades = ((truth.templates + 1) * 127.5).to(torch.uint8)

    def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
        kind = torch.randint(len(DRAWN), (n,), generator=generator)
        place = torch.randint(4, (2, n), generator=generator)
        pictures = torch.zeros(n, 3, SIDE, SIDE, dtype=torch.uint8)
        pictures[:, :, :WINDOW, :WINDOW] = shades[kind, place[0]]
        pictures[:, :, -WINDOW:, -WINDOW:] = shades[kind, place[1]]
        return (pictures,)

    return Generated(spec, make, fields=("image",), truth=truth, name="matching-pairs")


def _templates() -> Tensor:
    placed = torch.full((len(DRAWN), 4, 3, WINDOW, WINDOW), -1.0)
    for kind, (drawn, colour) in enumerate(DRAWN.items()):
        ink = torch.tensor([[c == "#" for c in row] for row in drawn.split()])
        glyph = torch.where(ink, torch.tensor(colour)[:, None, None], -1.0)
        for place in range(4):
            down, right = divmod(place, 2)
            placed[kind, place, :, down : down + 4, right : right + 4] = glyph
    return placed
