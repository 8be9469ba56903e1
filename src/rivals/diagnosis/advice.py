"""Ways to write a remedy in the words of the recipe at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from rivals import options as typed
from rivals.data.specs import Images
from rivals.diagnosis.case import Case
from rivals.diagnosis.history import Finding

Remedy: TypeAlias = dict[str, Any]
Advice: TypeAlias = Callable[[Case, Finding], Iterator[Remedy]]


def back(*options: str, why: str) -> Advice:
    """Take back what was set away from the recipe's own default."""

    def advice(case: Case, finding: Finding) -> Iterator[Remedy]:
        for option in options:
            if option in case.given and option in case.known:
                default = case.known[option][1]
                if default is not typed.REQUIRED and case.given[option] != default:
                    yield {"set": {option: default}, "why": f"{why}: the recipe's own {option}"}

    return advice


def scaled(factor: float, *options: str, why: str) -> Advice:
    """Multiply the first numeric option of these that the recipe has."""

    def advice(case: Case, finding: Finding) -> Iterator[Remedy]:
        for option in options:
            value = case.value(option)
            if isinstance(value, int | float) and not isinstance(value, bool) and value:
                changed = type(value)(value * factor)
                yield {"set": {option: float(f"{changed:.3g}") if isinstance(value, float) else changed}, "why": why}
                return

    return advice


def wider(factor: int, why: str) -> Advice:
    """Larger hidden layers, whatever the recipe calls them."""

    def advice(case: Case, finding: Finding) -> Iterator[Remedy]:
        for option in ("width", "hidden"):
            value = case.value(option)
            if isinstance(value, int):
                yield {"set": {option: value * factor}, "why": why}
            elif isinstance(value, tuple | list) and value:
                yield {"set": {option: tuple(int(v) * factor for v in value)}, "why": why}

    return advice


def put(why: str, *, pictures: bool = False, unless: str = "", where: str = "", **change: Any) -> Advice:
    """Set options to fixed values.

    Args:
        pictures: for a change that only pictures take.
        unless: a slot that must be empty, `where`: one that must hold a part, the recipe's own or a given one.
    """

    def advice(case: Case, finding: Finding) -> Iterator[Remedy]:
        fits = isinstance(case.data, Images) or not pictures
        if fits and not case.now.get(unless) and (not where or case.now.get(where)):
            yield {"set": dict(change), "why": why}

    return advice


def exchange(option: str, old: str, new: str, why: str) -> Advice:
    """Another part for the one that is there now."""
    return lambda case, finding: iter([{"set": {option: new}, "why": why}] if case.now.get(option) == old else [])


def fewer(option: str, why: str) -> Advice:
    """One update of a player a step, where more were asked for."""

    def advice(case: Case, finding: Finding) -> Iterator[Remedy]:
        if isinstance(case.value(option), int) and case.value(option) > 1:
            yield {"set": {option: 1}, "why": why}

    return advice


def larger_batch(why: str, least: int = 64) -> Advice:
    """Another batch; it is an option of the command."""

    def advice(case: Case, finding: Finding) -> Iterator[Remedy]:
        batch = int(case.command.get("batch", 0))
        if 0 < batch < 8 * least:
            yield {"command": {"batch": max(least, 2 * batch)}, "why": why}

    return advice


def say(why: str) -> Advice:
    """What no option does."""
    return lambda case, finding: iter([{"why": why}])
