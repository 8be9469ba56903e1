"""Random settings of a recipe, and what the best of k of them is worth. Lucic et al. 2018, arXiv:1711.10337.

What is tried follows from an option's name and type alone, so that it is the same for every recipe.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rivals import catalog, registry
from rivals.errors import UsageError

SPAN = 10.0
"""Rates and weights lie log-uniformly between default / SPAN and default × SPAN."""

USUAL_RATE = 2e-4
"""The centre where a recipe's rate has no number as its default."""

UPDATES = (1, 2, 5)
FIRST, SECOND = (0.0, 0.5, 0.9), (0.9, 0.99, 0.999)
"""Choices for the critic's updates, and for Adam's β₁ and β₂."""

Draw = Callable[[np.random.Generator, Any], Any]


def _around(generator: np.random.Generator, default: float) -> float:
    value = default * SPAN ** generator.uniform(-1, 1)
    return float(f"{value:.3g}")  # as one would type it


def _rate(generator: np.random.Generator, default: float | None) -> float:
    return _around(generator, default or USUAL_RATE)


def _choice(*values: Any) -> Draw:
    return lambda generator, default: values[int(generator.integers(len(values)))]


def _betas(generator: np.random.Generator, default: tuple[float, float]) -> tuple[float, float]:
    return _choice(*FIRST)(generator, None), _choice(*SECOND)(generator, None)


RULES: dict[str, tuple[type, Draw]] = {
    "rate": (float, _rate),
    "weight": (float, _around),
    "gamma": (float, _around),
    "critic_updates": (int, _choice(*UPDATES)),
    "betas": (tuple, _betas),
    "beta": (float, _choice(*FIRST)),
}
"""Last words of an option's name -> the type of its default, and how a value is drawn."""


def _rule(name: str, default: Any) -> Draw | None:
    for word, (kind, draw) in RULES.items():
        if name == word or name.endswith(f"_{word}"):
            missing = default is None and word == "rate"
            positive = not isinstance(default, float) or default > 0 or word == "beta"
            return draw if missing or (isinstance(default, kind) and positive) else None
    return None


def searched(recipe: str) -> dict[str, Any]:
    """The options of a recipe that are searched, and their defaults.

    Args:
        recipe: id, or file.py:function.
    """
    known = registry.options_of(catalog.find(recipe))
    return {name: default for name, (_, default) in known.items() if _rule(name, default)}


def settings(recipe: str, n: int, seed: int = 0) -> list[dict[str, Any]]:
    """N random settings of a recipe; the first is its defaults, and more of them begin with the same ones.

    Rates (`rate`, `…_rate`), weights (`weight`, `…_weight`, `gamma`) are log-uniform within a factor of 10 of the
    default; `critic_updates` is 1, 2 or 5; β₁ is 0, .5 or .9 and β₂ .9, .99 or .999.

    Args:
        recipe: id, or file.py:function.
        n: at least 1.
        seed: of the draws.

    Raises:
        UsageError: for n below 1.
    """
    if n < 1:
        raise UsageError(f"--search needs at least 1 setting, not {n}")
    options = searched(recipe)
    generator = np.random.default_rng(seed)
    rules = {name: _rule(name, default) for name, default in options.items()}
    drawn = [{k: draw(generator, options[k]) for k, draw in rules.items() if draw} for _ in range(n - 1)]
    return [{}, *drawn]


@dataclass(frozen=True)
class BestOf:
    """The best of k tries, in expectation and with the middle 95 % of what it would be."""

    k: int
    mean: float
    low: float
    high: float


def best_of(values: Sequence[float], k: int, lower_is_better: bool = True) -> BestOf:
    """The best of k tries drawn with replacement from those that were made: the bootstrap in closed form.

    With v₁ ≤ … ≤ v_n, P(best ≤ v_i) = 1 - ((n - i) / n)^k, so that no resampling is needed.

    Args:
        values: one a try; NaN for one that failed, which counts as the worst that finished.
        k: at least 1.
        lower_is_better: otherwise the largest is the best.

    Raises:
        UsageError: where k is below 1, or no try finished.
    """
    whole = [v for v in values if math.isfinite(v)]
    if k < 1 or not whole:
        raise UsageError("the best of k tries needs k of at least 1, and a try that finished")
    sign = 1.0 if lower_is_better else -1.0
    x = np.asarray([sign * v if math.isfinite(v) else max(sign * w for w in whole) for v in values])
    x.sort()
    share = 1 - ((len(x) - np.arange(1, len(x) + 1)) / len(x)) ** k
    mass = np.diff(share, prepend=0.0)
    low, high = (x[min(int(np.searchsorted(share, q)), len(x) - 1)] for q in (0.025, 0.975))
    ends = sorted((sign * float(low), sign * float(high)))
    return BestOf(k, sign * float(mass @ x), ends[0], ends[1])


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies, between neighbours in proportion."""
    return float(np.quantile(np.asarray(values, dtype=float), share))
