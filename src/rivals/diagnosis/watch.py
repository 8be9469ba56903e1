"""Symptoms become findings when they persist, and are over when they stay away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rivals.diagnosis.history import SEVERITIES, Finding, History
from rivals.diagnosis.rules import RULES

GONE = 3
"""Probes without a symptom after which an illness counts as over."""


@dataclass
class _State:
    seen: int = 0
    since: int = 0
    away: int = 0
    told: int = -1


class Watch:
    """Applies all rules to a growing history.

    An illness is told when its symptom was there in as many probes on end as its rule asks for, told once more where it
    becomes worse, and told as recovered when it stayed away for `GONE` probes.
    """

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}

    def see(self, history: History) -> Iterator[Finding]:
        """What the newest probe adds."""
        for rule in RULES:
            state = self._states.setdefault(rule.illness, _State())
            symptom = rule.look(history)
            if symptom is None:
                state.away += 1
                state.seen = 0
                if state.told >= 0 and state.away >= GONE:
                    state.told = -1
                    yield Finding(history.step, rule.illness, "note", "its signs are gone", state.since, recovered=True)
                continue
            state.since = history.step if not state.seen else state.since
            state.seen, state.away = state.seen + 1, 0
            level = SEVERITIES.index(symptom.severity)
            if state.seen >= rule.persist and level > state.told:
                state.told = level
                yield Finding(
                    history.step, rule.illness, symptom.severity, symptom.evidence, state.since, dict(symptom.signals)
                )

    def replay(self, history: History) -> list[Finding]:
        """Everything that a history shows, from its facts on."""
        found: list[Finding] = []
        for count in range(len(history.probes) + 1):
            found += self.see(history.until(count))
        return found
