"""Parts of larger pictures, cut out at random without end."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data import home
from rivals.data.made.fixed import within
from rivals.data.readers.images import images
from rivals.data.sources import Generated, Source
from rivals.data.specs import Images
from rivals.errors import RivalsError


@dataclass(frozen=True)
class Crops:
    """What is known of crops.

    Attributes:
        samples: how many are scored by default; large pictures are slow to make and to look at.
    """

    samples: int = 250


def texture_crops(size: int = 128) -> Source:
    """Random squares of the pictures in `textures`, each picture as likely, half of them mirrored.

    Pictures are read at 256×256. Held-out squares come from the same four pictures, at other places.

    Args:
        size: pixels of a side, 32 to 256.

    Raises:
        UsageError: for a size outside its limits.
        RivalsError: where the pictures are not below RIVALS_DATA.
    """
    within("texture-crops", size=(size, 32, 256))
    whole = images(home.there("textures"), size=256)
    parts = [whole] + ([whole.test] if whole.test else [])
    pictures = torch.cat([part.first(part.main, 100) for part in parts])
    if pictures.dtype != torch.uint8 or pictures.shape[1] != 3:
        raise RivalsError(f"texture-crops: pictures in colour are needed, not {tuple(pictures.shape[1:])}")

    def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
        which = torch.randint(len(pictures), (n,), generator=generator)
        top, left = torch.randint(256 - size + 1, (2, n), generator=generator)
        place = torch.arange(size)
        mirrored = torch.randint(2, (n, 1), generator=generator).bool()
        rows, columns = top[:, None] + place, left[:, None] + torch.where(mirrored, place.flip(0), place)
        return (pictures[which[:, None, None], :, rows[:, :, None], columns[:, None, :]].movedim(3, 1).contiguous(),)

    return Generated(Images(3, size, size), make, fields=("image",), truth=Crops(), name="texture-crops")
