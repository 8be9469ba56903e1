"""How sure a figure is: intervals over seeds and by resampling, paired differences, ranks over many data sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rivals.errors import RivalsError

Statistic = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Interval:
    """A mean and where it may lie.

    Attributes:
        mean, low, high: the figure and its bounds; the bounds are NaN where one value alone says nothing of them.
        n: values behind it.
        how: "seeds" (Student's t), "paired seeds" or "bootstrap".
    """

    mean: float
    low: float
    high: float
    n: int
    how: str

    @property
    def known(self) -> bool:
        """Whether there are bounds at all."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def excludes(self, value: float) -> bool:
        """Whether a value lies outside; an interval without bounds excludes nothing."""
        return self.known and not self.low <= value <= self.high

    def to_json(self) -> dict[str, Any]:
        """Plain data; unknown bounds are null."""
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}

    def __str__(self) -> str:
        return f"{self.mean:.4g} [{self.low:.4g}, {self.high:.4g}]" if self.known else f"{self.mean:.4g}"


def over_seeds(values: Sequence[float], level: float = 0.95, how: str = "seeds") -> Interval:
    """Mean of independent runs with Student's interval, x̄ ± t_{n-1} s / √n.

    Args:
        values: one finite figure a run, at least one.
        level: of confidence, in (0, 1).
        how: the word kept with it.

    Raises:
        RivalsError: for no value, or one that is not finite.
    """
    from scipy import stats  # slow to import

    x = _values(values)
    mean, n = float(x.mean()), len(x)
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1, how)
    half = float(stats.t.ppf((1 + level) / 2, n - 1) * x.std(ddof=1) / math.sqrt(n))
    return Interval(mean, mean - half, mean + half, n, how)


def bootstrap(
    values: Sequence[float] | np.ndarray,
    statistic: Statistic | None = None,
    *,
    level: float = 0.95,
    rounds: int = 1000,
    seed: int = 0,
) -> Interval:
    """A statistic of samples with the percentile interval of its resamples. Efron 1979.

    Args:
        values: (N,) or (N, ...): samples, drawn with replacement along the first axis.
        statistic: of such an array; the mean by default.
        level: of confidence, in (0, 1).
        rounds, seed: resamples; of their draws.

    Raises:
        RivalsError: for no value, or one that is not finite.
    """
    x = np.asarray(values, dtype=float)
    _values(x.ravel())
    statistic = statistic or (lambda a: float(a.mean()))
    figure = float(statistic(x))
    if len(x) == 1:
        return Interval(figure, math.nan, math.nan, 1, "bootstrap")
    generator = np.random.default_rng(seed)
    found = [statistic(x[generator.integers(len(x), size=len(x))]) for _ in range(rounds)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(figure, float(low), float(high), len(x), "bootstrap")


def paired(a: Sequence[float], b: Sequence[float], level: float = 0.95) -> Interval:
    """Mean of a - b over runs of equal seeds: a "beats" b where the interval excludes 0.

    Raises:
        RivalsError: where the two are not of one length.
    """
    x, y = _values(a), _values(b)
    if len(x) != len(y):
        raise RivalsError(f"a paired comparison needs the same seeds on both sides, not {len(x)} and {len(y)} runs")
    return over_seeds(list(x - y), level, "paired seeds")


def probability_better(a: Sequence[float], b: Sequence[float], lower_is_better: bool = True) -> float:
    """How often a run of a beats a run of b, ties counting half: the Mann-Whitney statistic over n m, in [0, 1]."""
    x, y = _values(a)[:, None], _values(b)[None]
    wins = (x < y) if lower_is_better else (x > y)
    return float(wins.mean() + 0.5 * (x == y).mean())


def average_ranks(table: Sequence[Sequence[float]], lower_is_better: Sequence[bool] | bool = True) -> list[float]:
    """Mean rank of each method over data sets, 1 the best, ties sharing theirs; a missing figure (NaN) ranks last.

    Args:
        table: rows are data sets, columns methods.
        lower_is_better: for all rows, or for each.
    """
    from scipy import stats  # slow to import

    rows = np.asarray(table, dtype=float)
    if rows.ndim != 2 or not rows.size:
        raise RivalsError("ranks need at least one data set and one method")
    lower = np.broadcast_to(np.asarray(lower_is_better), len(rows))
    signed = np.where(lower[:, None], rows, -rows)
    signed[np.isnan(rows)] = np.inf
    return [float(r) for r in stats.rankdata(signed, axis=1).mean(0)]


def critical_difference(methods: int, sets: int, alpha: float = 0.05) -> float:
    """Ranks nearer than this are not told apart, by Nemenyi's test: q_α √(k (k + 1) / 6N). Demšar 2006, JMLR 7, 3.2.

    Args:
        methods: k, at least 2.
        sets: N, data sets that were ranked.
        alpha: the error allowed, in (0, 1).
    """
    from scipy import stats  # slow to import

    if methods < 2 or sets < 1:
        raise RivalsError(f"a critical difference needs 2 methods and a data set, not {methods} and {sets}")
    q = float(stats.studentized_range.ppf(1 - alpha, methods, np.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * sets))


def _values(values: Sequence[float] | np.ndarray) -> np.ndarray:
    x = np.asarray(values, dtype=float)
    if not x.size:
        raise RivalsError("an interval needs at least one value")
    if not np.isfinite(x).all():
        raise RivalsError("an interval needs finite values: leave out the runs that failed, and say so")
    return x
