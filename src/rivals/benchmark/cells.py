"""Grids of cells: trainings, each an ordinary run folder, that are scored and kept; what is done is not done again."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rivals.benchmark.cell import Cell as Cell
from rivals.benchmark.cell import Outcome as Outcome
from rivals.benchmark.cell import stored as stored
from rivals.benchmark.stops import stoppable
from rivals.benchmark.workers import Failed
from rivals.data import named
from rivals.errors import Interrupted, RivalsError, UsageError
from rivals.store.folder import RunFolder

RUNNERS = {"processes": "workers", "ray": "remote"}
"""Where cells run -> the module whose `Pool` runs them."""


def play(
    cells: Sequence[Cell],
    home: Path,
    *,
    jobs: int = 1,
    threads: int = 1,
    report: Callable[[Outcome], None] | None = None,
    runner: str = "processes",
    limit: float | None = None,
    curve: int = 0,
) -> list[Outcome]:
    """Train and score all cells, each in a run folder below `home`; the same call again goes on and skips what is done.

    A cell that fails, or whose worker dies, is an outcome with its reason, and is tried again by the next call.

    Args:
        cells: no two with one key.
        home: made where it is missing.
        jobs, threads: cells at a time; threads of arithmetic for each.
        report: told of each outcome as it comes, of those done before first.
        runner: "processes" of this machine, or "ray" for a cluster.
        limit: seconds for one cell; None is no limit.
        curve: evaluations in mid-run, for curves.

    Returns:
        The outcomes in the cells' order.

    Raises:
        UsageError: for two cells of one key, or an unknown runner.
        Interrupted: by Ctrl-C or SIGTERM, after running cells have saved.
    """
    keys = [cell.key for cell in cells]
    from rivals.benchmark.player import Task, train_and_score  # which measures flops by a grid's cells

    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise UsageError(f"the grid holds {twice[0]} twice: leave one of them out")
    found: dict[str, Outcome] = {}
    hashes: dict[str, str | None] = {}

    def tell(outcome: Outcome) -> None:
        found[outcome.cell.key] = outcome
        if report is not None:
            report(outcome)

    for cell in cells:
        if (outcome := done(cell, home / cell.key, hashes)) is not None:
            tell(outcome)
    tasks = [Task(cell, home / cell.key, curve) for cell in cells if cell.key not in found]

    def take(index: int, result: Any) -> None:
        task = tasks[index]
        if isinstance(result, Failed):
            result = Outcome(task.cell, False, result.reason, None, {}, task.folder, True, result.detail)
            result.write()
        tell(replace(result, folder=task.folder))

    spread(train_and_score, tasks, take, home, jobs=jobs, threads=threads, runner=runner, limit=limit)
    return [found[key] for key in keys]


def spread(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    take: Callable[[int, Any], None],
    home: Path,
    *,
    jobs: int = 1,
    threads: int = 1,
    runner: str = "processes",
    limit: float | None = None,
) -> None:
    """Call a function on items by a runner's pool; what workers print goes to home/workers.log.

    Args:
        function: of a module.
        items: what it is called on.
        take: gets each item's index and result, or `Failed`, as they come.
        home, jobs, threads, runner, limit: see `play`.

    Raises:
        UsageError: for an unknown runner.
        Interrupted: by Ctrl-C or SIGTERM.
    """
    if runner not in RUNNERS:
        raise UsageError(f"there is no runner '{runner}': use {' or '.join(RUNNERS)}")
    if not items:
        return
    module = importlib.import_module(f"rivals.benchmark.{RUNNERS[runner]}")
    try:
        with stoppable(), module.Pool(min(jobs, len(items)), threads, home / "workers.log") as pool:
            for index, result in pool.each(function, items, limit):
                take(index, result)
    except KeyboardInterrupt as stop:
        number = getattr(stop, "signal", 2)
        raise Interrupted("stopped; what was running has saved: the same command goes on from there", number) from None


def done(cell: Cell, folder: Path, hashes: dict[str, str | None] | None = None) -> Outcome | None:
    """The outcome of a cell that is trained and scored in just this way on just this data; None where it is not.

    Args:
        cell: which.
        folder: of its run.
        hashes: of data that were read before; filled.
    """
    outcome = stored(folder)
    if outcome is None or not outcome.ok or outcome.cell.to_json() != cell.to_json():
        return None
    run = RunFolder(folder)
    try:
        if run.status().get("status") != "finished":
            return None
        return outcome if run.config()["data"]["hash"] == _hash(cell, {} if hashes is None else hashes) else None
    except (RivalsError, KeyError):
        return None


def _hash(cell: Cell, known: dict[str, str | None]) -> str | None:
    name = json.dumps([cell.data, dict(cell.read)], sort_keys=True, default=str)
    if name not in known:
        try:
            known[name] = named.load(cell.data, **cell.read).fingerprint()
        except RivalsError:  # the cell itself will say so
            known[name] = None
    return known[name]
