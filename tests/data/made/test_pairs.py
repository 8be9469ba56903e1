"""Pairs of glyphs that must match."""

import torch

from rivals.data import named
from rivals.data.sources import decoded


def test_all_real_pairs_match_and_exchanged_corners_do_not() -> None:
    source = named.load("matching-pairs")
    x = decoded(source.first("image", 2000))
    truth = source.truth
    assert x.shape == (2000, 3, 16, 16)
    assert truth.matches(x).all()
    assert len(x.unique(dim=0)) == 64
    assert not torch.equal(source.first("image", 8), source.test.first("image", 8))
    mixed = x.clone()
    mixed[:, :, 8:, 8:] = x.roll(1, 0)[:, :, 8:, 8:]
    share = truth.matches(mixed).double().mean().item()
    assert abs(share - 1 / 4) < 0.05
    assert truth.matches((x + 0.5 * torch.randn(x.shape)).clamp(-1, 1)).double().mean() > 0.99


def test_a_picture_is_black_but_for_its_corners() -> None:
    x = named.load("matching-pairs").first("image", 64)
    assert x[:, :, :5, 5:].max() == 0
    assert x[:, :, 5:11].max() == 0
    assert x[:, :, 11:, :11].max() == 0
