"""Discs whose attributes can be measured."""

import pytest
import torch

from rivals.data import named
from rivals.data.made.discs import RADIUS, SHADE, SIDE, Discs
from rivals.data.sources import decoded
from rivals.errors import UsageError


@pytest.mark.parametrize("levels", [2, 5])
def test_what_is_read_off_a_picture_is_what_was_drawn(levels: int) -> None:
    source = named.load("discs", n=400, levels=levels)
    x, told = decoded(source.first("image", 300)), source.first("attribute", 300)
    found = source.truth.read(x)
    assert (found - told).abs().max() < 0.06
    assert source.test is not None
    assert isinstance(source.test.truth, Discs)
    assert told.unique().tolist() == [i / (levels - 1) for i in range(levels)]


def test_it_reads_beyond_the_data_too() -> None:
    place = torch.arange(SIDE) + 0.5 - SIDE / 2
    apart = torch.hypot(place[:, None], place[None])
    for value in (-0.5, 1.5):
        radius, shade = (low + (high - low) * value for low, high in (RADIUS, SHADE))
        x = 2 * shade * (radius - apart + 0.5).clamp(0, 1) - 1
        assert (Discs().read(x[None, None]) - value).abs().max() < 0.15


def test_too_few_are_refused() -> None:
    with pytest.raises(UsageError, match="option 'n' must be from 2"):
        named.load("discs", n=1)
    with pytest.raises(UsageError, match="option 'levels' must be from 2"):
        named.load("discs", levels=1)
