"""Labels that are made wrong."""

import pytest
import torch

from rivals.data import named
from rivals.data.mislabelled import ENDLESS, mislabelled, wrong
from rivals.errors import UsageError


def test_a_share_of_labels_is_of_another_class_each_as_likely() -> None:
    labels = torch.full((30_000,), 2)
    found = torch.bincount(wrong(labels, 4, 0.3, 0)) / len(labels)
    torch.testing.assert_close(found, torch.tensor([0.1, 0.1, 0.7, 0.1]), atol=0.01, rtol=0)
    assert torch.equal(wrong(labels, 4, 0.0, 0), labels)
    assert not (wrong(labels, 4, 1.0, 0) == 2).any()


def test_which_ones_is_a_function_of_a_number_and_nothing_else_changes() -> None:
    clean = named.load("digits")
    one, again, other = (mislabelled(clean, 0.3, which) for which in (0, 0, 1))
    n = clean.size or 0
    assert torch.equal(one.first("label", n), again.first("label", n))
    assert not torch.equal(one.first("label", n), other.first("label", n))
    x, label = one.draw(("image", "label"), seed=3, start=1300, size=200)  # over the end of an epoch
    y, right = clean.draw(("image", "label"), seed=3, start=1300, size=200)
    assert torch.equal(x, y)
    assert 0.2 < (label != right).double().mean() < 0.4
    assert one.test is clean.test
    assert one.size == clean.size


def test_of_data_without_end_the_first_are_taken() -> None:
    source = mislabelled(named.load("ring"), 0.5)
    assert (source.size, source.main) == (ENDLESS, "point")


def test_what_cannot_be_made_wrong_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2 classes"):
        mislabelled(named.load("gaussian"), 0.3)
    with pytest.raises(UsageError, match=r"in \[0, 1\], not 1.5"):
        mislabelled(named.load("digits"), 1.5)
