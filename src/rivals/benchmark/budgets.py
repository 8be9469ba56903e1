"""One budget for every cell of a comparison: steps, reals seen, seconds of training, or flops."""

from __future__ import annotations

import bisect
import copy
import hashlib
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from rivals import catalog, pack, planning, registry
from rivals.benchmark.cells import Cell, spread
from rivals.benchmark.workers import Failed
from rivals.data import named
from rivals.data.sources import Source
from rivals.errors import NonFinite, RivalsError, UsageError
from rivals.game import Game
from rivals.run import Hooks, Run

SEVERAL = 4
"""Steps of each stage that are counted: a count repeats itself, unlike a time."""


@dataclass(frozen=True)
class Budget:
    """So much of a unit for each cell.

    Attributes:
        unit: steps, reals (samples drawn from the data), seconds (of training, as measured), or flops (of matrix
            products and convolutions, forwards and backwards).
        amount: above 0.
    """

    unit: str
    amount: float

    def __str__(self) -> str:
        return f"{self.unit}={self.amount:g}"


def parse(text: str) -> Budget:
    """Read `reals=1e6`.

    Raises:
        UsageError: for an unknown unit, or an amount that is not a finite number above 0.
    """
    unit, _, amount = text.partition("=")
    if unit not in UNITS:
        raise UsageError(f"--budget '{text}' is not UNIT=AMOUNT with one of {', '.join(UNITS)}")
    try:
        number = float(amount.replace("_", ""))
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise UsageError(f"--budget {unit}=… needs a number above 0, not '{amount}'")
    return Budget(unit, number)


def counted(game: Game, source: Source, batch: int, count: Callable[[Run], float]) -> dict[str, float]:
    """What a step of each stage adds to a running count, by playing a few steps on a deep copy.

    Args:
        game, source, batch: of the run; they stay as they were.
        count: reads the running count.
    """
    twin = copy.deepcopy(game)
    several = {stage: min(n, SEVERAL) for stage, n in game.stages(SEVERAL).items()}
    twin.stages = lambda budget: several  # type: ignore[method-assign]  # of the copy alone
    marks: dict[str, list[float]] = {}
    run = Run(twin, source, steps=SEVERAL, batch=batch, save_every=sys.maxsize, log_every=sys.maxsize)
    run.hooks = Hooks(step=[lambda run: marks.setdefault(run.counters.stage, []).append(count(run))])
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002  # an environment may draw from it
    try:
        with suppress(NonFinite):
            run.train()
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002
    rates, before = {}, 0.0
    for stage, counts in marks.items():
        rates[stage] = (counts[-1] - before) / len(counts)
        before = counts[-1]
    return rates


def _ones(game: Game, source: Source, batch: int) -> dict[str, float]:
    return dict.fromkeys(game.stages(1), 1.0)


def _reals(game: Game, source: Source, batch: int) -> dict[str, float]:
    return counted(game, source, batch, lambda run: float(run.counters.reals))


def _seconds(game: Game, source: Source, batch: int) -> dict[str, float]:
    estimate = planning.estimate(game, source, steps=10_000, batch=batch)
    return {stage: ms / 1000 for stage, ms in estimate.costs.items()}


def _flops(game: Game, source: Source, batch: int) -> dict[str, float]:
    with _Flops() as counter:
        return counted(game, source, batch, lambda run: counter.total)


