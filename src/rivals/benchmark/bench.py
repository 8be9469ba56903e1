"""A comparison from end to end: which cells, the budget of each, the search, the grid, and what came of it."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

import rivals
from rivals import catalog, pack, registry
from rivals.benchmark import budgets, suites
from rivals.benchmark.budgets import Budget
from rivals.benchmark.cells import Cell, Outcome, play
from rivals.benchmark.search import settings
from rivals.benchmark.suites import Model
from rivals.benchmark.workers import Failed
from rivals.data import named, specs
from rivals.data.sources import Source
from rivals.errors import RivalsError, UsageError
from rivals.metrics.scores import headline

Results = dict[str, Any]


class Watch:
    """Told what happens; the command line draws it, a script may ignore it."""

    def begin(self, what: str, total: int) -> None:
        """A phase with so many items begins."""

    def done(self, outcome: Outcome) -> None:
        """A cell of the phase is done, or was before."""

    def end(self) -> None:
        """It is over, however it ended."""


@dataclass(frozen=True)
class _Entrant:
    """A model on a data set."""

    model: Model
    data: str
    options: Mapping[str, Any]
    read: Mapping[str, Any]

    def cell(self, seed: int, options: Mapping[str, Any] | None = None) -> Cell:
        return Cell(self.model.recipe, self.data, seed, options={**self.options, **(options or {})}, read=self.read)


@dataclass
class _Bench:
    """One call's settings, and what it has found."""

    home: Path
    suite: suites.Suite
    budget: Mapping[str, Budget]
    pool: dict[str, Any]
    watch: Watch
    left_out: list[dict[str, str]]

    def planned(self, pairs: Sequence[tuple[_Entrant, Cell]]) -> list[tuple[_Entrant, Cell | Outcome]]:
        """Cells with their steps; those that cannot be measured are failures, refused ones are left out."""
        cells = [cell for _, cell in pairs]
        self.watch.begin("measuring budgets", len(cells))
        found = budgets.steps_of(cells, lambda cell: self.budget[cell.data], self.home, **self.pool)
        planned: list[tuple[_Entrant, Cell | Outcome]] = []
        for (entrant, cell), result in zip(pairs, found, strict=True):
            if isinstance(result, Failed):
                planned.append((entrant, Outcome(cell, False, result.reason, None, {}, self.home / cell.key)))
            elif "refused" in result:
                self.leave_out(entrant, result["refused"])
            else:
                planned.append((entrant, replace(cell, steps=result["steps"])))
        return planned

    def played(self, pairs: Sequence[tuple[_Entrant, Cell]], what: str) -> list[tuple[_Entrant, Outcome]]:
        """Measure, train and score."""
        planned = self.planned(pairs)
        cells = [cell for _, cell in planned if isinstance(cell, Cell)]
        self.watch.begin(what, len(cells))
        outcomes = play(cells, self.home, report=self.watch.done, curve=self.suite.curve, **self.pool)
        by_key = {outcome.cell.key: outcome for outcome in outcomes}
        return [(e, cell if isinstance(cell, Outcome) else by_key[cell.key]) for e, cell in planned]

    def leave_out(self, entrant: _Entrant, reason: str) -> None:
        """Note once that a model does not take a data set."""
        fact = {"model": entrant.model.name, "data": entrant.data, "reason": reason}
        if fact not in self.left_out:
            self.left_out.append(fact)


