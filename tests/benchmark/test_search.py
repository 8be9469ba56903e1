import math

import numpy as np
import pytest

from rivals.benchmark.search import best_of, searched, settings
from rivals.errors import UsageError


def test_what_is_searched_follows_from_names_and_types():
    assert set(searched("wgan-gp")) == {"weight", "rate", "betas", "critic_updates"}
    assert set(searched("gan")) == {"rate"}  # without a number as its default
    assert set(searched("dcgan")) == {"rate", "beta"}
    assert set(searched("infogan")) == {"weight", "continuous_weight", "rate", "critic_rate"}


def test_settings_are_seeded_begin_with_the_defaults_and_stay_in_their_ranges():
    drawn = settings("wgan-gp", 200, seed=1)
    assert drawn[0] == {}
    assert drawn == settings("wgan-gp", 200, seed=1)
    assert drawn[:5] == settings("wgan-gp", 5, seed=1)
    assert drawn[1:] != settings("wgan-gp", 200, seed=2)[1:]
    rates = np.log10([d["rate"] for d in drawn[1:]])
    assert -4.01 <= rates.min() < -3.9
    assert -2.1 < rates.max() <= -1.99
    assert abs(rates.mean() + 3) < 0.15  # even on the logarithmic scale
    assert {d["critic_updates"] for d in drawn[1:]} == {1, 2, 5}
    assert {d["betas"] for d in drawn[1:]} == {(a, b) for a in (0.0, 0.5, 0.9) for b in (0.9, 0.99, 0.999)}
    assert all(1.0 <= d["weight"] <= 100.0 for d in drawn[1:])
    assert all(2e-5 <= d["rate"] <= 2e-3 for d in settings("gan", 20)[1:])


def test_every_setting_is_one_that_the_recipe_takes():
    from rivals import catalog, registry

    for entry in catalog.entries().values():
        for chosen in settings(entry.id, 3):
            registry.check_options(entry, chosen)


def test_the_best_of_k_is_the_bootstraps():
    values = [3.0, 1.0, 2.0, 7.0, 5.0]
    generator = np.random.default_rng(0)
    for lower, pick in ((True, np.min), (False, np.max)):
        for k in (1, 2, 5):
            resampled = pick(generator.choice(values, size=(100_000, k)), axis=1)
            found = best_of(values, k, lower)
            assert found.mean == pytest.approx(resampled.mean(), abs=0.02)
            assert (found.low, found.high) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])))


def test_a_failed_try_counts_as_the_worst_that_finished():
    assert best_of([1.0, 3.0, math.nan], 1).mean == pytest.approx(7 / 3)
    assert best_of([1.0, 3.0, math.nan], 1, lower_is_better=False).mean == pytest.approx(5 / 3)
    with pytest.raises(UsageError, match="a try that finished"):
        best_of([math.nan], 1)


def test_no_settings_are_refused():
    with pytest.raises(UsageError, match="--search needs at least 1 setting, not 0"):
        settings("gan", 0)
