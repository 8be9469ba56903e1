"""The beginning of a training set, of any kind, beside all that is held out."""

import pytest
import torch

from rivals.data import named
from rivals.data.few import few
from rivals.errors import UsageError


def test_the_first_samples_are_the_sets_own_and_what_is_held_out_is_whole() -> None:
    whole, part = named.load("digits"), named.load("digits", first=20)
    assert (part.size, part.test.size, part.name) == (20, whole.test.size, "digits")
    for field in whole.fields:
        assert torch.equal(part.first(field, 99), whole.first(field, 20))
    assert part.fingerprint() != whole.fingerprint()
    image, label = part.draw(["image", "label"], seed=0, start=0, size=20)
    assert sorted(label.tolist()) == sorted(whole.first("label", 20).tolist())
    assert len(image.flatten(1).unique(dim=0)) == 20, "an epoch is a permutation"


def test_a_named_set_may_be_small_and_smaller_on_demand() -> None:
    assert named.load("digits-100").size == 100
    assert named.load("digits-100").name == "digits-100"
    assert named.load("digits-100", first=7).size == 7


def test_fields_of_a_sample_stay_together_and_domains_apart() -> None:
    ring = named.load("ring", first=50)
    point, mode = ring.draw(["point", "label"], seed=3, start=0, size=50)
    assert ((point - ring.truth.means[mode]).norm(dim=1) < 0.1).all()
    apart = named.load("inverted-digits", first=9)
    assert apart.stream(["x"]) != apart.stream(["y"])


@pytest.mark.parametrize("first", [0, -1, 10**6])
def test_a_number_that_there_is_not_is_refused(first: int) -> None:
    with pytest.raises(UsageError, match=r"'digits': first must be at least 1 and at most 1,347, not"):
        few(named.load("digits"), first)


def test_first_must_be_a_number() -> None:
    with pytest.raises(UsageError, match="must be int, not 'all'"):
        named.load("digits", first="all")