def bench(
    suite: str,
    *,
    recipes: Sequence[str] | None = None,
    seeds: int = 3,
    budget: str | None = None,
    jobs: int = 1,
    threads: int = 1,
    on: str = "processes",
    search: int = 0,
    out: str | Path | None = None,
    limit: float | None = None,
    watch: Watch | None = None,
) -> Results:
    """Compare models on a suite; the same call again goes on where it was, and does nothing twice.

    Args:
        suite: a name of `suites.SUITES`.
        recipes: ids or file.py:function; by default all that make samples and take the data. Of the suite landscape
            they are the backbones.
        seeds: trainings of each model on each data set.
        budget: UNIT=AMOUNT for every cell; by default the suite's own for each data set.
        jobs, threads, limit: see `cells.play`.
        on: "processes", or "ray".
        search: settings tried for each model on each data set, with seed 0; the best one by the headline score is then
            trained with seeds 1, …, `seeds`. 0 searches nothing, and the seeds are 0, …, `seeds` - 1.
        out: folder of everything, by default bench/SUITE.
        watch: told what happens.

    Returns:
        What results.json holds.

    Raises:
        UsageError: for an unknown suite, recipe, unit or runner, or numbers below 1.
        RivalsError: where none of the recipes takes any of the data.
        Interrupted: by Ctrl-C or SIGTERM; the same call goes on.
    """
    chosen = suites.find(suite)
    if seeds < 1 or search < 0:
        raise UsageError(f"--seeds ({seeds}) must be at least 1, and --search ({search}) at least 0")
    amounts = {data: budgets.parse(budget or usual) for data, usual in chosen.budgets.items()}
    models = chosen.models(recipes)
    for model in models:
        registry.check_options(catalog.find(model.recipe), model.options)
    home, watch = Path(out or Path("bench") / suite), watch or Watch()
    pool = {"jobs": jobs, "threads": threads, "runner": on, "limit": limit}
    sources = {data: named.load(data, **chosen.read.get(data, {})) for data in amounts}
    game = _Bench(home, chosen, amounts, pool, watch, [])
    entrants = []
    for data, source in sources.items():
        for model in models:
            entrant = _Entrant(model, data, chosen.options_for(model, data), chosen.read.get(data, {}))
            reason = catalog.find(model.recipe).refusal(source.spec)
            if not reason:
                entrants.append(entrant)
            elif recipes is not None:  # nobody asks why a recipe for text is not there
                game.leave_out(entrant, reason)
    if not entrants:
        raise RivalsError(f"none of the recipes takes any data of the suite {suite}: {', '.join(amounts)}")
    try:
        tried = _searched(game, entrants, search, sources) if search else []
        best = {(t["model"], t["data"]): t["tries"][t["best"]]["options"] for t in tried if t["best"] is not None}
        numbers = range(1, seeds + 1) if search else range(seeds)
        pairs = [
            (e, e.cell(seed, best.get((e.model.name, e.data)) if search else None))
            for e in entrants
            for seed in numbers
            if not search or (e.model.name, e.data) in best
        ]
        played = game.played(pairs, "training")
    finally:
        watch.end()
    results = {
        "suite": suite, "about": chosen.about, "seeds": list(numbers),
        "budget": {data: str(amount) for data, amount in amounts.items()},
        "versions": {"rivals": rivals.__version__, "torch": torch.__version__},
        "machine": f"{platform.machine()} {platform.system()}, jobs {jobs}, threads of each {threads}",
        "sets": _sets(sources, played),
        "cells": [_record(e, outcome, home) for e, outcome in played],
        "left out": game.left_out,
        "search": tried,
    }  # fmt: skip
    text = json.dumps(results, indent=2) + "\n"
    pack.replace_file(home / "results.json", text.encode())
    plain: Results = json.loads(text)
    return plain


def _searched(
    game: _Bench, entrants: Sequence[_Entrant], n: int, sources: Mapping[str, Source]
) -> list[dict[str, Any]]:
    """Try n settings of each entrant with seed 0, and say which one was the best."""
    drawn = {e.model.name: settings(e.model.recipe, n) for e in entrants}
    pairs = [(e, e.cell(0, chosen)) for e in entrants for chosen in drawn[e.model.name]]
    tries: dict[tuple[str, str], list[dict[str, Any]]] = {}
    sign = {}
    unique = {cell.key: (e, cell) for e, cell in pairs}  # a recipe with nothing to search has one setting
    for e, outcome in game.played(list(unique.values()), "searching"):
        first = headline(sources[e.data].spec, outcome.scores.values) if outcome.scores else None
        value = outcome.scores.values[first.name] if outcome.scores and first else math.nan
        mine = {k: v for k, v in outcome.cell.options.items() if k not in e.options}
        fact = {"options": mine, "value": value if math.isfinite(value) else None, "reason": outcome.reason}
        tries.setdefault((e.model.name, e.data), []).append(fact | {"folder": outcome.folder.name})
        sign[e.data] = 1 if first is None or first.lower_is_better else -1
    told = []
    for (model, data), facts in tries.items():
        order = [(sign[data] * f["value"], i) for i, f in enumerate(facts) if f["value"] is not None]
        told.append({"model": model, "data": data, "tries": facts, "best": min(order)[1] if order else None})
    return told


def _sets(sources: Mapping[str, Source], played: Sequence[tuple[_Entrant, Outcome]]) -> dict[str, Any]:
    """What each data set is, and the score that ranks on it: the headline that most of its cells have."""
    told = {}
    for data, source in sources.items():
        mine = [o.scores.values for e, o in played if e.data == data and o.scores]
        found = [first for values in mine if (first := headline(source.spec, values))]
        first = max(found, key=found.count) if found else None
        told[data] = {"spec": specs.spelled(source.spec), "headline": first._asdict() if first else None}
    return told


def _record(entrant: _Entrant, outcome: Outcome, home: Path) -> dict[str, Any]:
    """A cell's line in results.json."""
    cell = outcome.cell.to_json()
    return {
        "model": entrant.model.name, "data": entrant.data, "seed": cell["seed"], "recipe": cell["recipe"],
        "steps": cell["steps"], "options": cell["options"], "ok": outcome.ok, "reason": outcome.reason,
        "scores": outcome.scores.to_json() if outcome.scores else None, "cost": outcome.cost,
        "folder": str(outcome.folder.relative_to(home)),
    }  # fmt: skip
