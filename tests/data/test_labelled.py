"""The few labels: balanced, a function of their number, a stream beside the data."""

import pytest
import torch

from rivals.data import named
from rivals.data.labelled import FewLabels, balanced
from rivals.data.sources import FEW, Arrays
from rivals.data.specs import Points
from rivals.errors import RivalsError, UsageError


def source(n=60, classes=3):
    x = torch.arange(float(n))[:, None]
    return Arrays(Points(1, classes), {"point": x, "label": torch.arange(n) % classes}, name="x")


@pytest.mark.parametrize("n", [3, 7, 20])
def test_a_subset_is_balanced_and_a_function_of_its_number(n):
    labels = torch.arange(90) % 3
    rows = balanced(labels, n, 5)
    assert len(rows.unique()) == n
    assert sorted(labels[rows].bincount().tolist()) == sorted(n // 3 + (i < n % 3) for i in range(3))
    assert torch.equal(rows, balanced(labels, n, 5))
    assert not torch.equal(balanced(labels, n, 6).sort().values, rows.sort().values)


def test_too_few_labels_and_too_many_are_refused():
    labels = torch.tensor([0, 0, 1, 0])
    with pytest.raises(UsageError, match="1 labels are fewer than the 2 classes: give at least one of each"):
        balanced(labels, 1)
    with pytest.raises(UsageError, match="class 1 has 1 samples, and 4 labels would take 2: ask for fewer"):
        balanced(labels, 4)


def test_data_without_labels_are_refused():
    bare = Arrays(Points(1), {"point": torch.zeros(5, 1)}, name="bare")
    with pytest.raises(UsageError, match="needs data with labels, and 'bare' has none"):
        FewLabels(bare, 2)


def test_the_labelled_stream_stands_beside_the_data():
    whole, few = source(), FewLabels(source(), 6, subset=2)
    x, label = few.draw(FEW, seed=0, start=0, size=12)
    assert torch.equal(x[:, 0].long() % 3, label)
    assert torch.equal(x[:6].sort(0).values, x[6:].sort(0).values)  # two epochs of the same six
    assert label[:6].bincount().tolist() == [2, 2, 2]
    for fields in (["point"], ["point", "label"]):
        given = zip(few.draw(fields, seed=1, start=4, size=9), whole.draw(fields, seed=1, start=4, size=9), strict=True)
        assert all(torch.equal(a, b) for a, b in given)
    assert few.stream(FEW) != few.stream(["point"]) == whole.stream(["point"])
    assert (few.size, few.fingerprint()) == (60, whole.fingerprint())
    assert torch.equal(few.first("labelled label", 6), few.first("labelled", 6)[:, 0].long() % 3)
    with pytest.raises(RivalsError, match="no field 'labelled'"):
        few.draw(["point", "labelled"], seed=0, start=0, size=2)


def test_data_without_end_give_labels_too():
    few = FewLabels(named.load("ring"), 16)
    x, label = few.draw(FEW, seed=0, start=0, size=16)
    assert label.bincount().tolist() == [2] * 8
    means = named.load("ring").truth.means
    assert torch.equal(torch.cdist(x.double(), means.double()).argmin(1), label)
