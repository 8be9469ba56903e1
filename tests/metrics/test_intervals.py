from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from rivals.errors import RivalsError
from rivals.metrics.intervals import (
    average_ranks,
    bootstrap,
    critical_difference,
    over_seeds,
    paired,
    probability_better,
)


def test_students_interval_is_scipys() -> None:
    x = [1.2, 0.7, 1.9, 1.4, 1.1]
    ours = over_seeds(x)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(x), scale=stats.sem(x))
    assert (ours.low, ours.high) == pytest.approx((low, high))
    assert (ours.n, ours.how) == (5, "seeds")


def test_intervals_hold_the_mean_as_often_as_they_say() -> None:
    draws = np.random.default_rng(0).normal(3, 2, (400, 30))
    for interval in (over_seeds, lambda x: bootstrap(x, rounds=200)):
        held = np.mean([not interval(x).excludes(3) for x in draws])
        assert 0.89 <= held <= 0.98


def test_one_value_has_no_bounds_and_excludes_nothing() -> None:
    one = over_seeds([2.0])
    assert one.mean == 2
    assert not one.known
    assert not one.excludes(100)
    assert str(one) == "2"
    assert one.to_json() == {"mean": 2.0, "low": None, "high": None, "n": 1, "how": "seeds"}
    assert math.isnan(bootstrap([1.0]).low)


def test_pairs_see_what_seeds_share() -> None:
    luck = np.random.default_rng(0).normal(0, 5, 6)
    a, b = luck + 1 + np.linspace(-0.1, 0.1, 6), luck
    assert paired(a, b).excludes(0)
    assert not over_seeds(a).excludes(float(np.mean(b)))
    with pytest.raises(RivalsError, match="the same seeds on both sides, not 2 and 1"):
        paired([1, 2], [1])


def test_probability_of_being_better() -> None:
    assert probability_better([1, 2], [3, 4]) == 1
    assert probability_better([1, 2], [3, 4], lower_is_better=False) == 0
    assert probability_better([1, 2], [1, 2]) == 0.5


def test_ranks_and_nemenyis_critical_difference() -> None:
    table = [[1.0, 2.0, 3.0], [5.0, 5.0, math.nan]]
    assert average_ranks(table) == [1.25, 1.75, 3.0]
    assert average_ranks(table, [True, False]) == [1.25, 1.75, 3.0]
    assert average_ranks([[1.0, 2.0]], False) == [2.0, 1.0]
    # Demšar 2006, section 3.2.2: four classifiers on 14 sets, q = 2.569, CD = 1.25
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


@pytest.mark.parametrize("values", [[], [1.0, math.nan]])
def test_what_is_no_number_is_refused(values: list[float]) -> None:
    with pytest.raises(RivalsError, match="an interval needs"):
        over_seeds(values)