class _Flops(TorchDispatchMode):
    """Adds up operations by torch's table; its `FlopCounterMode` hooks modules, which breaks a penalty's gradient."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0.0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if (count := flop_registry.get(func._overloadpacket)) is not None:
            self.total += float(count(*args, **(kwargs or {}), out_val=out))
        return out


UNITS: dict[str, Callable[[Game, Source, int], dict[str, float]]] = {
    "steps": _ones,
    "reals": _reals,
    "seconds": _seconds,
    "flops": _flops,
}
"""Unit -> stage -> what a step of it costs."""


def fitting(game: Game, budget: Budget, rates: Mapping[str, float]) -> int:
    """The largest number of steps whose stages together cost at most the budget.

    Args:
        game: says how steps are divided among its stages.
        budget: of the cell.
        rates: stage -> cost of a step.

    Raises:
        RivalsError: where not even one step fits, or steps cost nothing in this unit.
    """
    if budget.unit == "steps":  # of the stage that a run's --steps lengthens; what comes before is the recipe's own
        return max(1, int(budget.amount))
    if not rates or planning.cost(game.stages(10**6), rates) <= 0:
        raise RivalsError(f"a step costs no {budget.unit} that could be counted: give the budget in another unit")

    def total(steps: int) -> float:
        return planning.cost(game.stages(steps), rates)

    if total(1) > budget.amount:
        raise RivalsError(f"one step, with the stages before it, costs {total(1):g} {budget.unit}: more than {budget}")
    return bisect.bisect_right(range(1, 10**9), budget.amount, key=total)


def _built(cell: Cell) -> tuple[Game, Source, int]:
    """A cell's game, data and batch, as `train` makes them."""
    entry = catalog.find(cell.recipe)
    source = named.load(cell.data, **cell.read)
    game = registry.create(cell.recipe, source.spec, seed=cell.seed, **cell.options)
    return game, source, cell.batch or planning.fitting_batch(entry.batch, source.size, 1)


def measured(task: tuple[Cell, Budget]) -> dict[str, Any]:
    """Steps of a cell under a budget: {"rates": stage -> cost of a step, "steps"}, or {"refused": why}.

    Raises:
        RivalsError: where the budget is too small.
    """
    cell, budget = task
    try:
        game, source, batch = _built(cell)
    except UsageError as error:  # it does not take this data: no labels, say
        return {"refused": str(error)}
    rates = UNITS[budget.unit](game, source, batch)
    return {"rates": rates, "steps": fitting(game, budget, rates)}


def flops_of(cell: Cell, steps: int) -> float | None:
    """Floating-point operations of a whole training; None where they cannot be counted."""
    try:
        game, source, batch = _built(cell)
        return planning.cost(game.stages(steps), _flops(game, source, batch))
    except (RuntimeError, NotImplementedError, RivalsError, ZeroDivisionError):
        return None


def name_of(cell: Cell, budget: Budget) -> str:
    """Under which a measurement is kept: all but the seed and how it is scored."""
    what = [cell.recipe, cell.data, cell.batch, cell.options, cell.read]
    text = json.dumps(what, sort_keys=True, default=str)
    return f"{cell.recipe} {cell.data} {hashlib.sha256(text.encode()).hexdigest()[:12]} {budget}"


def read(home: Path) -> dict[str, Any]:
    """The measurements that a home keeps."""
    try:
        kept: dict[str, Any] = json.loads((home / "budgets.json").read_text(encoding="utf-8"))
        return kept
    except (OSError, ValueError):
        return {}


def steps_of(cells: Sequence[Cell], budget_of: Callable[[Cell], Budget], home: Path, **pool: Any) -> list[Any]:
    """Measure each cell under its budget, once: what home/budgets.json holds is not measured again.

    Args:
        cells: of any seeds and steps.
        budget_of: each one's budget.
        home: of the comparison.
        **pool: jobs, threads, runner, limit of `cells.spread`.

    Returns:
        For each cell what `measured` gives, or `Failed`.
    """
    kept = read(home)
    names = [name_of(cell, budget_of(cell)) for cell in cells]
    lacking = {name: cell for name, cell in zip(names, cells, strict=True) if name not in kept}
    order, failed = list(lacking), {}

    def take(index: int, result: Any) -> None:
        if isinstance(result, Failed):  # tried again by the next call
            failed[order[index]] = result
            return
        kept[order[index]] = result
        pack.replace_file(home / "budgets.json", (json.dumps(kept, indent=2) + "\n").encode())

    home.mkdir(parents=True, exist_ok=True)
    spread(measured, [(lacking[name], budget_of(lacking[name])) for name in order], take, home, **pool)
    return [kept.get(name) or failed[name] for name in names]
