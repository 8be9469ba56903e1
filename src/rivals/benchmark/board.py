"""The board: every claim of every recipe with its newest record, as rows and as the docs' page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rivals import catalog
from rivals.benchmark import claims, tables
from rivals.benchmark.claims import NOT_RUN, RESULTS, VERDICTS, Record
from rivals.benchmark.tables import spelled
from rivals.benchmark.tasks import is_stale, plain
from rivals.catalog import Claim, Entry
from rivals.errors import RivalsError


@dataclass(frozen=True)
class Row:
    """One claim on the board.

    Attributes:
        recipe, claim, sentence, source: which, what the paper claims, and where.
        data, metric: what is measured on what.
        threshold: what counts as reproduced.
        paper: the published figure, or None.
        ours, low, high: the newest record's mean and 95 % interval, or None.
        seeds: trainings behind it.
        verdict: of that record; "not run" where there is none.
        minutes: what that record took; what it is expected to take where there is none.
        stale: whether recipe or claim have changed since.
        note: how its protocol is smaller than the paper's.
        date: of the record.
        table: heading of the table that it is a row of, or nothing.
        options: of the recipe.
        also: further scores by name, each one figure a seed; none where there is no record.
    """

    recipe: str
    claim: str
    sentence: str
    source: str
    data: str
    metric: str
    threshold: str
    paper: float | None
    ours: float | None
    low: float | None
    high: float | None
    seeds: int
    verdict: str
    minutes: float
    stale: bool
    note: str
    date: str
    table: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    also: dict[str, list[float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def board(results: Path = RESULTS, entries: Iterable[Entry] | None = None) -> list[Row]:
    """All claims of all recipes, or of some.

    Finding out what is stale trains a tiny copy of each recipe that has records.

    Args:
        results: the folder of records.
        entries: recipes, by default every installed one.

    Raises:
        RivalsError: for a file of records that cannot be read.
    """
    chosen = catalog.entries().values() if entries is None else entries
    return [_row(entry, claim, results) for entry in chosen for claim in entry.claims]


def orphans(results: Path = RESULTS, entries: Iterable[Entry] | None = None) -> list[str]:
    """RECIPE/CLAIM of records whose claim no longer exists."""
    chosen = catalog.entries().values() if entries is None else entries
    known = {f"{entry.id}/{claim.name}" for entry in chosen for claim in entry.claims}
    files = sorted(results.glob("*.jsonl"))
    found = [f"{file.stem}/{record.claim}" for file in files for record in claims.records(file.stem, results)]
    return [name for name in dict.fromkeys(found) if name not in known]


def table(rows: Sequence[Row]) -> list[list[str]]:
    """Head and rows as text."""
    head = ["recipe", "claim", "verdict", "ours", "counts as reproduced", "paper", "metric", "data", "minutes"]
    return [head] + [
        [
            row.recipe, row.claim, f"{row.verdict}{', stale' * row.stale}", spelled(row), row.threshold,
            "" if row.paper is None else f"{row.paper:g}", row.metric.removeprefix("measure:"), row.data,
            f"{row.minutes:.3g}",
        ]
        for row in rows
    ]  # fmt: skip


def page(rows: Sequence[Row]) -> str:
    """The docs' page on results: the table, and what each claim says."""
    number = Counter(row.verdict for row in rows)
    counts = ", ".join(f"{number[verdict]} {verdict}" for verdict in VERDICTS if number[verdict])
    text = [HEAD, f"{len(rows)} claims: {counts}.\n" if rows else "No recipe has a claim yet.\n"]
    if rows:
        text += [grid(table(rows)), "", "## What is claimed\n"]
        text += [
            f"- `{r.recipe}` **{r.claim}**{f', {r.source}' * bool(r.source)}. {r.sentence}{_more(r)}" for r in rows
        ]
    if found := tables.tables(rows):
        text += ["", TABLES]
        for heading, mine in found.items():
            text += [f"### {heading}\n", f"{tables.about(mine)}\n", f"{grid(tables.lines(mine))}\n"]
    return "\n".join(text).rstrip() + "\n"


HEAD = """# Results

<!-- written by `rivals board --markdown`; do not edit: a test compares it with results/ -->

What the papers claim, and what came of it here. `rivals reproduce ID` measures a recipe's claims and adds a line to
`results/ID.jsonl`; `rivals board` shows this table. A claim stands in its recipe, with its threshold, before it is run.

Ours is the mean with its 95 % interval: Student's over seeds, or that of the one run's own test. "Beats" means that the
paired interval over equal seeds excludes zero, else the verdict is *inconclusive*. *Reduced* is met, or run, under a
protocol that is smaller than the paper's. *Stale* marks a record whose recipe or claim has changed since. Minutes are
those of the trainings on the machine that made the record; of claims that were not run, those expected.
"""


TABLES = """## Tables

Claims that are measured alike, side by side; ± is half the 95 % interval over seeds.
"""


def _more(row: Row) -> str:
    return f" Smaller than the paper's: {row.note}" if row.note else ""


def _row(entry: Entry, claim: Claim, results: Path) -> Row:
    record = claims.newest(entry.id, claim.name, results)
    facts: dict[str, Any] = {
        "recipe": entry.id, "claim": claim.name, "sentence": claim.sentence, "source": claim.source,
        "data": claim.data, "metric": claim.metric, "threshold": claim.threshold, "paper": claim.paper,
        "table": claim.table, "options": plain(claim.options),
    }  # fmt: skip
    if record is None:
        sides = 2 if claim.compared else 1
        minutes = claim.minutes * claim.seeds * sides
        nothing: dict[str, Any] = dict.fromkeys(("ours", "low", "high"))
        return Row(
            **facts, **nothing, seeds=0, verdict=NOT_RUN, minutes=minutes, stale=False, note=claim.reduced, date="",
            also={name: [] for name in claim.also},
        )  # fmt: skip
    return Row(
        **facts, ours=record.ours, low=record.low, high=record.high, seeds=len(record.seeds), verdict=record.verdict,
        minutes=record.minutes, stale=_stale(entry, claim, record), note=_note(claim, record), date=record.date,
        also={name: [] for name in claim.also} | record.also,
    )  # fmt: skip


def _note(claim: Claim, record: Record) -> str:
    return "run with --quick." if record.quick else claim.reduced


def _stale(entry: Entry, claim: Claim, record: Record) -> bool:
    try:
        return is_stale(entry, claim, record)
    except RivalsError:  # a recipe that no longer trains, or no longer takes these options, is not what was measured
        return True


def grid(lines: Sequence[Sequence[str]]) -> str:
    """Head and rows as a table in Markdown."""
    head, *body = ([re.sub(r"([|<>])", r"\\\1", word) for word in line] for line in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *body])
