"""What a measure is, and finding one by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from rivals import options
from rivals.errors import UsageError


@dataclass(frozen=True)
class Figure:
    """What a measure gives.

    Attributes:
        value: the figure.
        within: its 95 % interval, where one training has one.
        protocol: how it was made, and what helps to read it.
        also: further figures of the same training by name.
    """

    value: float
    within: tuple[float, float] | None = None
    protocol: dict[str, Any] = field(default_factory=dict)
    also: dict[str, float] = field(default_factory=dict)


Measure: TypeAlias = Callable[[Path, str, int, str | None], Figure]
"""(a run's folder, the data's name, a seed, the recipe where it is not installed) -> Figure."""

MEASURES: dict[str, Measure] = {}


def measure(name: str) -> Callable[[Measure], Measure]:
    """Register a measure; each module of this package is found by itself."""

    def register(function: Measure) -> Measure:
        MEASURES[name] = function
        return function

    return register


def find(name: str) -> Measure:
    """The measure of a name.

    Raises:
        UsageError: where there is none.
    """
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{module.name}")
    if name not in MEASURES:
        near = options.did_you_mean(name, MEASURES)
        raise UsageError(f"there is no measure '{name}'{near} There are {options.listed(MEASURES)}")
    return MEASURES[name]
