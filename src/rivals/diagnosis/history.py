"""What a run has shown so far, what was found in it, and the two files that hold both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rivals import pack

SIGNALS, FINDINGS = "signals.jsonl", "diagnosis.jsonl"

NOTE, WARNING, SERIOUS = "note", "warning", "serious"
SEVERITIES = (NOTE, WARNING, SERIOUS)


@dataclass
class History:
    """The signals of a run, in order.

    Attributes:
        facts: of the data and the game, measured once.
        probes: one dict of figures a probe, each with its "step".
    """

    facts: dict[str, float] = field(default_factory=dict)
    probes: list[dict[str, float]] = field(default_factory=list)

    @property
    def step(self) -> int:
        """Of the newest probe."""
        return int(self.probes[-1]["step"]) if self.probes else 0

    @property
    def now(self) -> dict[str, float]:
        """The newest probe."""
        return self.probes[-1] if self.probes else {}

    def get(self, name: str, otherwise: float = 0.0) -> float:
        """A fact, or that of the data, by name."""
        return self.facts.get(name, otherwise)

    def last(self, name: str, n: int = 3) -> list[float]:
        """A signal in the newest n probes, where they have it."""
        return [p[name] for p in self.probes[-n:] if name in p]

    def all(self, name: str) -> list[float]:
        """A signal from the first probe on."""
        return [p[name] for p in self.probes if name in p]

    def names(self, prefix: str) -> list[str]:
        """What the newest probe's signals with a prefix are of: "move/" -> players."""
        return [name.removeprefix(prefix) for name in self.now if name.startswith(prefix)]

    def until(self, count: int) -> History:
        """The history as it was after so many probes."""
        return History(self.facts, self.probes[:count])


@dataclass(frozen=True)
class Symptom:
    """What one rule sees in a history.

    Attributes:
        severity: note, warning or serious.
        evidence: one sentence with its numbers.
        signals: the numbers themselves.
    """

    severity: str
    evidence: str
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Finding:
    """A symptom that persisted, or ("recovered") one that went.

    Attributes:
        step: at which it was found.
        illness: its name.
        severity: note, warning or serious.
        evidence: one sentence with its numbers.
        since: the step at which it was first seen.
        signals: the numbers themselves.
        remedies: what to set, and why: {"set": {option: value}, "why": …}, or with "command" for options of `train`.
        recovered: whether the illness is over.
    """

    step: int
    illness: str
    severity: str
    evidence: str
    since: int = 0
    signals: dict[str, float] = field(default_factory=dict)
    remedies: list[dict[str, Any]] = field(default_factory=list)
    recovered: bool = False

    def line(self) -> str:
        """For people: step 1,200  warning  mode collapse: …  → --set view=pack(2)."""
        told = "recovered" if self.recovered else self.severity
        help = spelled(self.remedies[0]) if self.remedies else ""
        return f"step {self.step:,}  {told:<9}  {self.illness}: {self.evidence}" + (f"  → {help}" if help else "")


def spelled(remedy: Mapping[str, Any]) -> str:
    """A remedy as it is typed, or its reason where there is nothing to type."""
    sets = [f"--set {_quoted(f'{k}={_plain(v)}')}" for k, v in remedy.get("set", {}).items()]
    commands = [f"--{k.replace('_', '-')} {_plain(v)}" for k, v in remedy.get("command", {}).items()]
    return " ".join([*sets, *commands]) or str(remedy["why"])


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _quoted(text: str) -> str:
    return f"'{text}'" if set(text) & set("()[] *") else text


def append(folder: Path, name: str, record: Mapping[str, Any]) -> None:
    """Add one line to a file of a run's folder."""
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a file, a JSON object a line; a line that is damaged or cut short is left out."""
    found, path = [], folder / name
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else ():
        with suppress(ValueError, RecursionError):
            record = json.loads(line)
            found += [record] if isinstance(record, dict) else []
    return found


def forget_after(folder: Path, step: int) -> None:
    """Drop signals and findings of steps that a resumed run will do again."""
    for name in (SIGNALS, FINDINGS):
        if (folder / name).is_file():
            kept = [r for r in lines(folder, name) if r.get("step", 0) <= step]
            pack.replace_file(folder / name, "".join(json.dumps(r) + "\n" for r in kept).encode())


def forget_facts(folder: Path) -> None:
    """Drop what was measured before the first step, since the game is another one now."""
    if (folder / SIGNALS).is_file():
        kept = [r for r in lines(folder, SIGNALS) if "facts" not in r]
        pack.replace_file(folder / SIGNALS, "".join(json.dumps(r) + "\n" for r in kept).encode())


def read(folder: Path) -> History:
    """The history that a run's folder holds; the first record is the facts."""
    records = lines(folder, SIGNALS)
    facts = [r for r in records if "facts" in r]
    return History(dict(facts[0]["facts"]) if facts else {}, [r for r in records if "facts" not in r])


def findings(folder: Path) -> list[Finding]:
    """The findings that a run's folder holds."""
    found = []
    for record in lines(folder, FINDINGS):
        with suppress(TypeError):  # of another version
            found.append(Finding(**record))
    return found


def standing(found: Iterable[Finding]) -> list[Finding]:
    """Findings that have not recovered, the worst first."""
    open: dict[str, Finding] = {}
    for finding in found:
        if finding.recovered:
            open.pop(finding.illness, None)
        else:
            open[finding.illness] = finding
    return sorted(open.values(), key=lambda f: (-SEVERITIES.index(f.severity), f.step))
