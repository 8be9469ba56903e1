"""What `rivals reproduce` and `rivals board` do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rivals.errors import UsageError


def reproduce(
    id: str | None = None,
    *,
    every: bool = False,
    claim: str | None = None,
    seeds: int | None = None,
    quick: bool = False,
    jobs: int = 1,
    home: Path | None = None,
    results: Path | None = None,
    as_json: bool = False,
) -> None:
    """Measure claims; progress goes to stderr, one line an event, the records in short to stdout.

    Args:
        id: of a recipe, or file.py:function.
        every: `--all`, instead of an id.
        claim, seeds, quick, jobs: see `rivals.benchmark.reproduce.reproduce`.
        home, results: folders of trainings and of records, by default runs/reproduce and results.
        as_json: print the records as one JSON document.

    Raises:
        UsageError: for neither an id nor `--all`, both, or a claim with `--all`.
    """
    if (id is None) == (not every):
        raise UsageError("name a recipe, `rivals reproduce ID`, or say --all: one of the two")
    if every and claim is not None:
        raise UsageError("--claim belongs to one recipe: name it instead of --all")
    from rivals.benchmark import reproduce as verbs
    from rivals.benchmark.claims import RESULTS

    folders = {"home": home or verbs.HOME, "results": results or RESULTS}
    if id is None:
        records = verbs.reproduce_all(seeds=seeds, quick=quick, jobs=jobs, report=_tell, **folders)
    else:
        records = verbs.reproduce(id, claim=claim, seeds=seeds, quick=quick, jobs=jobs, report=_tell, **folders)
    if as_json:
        print(json.dumps([asdict(record) for record in records], indent=2, ensure_ascii=False))
    else:
        for record in records:
            print(f"{record.recipe}/{record.claim}: {verbs.told(record)}")


def board(
    *, results: Path | None = None, as_json: bool = False, markdown: bool = False, table: str | None = None
) -> None:
    """Print all claims as a table, as JSON, or as the docs' page; or one of the tables that claims belong to.

    Args:
        results: folder of records, by default results.
        as_json, markdown: the form; not both.
        table: heading of the one table that is shown.

    Raises:
        UsageError: for both forms, or a table that there is not.
    """
    if as_json and markdown:
        raise UsageError("--json and --markdown are two forms: choose one of them")
    from rivals.benchmark import board as boards
    from rivals.benchmark import tables
    from rivals.benchmark.claims import RESULTS

    rows = boards.board(results or RESULTS)
    rows = rows if table is None else tables.find(rows, table)
    if as_json:
        print(json.dumps([row.to_json() for row in rows], indent=2, ensure_ascii=False))
    elif markdown:
        print(boards.page(rows) if table is None else f"{boards.grid(tables.lines(rows))}\n", end="")
    else:
        _print_table(boards.table(rows) if table is None else tables.lines(rows))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _print_table(lines: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(f"{word:<{width}}" for word, width in zip(line, widths, strict=True)).rstrip())
