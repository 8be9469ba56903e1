"""Run the claims of recipes: trainings in ordinary run folders, figures, a verdict, a line in results/ID.jsonl."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rivals import catalog, pack
from rivals.api import evaluate
from rivals.benchmark import claims, measures
from rivals.benchmark import fingerprint as prints
from rivals.benchmark.cells import Outcome, play
from rivals.benchmark.claims import RESULTS, Measured, Record
from rivals.benchmark.fingerprint import Fingerprint
from rivals.benchmark.measures import Figure
from rivals.benchmark.tasks import MEASURED, Task, expected, plain
from rivals.errors import Interrupted, RivalsError, UsageError
from rivals.metrics import intervals
from rivals.metrics.evaluate import Scores
from rivals.store.folder import RunFolder

HOME = Path("runs/reproduce")
"""Where trainings lie, seen from the folder that a command runs in."""

Report = Callable[[str], None]


def reproduce(
    id: str,
    *,
    claim: str | None = None,
    seeds: int | None = None,
    quick: bool = False,
    jobs: int = 1,
    home: Path = HOME,
    results: Path = RESULTS,
    report: Report = lambda line: None,
) -> list[Record]:
    """Measure the claims of one recipe, and append a record of each to results/ID.jsonl.

    Trainings that are finished below `home` are used again, interrupted ones go on.

    Args:
        id: of the recipe, or file.py:function.
        claim: one claim alone.
        seeds: trainings of each, by default the claim's.
        quick: a smaller protocol; the verdict is then "reduced".
        jobs: trainings at a time.
        home, results: folders of trainings and of records.
        report: told in a line what happens.

    Raises:
        UsageError: for an unknown recipe or claim, a recipe without claims, or fewer than 1 seed.
        RivalsError: where claims could not be measured, after all others were.
        Interrupted: by Ctrl-C or SIGTERM; the same call goes on.
    """
    entry = catalog.find(id)
    if not entry.claims:
        raise UsageError(f"{entry.id} has no claims yet: write them into its decorator, @recipe(…, claims=(Claim(…),))")
    chosen = [entry.claim(claim)] if claim is not None else entry.claims
    todo = [Task(entry, each, _checked(seeds or each.seeds, seeds), quick) for each in chosen]
    return _queue(todo, jobs, home, results, report)


def reproduce_all(
    *,
    seeds: int | None = None,
    quick: bool = False,
    jobs: int = 1,
    home: Path = HOME,
    results: Path = RESULTS,
    report: Report = lambda line: None,
) -> list[Record]:
    """Measure every claim that has no fresh record, the cheap ones first; see `reproduce`.

    A record is fresh where recipe and claim are as they were, and it has as many seeds; one of `--quick` is fresh only
    for another such queue. So a queue that was killed goes on with the next claim.
    """
    every = [(entry, claim) for entry in catalog.entries().values() for claim in entry.claims]
    todo = []
    for entry, claim in sorted(every, key=lambda pair: pair[1].minutes * pair[1].seeds):
        task = Task(entry, claim, _checked(seeds or claim.seeds, seeds), quick)
        record = claims.newest(entry.id, claim.name, results)
        if record is not None and task.done_by(record):
            report(f"{task.name}: fresh, {record.verdict}")
        else:
            todo.append(task)
    return _queue(todo, jobs, home, results, report)


def _queue(todo: Sequence[Task], jobs: int, home: Path, results: Path, report: Report) -> list[Record]:
    found, failed = [], []
    if len(todo) > 1:
        report(f"{len(todo)} claims, about {math.ceil(expected(todo))} min of one core")
    for number, task in enumerate(todo, 1):
        report(f"[{number}/{len(todo)}] {task.name}: {task.claim.sentence} (about {math.ceil(expected([task]))} min)")
        try:
            record = run(task, jobs, home, report)
        except Interrupted:
            raise
        except Exception as error:  # one claim that fails, for whatever reason, does not stop the others
            reason = str(error) if isinstance(error, RivalsError) else f"{type(error).__name__}: {error}"
            report(f"{task.name}: failed: {reason}")
            failed.append(f"{task.name} ({reason})")
            continue
        path = claims.append(record, results)
        found.append(record)
        report(f"{task.name}: {told(record)} → {path}")
    if failed:
        raise RivalsError(f"{len(failed)} of {len(todo)} claims could not be measured: {'; '.join(failed)}")
    return found


def told(record: Record) -> str:
    """A record in a few words."""
    bounds = "" if record.low is None else f" [{record.low:.4g}, {record.high:.4g}]"
    paper = "" if record.paper is None else f", the paper {record.paper:g}"
    return f"{record.verdict}; {record.metric} {record.ours:.4g}{bounds} over {len(record.seeds)} seeds{paper}"


def run(task: Task, jobs: int, home: Path, report: Report) -> Record:
    """Train what a claim needs, and measure it.

    Raises:
        RivalsError: where a training failed, or its figure is missing or not finite.
    """
    claim, now, before = task.claim, task.fingerprints(), _processor()
    sides = {side: task.cells(side) for side in task.sides}

    def tell(outcome: Outcome) -> None:
        state = "done before" if not outcome.fresh else f"{outcome.cost.get('seconds') or 0:.0f} s"
        report(f"{task.name}: {outcome.cell.key}: {state if outcome.ok else f'failed: {outcome.reason}'}")

    # each recipe's trainings lie in a folder of their own: a baseline is trained once for all that it is compared with
    played = {side: play(sides[side], place(home, task, side, now[side]), jobs=jobs, report=tell) for side in sides}
    outcomes = [outcome for side in sides for outcome in played[side]]
    if bad := [f"seed {o.cell.seed}: {o.reason}" for o in outcomes if not o.ok]:
        raise RivalsError(f"a training failed ({bad[0]}), so there is no figure for every seed")
    figures = [_figure(task, outcome) for outcome in outcomes]
    ours, theirs = figures[: task.seeds], figures[task.seeds :]
    values = [figure.value for figure in ours]
    measured = Measured(values, [f.value for f in theirs], task.quick, ours[0].within)
    interval, first = measured.interval.to_json(), sides["ours"][0]
    against = None
    if theirs:
        gain = intervals.paired(values, measured.against).to_json()
        other = {"recipe": task.rival.id, "options": plain(task.options("against")), "values": list(measured.against)}
        other |= {"also": _also(theirs)}
        against = other | {"gain": gain["mean"], "low": gain["low"], "high": gain["high"]}
    protocol = {"steps": first.steps, "batch": first.batch, "options": plain(first.options)} | ours[0].protocol
    return Record(
        recipe=task.entry.id, claim=claim.name, data=claim.data, metric=claim.metric, paper=claim.paper,
        ours=interval["mean"], low=interval["low"], high=interval["high"], how=interval["how"],
        values=values, seeds=[cell.seed for cell in sides["ours"]], verdict=claims.verdict(claim, measured),
        quick=task.quick, minutes=round(sum(o.cost.get("seconds") or 0.0 for o in outcomes) / 60, 2), against=against,
        protocol=protocol, stated=claims.stated(claim), fingerprint=now,
        versions=RunFolder(outcomes[0].folder).config().get("versions", {}),
        date=datetime.now(UTC).isoformat(timespec="seconds"), also=_also(ours),
        processor=round((_processor() - before) / 60, 2),
    )  # fmt: skip


def _processor() -> float:
    """Seconds that this process and the workers it has waited for were computing."""
    return sum(os.times()[:4])


def place(home: Path, task: Task, side: str, now: Fingerprint) -> Path:
    """The folder of one recipe's trainings: home/ID, or home/ID-2, … where the recipe has changed since they were made.

    A folder without recipe.json is taken for trainings of the recipe as it is.
    """
    id = task.trained(side).id
    key, number = f"{task.kind} {json.dumps(plain(task.options(side)), sort_keys=True)}", 1
    while True:
        folder = home / (id if number == 1 else f"{id}-{number}")
        path = folder / "recipe.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if key not in known or prints.same(known[key], now):
            folder.mkdir(parents=True, exist_ok=True)
            if key not in known:
                pack.replace_file(path, (json.dumps({key: now} | known, indent=2) + "\n").encode())
            return folder
        number += 1


def _figure(task: Task, outcome: Outcome) -> Figure:
    """The claim's metric of one training.

    Raises:
        RivalsError: where it is missing, or not finite.
    """
    metric, seed = task.claim.metric, outcome.cell.seed
    outside = catalog.find(outcome.cell.recipe).outside or None
    if metric.startswith(MEASURED):
        name = metric.removeprefix(MEASURED)
        figure = measures.find(name)(outcome.folder, task.claim.data, seed, outside)
        figure = replace(figure, protocol={"measure": name} | figure.protocol)
    else:
        # here and not in the cell: a run is then of any claim that it fits, however that is scored
        scores = evaluate(
            outcome.folder, samples=task.samples, seed=seed, metrics=(metric, *task.claim.also), recipe=outside
        )
        figure = replace(_score(metric, scores), also={name: _score(name, scores).value for name in task.claim.also})
    if not math.isfinite(figure.value):
        raise RivalsError(f"{metric} of {outcome.cell.key} is {figure.value}: the training has diverged")
    return figure


def _also(figures: Sequence[Figure]) -> dict[str, list[float]]:
    """Further figures, by name one a training; those that are not finite everywhere are left out."""
    names = [name for name in figures[0].also if all(math.isfinite(f.also.get(name, math.nan)) for f in figures)]
    return {name: [figure.also[name] for figure in figures] for name in names}


def _score(metric: str, scores: Scores) -> Figure:
    """A score, with its standard error where there is one: "parzen error" beside "parzen".

    Raises:
        RivalsError: where it is missing.
    """
    values, protocol = scores.values, {k: v for k, v in scores.protocol.items() if k not in ("seed", "seconds")}
    if metric not in values:
        why = protocol.get("left out", {}).get(metric, f"there are {', '.join(values) or 'none'}")
        raise RivalsError(f"there is no score '{metric}': {why}")
    error = values.get(f"{metric} error")
    if error is None:
        return Figure(values[metric], None, protocol)
    within = values[metric] - 1.96 * error, values[metric] + 1.96 * error
    return Figure(values[metric], within, protocol | {"standard error": error})


def _checked(seeds: int, asked: int | None) -> int:
    if asked is not None and asked < 1:
        raise UsageError(f"a claim needs at least 1 seed, not {asked}")
    return seeds
