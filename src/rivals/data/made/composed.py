"""Pictures that are put together from a background and an object, with the object's true mask."""

from __future__ import annotations

import torch
from torch.nn.functional import interpolate

from rivals.data.digits import digits
from rivals.data.sources import Arrays, Source
from rivals.data.specs import Images

SIDE = 16
"""Of a picture, in pixels; a digit has half of it."""


def composed_digits() -> Source:
    """A bright handwritten digit of 8×8 somewhere on a smooth dark background of 16×16; field "mask" is where it is.

    The background is a random grey level below the middle with a smooth texture; ink covers it in proportion to its
    brightness. The mask (N, 1, 16, 16), uint8 0 or 255, is where ink covers at least half. There are 4,000 pictures for
    training and 1,000 of held-out digits.
    """

    def made(source: Source, n: int, seed: int, test: Source | None = None) -> Arrays:
        glyphs, names = source.first("image", 10_000), source.first("label", 10_000)
        generator = torch.Generator().manual_seed(seed)
        which = torch.randint(len(glyphs), (n,), generator=generator)
        level = 0.2 + 0.2 * torch.rand(n, 1, 1, 1, generator=generator)
        texture = interpolate(torch.rand(n, 1, 5, 5, generator=generator), SIDE, mode="bilinear") - 0.5
        corner = torch.randint(SIDE - 7, (n, 2, 1, 1), generator=generator)
        ink, span = torch.zeros(n, 1, SIDE, SIDE), torch.arange(8)
        rows, columns = corner[:, 0] + span[:, None], corner[:, 1] + span
        ink[torch.arange(n)[:, None, None], 0, rows, columns] = glyphs[which, 0] / 255
        picture = ((ink + (1 - ink) * (level + 0.4 * texture)) * 255).round().to(torch.uint8)
        fields = {"image": picture, "label": names[which], "mask": (ink >= 0.5).to(torch.uint8) * 255}
        return Arrays(Images(1, SIDE, SIDE, classes=10), fields, test=test, name="composed-digits")

    source = digits()
    assert source.test is not None
    return made(source, 4_000, 0, made(source.test, 1_000, 1))
