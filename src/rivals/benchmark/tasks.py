"""One claim of one recipe as trainings: which cells, by which options, and whether a record makes them unnecessary."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rivals import catalog
from rivals.benchmark import fingerprint as prints
from rivals.benchmark.cells import Cell
from rivals.benchmark.claims import Record
from rivals.benchmark.fingerprint import Fingerprint
from rivals.catalog import Claim, Entry
from rivals.data import named

QUICK = 10
"""Where a claim does not say what `--quick` changes, steps are divided by this."""

MEASURED = "measure:"
"""Before the name of a measure, where a claim's metric is no score."""

BUDGET = ("steps", "batch", "samples")
"""Words of `Claim.quick` that are no options of the recipe."""


@dataclass(frozen=True)
class Task:
    """One claim to be measured.

    Attributes:
        entry, claim: which.
        seeds: how many trainings.
        quick: whether by the smaller protocol.
    """

    entry: Entry
    claim: Claim
    seeds: int
    quick: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.entry.id}/{self.claim.name}"

    @property
    def rival(self) -> Entry:
        """The recipe to be beaten."""
        return catalog.find(self.claim.beats) if self.claim.beats else self.entry

    def options(self, side: str) -> dict[str, Any]:
        """Of "ours" or of "against"; the same recipe keeps the claim's options where the comparison does not differ."""
        mine: dict[str, Any] = {}
        if side == "ours" or self.rival.name == self.entry.name:
            cut = {k: v for k, v in self.claim.quick.items() if k not in BUDGET} if self.quick else {}
            mine = {**self.claim.options, **cut}
        return mine | dict(self.claim.beats_options or {}) if side == "against" else mine

    def cells(self, side: str) -> list[Cell]:
        """The trainings of one side, with one budget on both; what a claim measures of them is no score of the grid."""
        claim, entry = self.claim, self.trained(side)
        cut: Mapping[str, Any] = claim.quick if self.quick else {}
        steps = claim.steps or self.entry.steps
        if self.quick:
            steps = cut.get("steps", max(1, steps // QUICK))
        batch = cut.get("batch", claim.batch or self.entry.batch)
        return [
            Cell(entry.name, claim.data, seed=seed, steps=steps, batch=batch, options=self.options(side), metrics=())
            for seed in range(self.seeds)
        ]

    @property
    def samples(self) -> int | None:
        """Of the score; None is its protocol's number."""
        found: int | None = (self.claim.quick if self.quick else {}).get("samples", self.claim.samples)
        return found

    @property
    def sides(self) -> tuple[str, ...]:
        """What is trained: "ours", and for a comparison "against", too."""
        return ("ours", "against") if self.claim.compared else ("ours",)

    @property
    def kind(self) -> str:
        """Of the data, for fingerprints."""
        return named.NAMED[self.claim.data].kind if self.claim.data in named.NAMED else self.entry.data[0]

    def trained(self, side: str) -> Entry:
        """The recipe of a side."""
        return self.entry if side == "ours" else self.rival

    def fingerprints(self) -> dict[str, Fingerprint]:
        """Of the recipes that are trained, as they are now."""
        return {
            side: _fingerprint(self.trained(side).name, self.kind, json.dumps(self.options(side), sort_keys=True))
            for side in self.sides
        }

    def done_by(self, record: Record) -> bool:
        """Whether a record makes it unnecessary."""
        if record.quick and not self.quick:
            return False
        whole = Task(self.entry, self.claim, self.seeds, record.quick)
        return len(record.seeds) >= self.seeds and not record.stale(self.claim, whole.fingerprints())


def expected(todo: Iterable[Task]) -> float:
    """Minutes of one core that claims will take, a training that several of them share counted once."""
    trainings: dict[str, float] = {}
    for task in todo:
        for cell in (cell for side in task.sides for cell in task.cells(side)):
            each = task.claim.minutes / (QUICK if task.quick else 1)
            trainings[cell.key] = max(each, trainings.get(cell.key, 0.0))
    return sum(trainings.values())


def is_stale(entry: Entry, claim: Claim, record: Record) -> bool:
    """Whether a record's recipe or claim have changed since."""
    return record.stale(claim, Task(entry, claim, len(record.seeds), record.quick).fingerprints())


def plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON gives them back."""
    found: dict[str, Any] = json.loads(json.dumps(dict(options)))
    return found


@lru_cache(maxsize=256)
def _fingerprint(name: str, kind: str, options: str) -> Fingerprint:
    return prints.kept(catalog.find(name), kind, json.loads(options))
