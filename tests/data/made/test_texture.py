"""A drawn picture, and crops of larger ones."""

import pytest
import torch

from rivals.data import named
from rivals.errors import UsageError


def test_one_picture_always_the_same_and_another_held_out() -> None:
    source = named.load("one-texture")
    assert source.size == source.test.size == 1
    assert source.first("image", 3).shape == (1, 3, 48, 48)
    assert named.load("one-texture", size=30).spec.shape == (3, 30, 30)
    with pytest.raises(UsageError, match="'size' must be from 16 to 256"):
        named.load("one-texture", size=8)


def test_joints_are_dark_and_stones_have_the_colours() -> None:
    x = named.load("one-texture", size=64).first("image", 1)[0].float() / 255
    dark = (x.amax(0) < 0.2).double().mean()
    assert 0.05 < dark < 0.4
    assert x.mean() > 0.3


def test_crops_are_parts_of_the_pictures(data_home, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path))
    source = named.load("texture-crops", size=64)
    whole = named.load("textures")
    pictures = torch.cat([part.first("image", 9) for part in (whole, whole.test)])
    x = source.first("image", 12)
    assert x.shape == (12, 3, 64, 64)
    assert x.dtype == torch.uint8
    windows = pictures.unfold(2, 64, 1).unfold(3, 64, 1)[:, :, :, :, 0, 0]  # upper left corners
    for part in x:
        found = False
        for turned in (part, part.flip(2)):
            corner = (windows == turned[:, 0, 0][None, :, None, None]).all(1).nonzero()
            found |= any(torch.equal(pictures[p, :, r : r + 64, c : c + 64], turned) for p, r, c in corner)
        assert found
    assert not torch.equal(x, source.test.first("image", 12))
