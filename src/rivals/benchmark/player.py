"""Train and score one cell, in whatever process this is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rivals import api, catalog, planning, training
from rivals.benchmark import budgets, portrait
from rivals.benchmark.cell import Cell, Outcome
from rivals.data import named
from rivals.errors import RivalsError
from rivals.metrics.scores import Scores
from rivals.store.folder import RunFolder


@dataclass(frozen=True)
class Task:
    """A cell and where it is trained.

    Attributes:
        cell: which.
        folder: of its run.
        curve: evaluations in mid-run.
    """

    cell: Cell
    folder: Path
    curve: int = 0


def train_and_score(task: Task) -> Outcome:
    """Train a cell here, score it, and write its outcome.

    Raises:
        RivalsError: whatever training or scoring refuses.
    """
    cell, folder = task.cell, task.folder
    (folder / "outcome.json").unlink(missing_ok=True)  # of a try that failed before the run began
    steps = cell.steps or catalog.find(cell.recipe).steps
    trained = training.train(
        cell.recipe, cell.data, steps=steps, batch=cell.batch, seed=cell.seed, out=folder, read=cell.read,
        eval_every=max(1, steps // (task.curve + 1)) if task.curve else 0, views=False, **cell.options,
    )  # fmt: skip
    portrait.write(trained.game, named.load(cell.data, **cell.read), folder / "portrait.png")
    outcome = Outcome(cell, True, "", _scores(cell, trained), _cost(cell, trained, steps), folder)
    for old in sorted((folder / "checkpoints").glob("step-*"))[:-1]:  # a grid has many folders; the last one is enough
        shutil.rmtree(old, ignore_errors=True)
    outcome.write()
    return outcome


def _scores(cell: Cell, trained: Any) -> Scores | None:
    """The scores asked for, if any; `train` has computed the standard ones already.

    Raises:
        RivalsError: where there are none.
    """
    if not cell.metrics:
        return None
    scores: Scores | None = trained.scores
    if cell.metrics != "standard" or cell.samples is not None or scores is None:
        scores = api.evaluate(trained.folder, samples=cell.samples, seed=cell.seed, metrics=cell.metrics,
                              recipe=catalog.find(cell.recipe).outside or None)  # fmt: skip
    if not scores.values:
        raise RivalsError(f"no score is known for {cell.recipe} on {cell.data}")
    return scores


def _cost(cell: Cell, trained: Any, steps: int) -> dict[str, Any]:
    """What the training took, of the run's own records."""
    last: dict[str, Any] = {}
    for record in RunFolder(trained.folder).records():
        last |= record
    cost = {name: last.get(name) for name in ("reals", "seconds", "updates")}
    parameters = sum(planning.parameters(trained.game).values())
    return {"steps": trained.step, **cost, "parameters": parameters, "flops": budgets.flops_of(cell, steps)}
