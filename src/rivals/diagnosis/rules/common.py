"""The illnesses: one rule each, a pure function from what was seen so far to a symptom.

Distances are in the data's own scale, diversity is 1 for the data's. Margins are wide on purpose: a rule looks for what
is far from anything that a sound training shows, and what is still improving is not ill.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from rivals.diagnosis.history import History, Symptom


@dataclass(frozen=True)
class Rule:
    """An illness and how it is seen.

    Attributes:
        illness: its name.
        look: history -> symptom of its newest probe, or None.
        persist: probes on end that must show the symptom.
    """

    illness: str
    look: Callable[[History], Symptom | None]
    persist: int = 3


TOLD_APART = 0.95
"""Share of samples with a nearest neighbour of their own kind; ½ where nothing is left to learn."""

FAR = 0.3
"""Energy distance of samples that have not arrived, in data scales; it is below .1 where training went well."""

RULES: list[Rule] = []
"""All illnesses."""


def rule(
    illness: str, persist: int = 3
) -> Callable[[Callable[[History], Symptom | None]], Callable[..., Symptom | None]]:
    """Put a function into the table."""

    def register(look: Callable[[History], Symptom | None]) -> Callable[..., Symptom | None]:
        RULES.append(Rule(illness, look, persist))
        return look

    return register


def recent(h: History, name: str, n: int = 3) -> float | None:
    """Median of a signal in the newest probes; None before there are n of them."""
    values = h.last(name, n)
    return median(values) if len(values) >= n else None


def grown(h: History, share: float = 0.25) -> bool:
    """Whether this share of the run is behind: early training is not an illness."""
    return len(h.probes) >= 3 and h.step >= share * h.get("run/total")


def improving(h: History, by: float = 0.85) -> bool:
    """Whether samples came nearer to the data since a third of the probes ago."""
    values = h.all("distance")
    third = len(values) // 3
    return third >= 2 and median(values[-third:]) < by * median(values[-2 * third : -third])


def apart(h: History, share: float = TOLD_APART) -> bool:
    """Whether samples can still be told from the data without a critic: then a mild sign counts.

    Nearest neighbours alone do not see a collapse to the middle of many dimensions, which is near everything.
    """
    return (recent(h, "told apart") or 0.0) >= share or (recent(h, "distance") or 0.0) >= FAR


def rising(h: History, name: str) -> bool:
    """Whether a signal grew since a third of the probes ago."""
    values = h.all(name)
    third = len(values) // 3
    return third >= 2 and median(values[-third:]) > 1.15 * median(values[-2 * third : -third])


def listed(names: list[str]) -> str:
    """The first five names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
