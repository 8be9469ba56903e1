"""Unequal classes, and pictures with true masks."""

import torch

from rivals.data import named
from rivals.data.toy import Shares


def test_a_composed_picture_is_bright_where_its_mask_is_and_dark_elsewhere() -> None:
    source = named.load("composed-digits")
    x, mask = source.draw(("image", "mask"), seed=1, start=0, size=64)
    assert x.shape == mask.shape == (64, 1, 16, 16)
    assert x.dtype == mask.dtype == torch.uint8
    assert x[mask == 255].min() >= 127
    assert x[mask == 0].float().mean() < 100
    rows = (mask[:, 0] > 0).any(2).sum(1)
    assert rows.max() <= 8
    assert not torch.equal(source.first("image", 8), source.test.first("image", 8))


def test_unbalanced_data_have_the_shares_that_they_state() -> None:
    points = named.load("unbalanced")
    label = points.first("label", 20_000)
    assert abs(label.double().mean().item() - 0.9) < 0.01
    x = points.first("point", 20_000)
    torch.testing.assert_close(x[label == 0].mean(0), torch.tensor([-1.0, 0.0]), atol=0.03, rtol=0)
    digits = named.load("unbalanced-digits")
    assert isinstance(digits.truth, Shares)
    label = digits.first("label", 10_000)
    assert sorted(label.unique().tolist()) == [0, 1]
    assert abs((label == 0).double().mean().item() - digits.truth.of_classes[0]) < 1e-6
    assert 0.08 < digits.truth.of_classes[0] < 0.1
    assert digits.test.spec == digits.spec
