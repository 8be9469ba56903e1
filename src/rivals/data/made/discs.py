"""One disc on black whose radius and shade are attributes, and can be measured in any picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rivals.data.made.fixed import MOST, fixed, within
from rivals.data.sources import Source
from rivals.data.specs import Images

ATTRIBUTES = ("radius", "shade")
SIDE = 16
RADIUS, SHADE = (2.0, 4.0), (0.35, 0.7)
"""Pixels and brightness in [0, 1] where an attribute is 0, and where it is 1."""

BRIGHT = 4
"""The brightest pixels of a picture, which tell its shade."""


@dataclass(frozen=True, eq=False)
class Discs:
    """What is known of the discs: how to read the attributes off a picture."""

    attributes: tuple[str, ...] = ATTRIBUTES

    def read(self, pictures: Tensor) -> Tensor:
        """Pictures (N, 1, 16, 16) in [-1, 1] -> the attributes, float64 (N, 2), in the data and beyond.

        The shade is the mean of the brightest pixels; the radius that of a disc of this shade with as much light.
        """
        light = ((pictures.flatten(1).double() + 1) / 2).clamp(0, 1)
        shade = light.topk(BRIGHT, 1).values.mean(1)
        radius = (light.sum(1) / shade.clamp(min=1e-6) / math.pi).sqrt()
        found = zip((radius, shade), (RADIUS, SHADE), strict=True)
        return torch.stack([(value - low) / (high - low) for value, (low, high) in found], 1)


def discs(n: int = 5000, levels: int = 2) -> Source:
    """A grey disc on black, 16×16; field "attribute", float32 (N, 2): radius and shade, independent, each 0 or 1.

    The radius is 2 to 4 pixels, the brightness .35 to .7 of white. The centre is anywhere within 2 pixels of the
    middle, so that discs of radius 5 still fit. The truth, `Discs`, reads both off any picture.

    Args:
        n: how many, 2 to 200,000.
        levels: values in [0, 1] that an attribute has, evenly spaced and as likely, 2 to 1,000.

    Raises:
        UsageError: for an option outside its limits.
    """
    within("discs", n=(n, 2, MOST), levels=(levels, 2, 1000))
    rng = np.random.default_rng(0)
    attribute = rng.integers(0, levels, (n, 2)) / (levels - 1)
    y, x = (SIDE / 2 + rng.uniform(-2, 2, (2, n)))[..., None, None]
    radius, shade = (low + (high - low) * a for (low, high), a in zip((RADIUS, SHADE), attribute.T, strict=True))
    place = np.arange(SIDE) + 0.5
    apart = np.hypot(place[None, :, None] - y, place[None, None, :] - x)
    inside = (radius[:, None, None] - apart + 0.5).clip(0, 1)
    images = (255 * shade[:, None, None] * inside).round().astype(np.uint8)[:, None]
    facts = {"attributes": "radius (2 to 4 pixels) and shade (.35 to .7 of white) in [0, 1]"}
    fields = {"image": images, "attribute": attribute.astype(np.float32)}
    source = fixed("discs", Images(1, SIDE, SIDE, attributes=ATTRIBUTES), fields, facts)
    for part in (source, source.test):
        if part is not None:
            part.truth = Discs()
    return source
