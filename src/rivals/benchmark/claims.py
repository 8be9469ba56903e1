"""What came of a paper's claims: verdicts, and the append-only records in results/ID.jsonl."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rivals.benchmark.fingerprint import Fingerprint, same
from rivals.catalog import Claim
from rivals.errors import RivalsError
from rivals.metrics import intervals
from rivals.metrics.intervals import Interval

RESULTS = Path("results")
"""Where records lie, seen from the folder that a command runs in."""

WORDS = ("sentence", "source", "minutes", "seeds", "quick", "also", "table", "protocol")
"""Fields of a claim that say nothing of what was measured: a record outlives their change."""

NOT_RUN = "not run"
VERDICTS = ("reproduced", "partly", "not reproduced", "inconclusive", "reduced", NOT_RUN)


@dataclass(frozen=True)
class Measured:
    """The figures of one claim.

    Attributes:
        ours: one a seed.
        against: of the other training, by the same seeds; empty where the claim is a threshold.
        quick: whether the protocol was cut by `--quick`.
        within: (low, high) from the measure itself, for one training alone ("± over test pictures").
    """

    ours: Sequence[float]
    against: Sequence[float] = ()
    quick: bool = False
    within: tuple[float, float] | None = None

    @property
    def interval(self) -> Interval:
        """Mean of ours with its 95 % interval over seeds; of one seed what the measure itself knows."""
        found = intervals.over_seeds(self.ours)
        if found.n == 1 and self.within is not None:
            return Interval(found.mean, *self.within, 1, "within one run")
        return found


def verdict(claim: Claim, measured: Measured | None) -> str:
    """One of `VERDICTS`.

    A threshold is met by the mean over seeds. "Beats" is a paired 95 % interval over the same seeds that excludes zero
    on the right side; one that excludes it on the wrong side is "not reproduced", one that holds it "inconclusive".
    What was met under a smaller protocol is "reduced". A run with `--quick` is "reduced" whatever came of it: it was
    not given the budget that the claim speaks of.

    Args:
        claim: with its threshold.
        measured: its figures; None where it was not run.
    """
    if measured is None:
        return NOT_RUN
    if measured.quick:
        return "reduced"
    if claim.compared:
        gain = intervals.paired(measured.ours, measured.against)
        if not gain.excludes(0.0):
            return "inconclusive"
        found = "reproduced" if (gain.mean < 0) == claim.lower_is_better else "not reproduced"
    elif _meets(claim, measured.interval.mean, claim.at_most if claim.at_most is not None else claim.at_least):
        found = "reproduced"
    else:
        found = "partly" if _meets(claim, measured.interval.mean, claim.partly) else "not reproduced"
    return "reduced" if claim.reduced and found == "reproduced" else found


def _meets(claim: Claim, figure: float, threshold: float | None) -> bool:
    if threshold is None:
        return False
    return figure <= threshold if claim.at_most is not None else figure >= threshold


@dataclass(frozen=True)
class Record:
    """One run of one claim: a line of results/ID.jsonl.

    Attributes:
        recipe, claim, data, metric: what was measured on what.
        paper: the published figure, or None.
        ours, low, high: mean and 95 % interval; None where one training has no bounds.
        how: where the bounds come from: "seeds", "paired seeds" or "within one run".
        values, seeds: each figure and its seed.
        verdict: one of `VERDICTS`.
        quick: whether `--quick` cut the protocol.
        minutes: of all trainings, by the clock.
        against: recipe, options and values of what was to be beaten, and "gain", "low", "high" of ours minus theirs.
        protocol: judge, samples, steps, batch and whatever else the scores say of themselves.
        stated: the claim as it stood.
        fingerprint: "ours" and, for a comparison, "against" -> see `rivals.benchmark.fingerprint`.
        versions: of rivals and torch, and the commit.
        date: in UTC.
        also: name -> one further figure a seed; those of the other training are in `against`.
        processor: minutes that all processes spent on it, trainings that were done before not among them; None in
            records from before it was measured.
    """

    recipe: str
    claim: str
    data: str
    metric: str
    paper: float | None
    ours: float
    low: float | None
    high: float | None
    how: str
    values: list[float]
    seeds: list[int]
    verdict: str
    quick: bool
    minutes: float
    against: dict[str, Any] | None
    protocol: dict[str, Any]
    stated: dict[str, Any]
    fingerprint: dict[str, Fingerprint]
    versions: dict[str, Any] = field(default_factory=dict)
    date: str = ""
    also: dict[str, list[float]] = field(default_factory=dict)
    processor: float | None = None

    def stale(self, claim: Claim, fingerprint: Mapping[str, Fingerprint]) -> bool:
        """Whether recipe or claim have changed since: the figure then is another method's, or another claim's."""
        if _essence(self.stated) != _essence(stated(claim)) or self.fingerprint.keys() != fingerprint.keys():
            return True
        return not all(same(self.fingerprint[side], fingerprint[side]) for side in fingerprint)


def stated(claim: Claim) -> dict[str, Any]:
    """A claim as plain data."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(claim)))
    return plain


def append(record: Record, results: Path = RESULTS) -> Path:
    """Add one line to results/ID.jsonl; what stands there is never touched.

    Returns:
        The file.
    """
    path = results / f"{record.recipe}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(record), ensure_ascii=False, allow_nan=False) + "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    return path


def records(recipe: str, results: Path = RESULTS) -> list[Record]:
    """All records of a recipe, oldest first.

    Raises:
        RivalsError: for a line that is no record, naming it.
    """
    path = results / f"{recipe}.jsonl"
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else (), 1):
        try:
            found.append(Record(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise RivalsError(f"{path}:{number} is no record ({error}): take the line out, or restore it") from None
    return found


def newest(recipe: str, claim: str, results: Path = RESULTS) -> Record | None:
    """The newest record of a claim; one of `--quick` stands only where there is no whole one."""
    mine = [r for r in records(recipe, results) if r.claim == claim]
    whole = [r for r in mine if not r.quick]
    return next(reversed(whole or mine), None)


def _essence(stated: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in stated.items() if key not in WORDS}
