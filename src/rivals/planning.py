"""Before a run: which recipe for which data, what it will cost, how many steps fit into the minutes there are."""

from __future__ import annotations

import bisect
import copy
import itertools
import random
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rivals import catalog, processes, registry
from rivals.data import named, specs
from rivals.data.readers import READERS
from rivals.data.sources import FEW as LABELLED
from rivals.data.sources import Bad, Source
from rivals.errors import Interrupted, NonFinite, UsageError
from rivals.game import Game
from rivals.options import did_you_mean
from rivals.run import Hooks, Run
from rivals.tuning import Way

FEW = 500
"""Below so many samples a critic soon knows them by heart (Karras et al. 2020, arXiv:2006.06676, figure 1)."""

PATIENCE, MOST = 1.0, 20
"""Seconds of measuring after the warm-up step, and steps at most; two steps are measured in any case."""

MANY = 6
"""Stages above which one step of each is measured, and not two."""

SLOW = 5.0
"""Seconds of a warm-up step after which only one more is measured."""


NARROW = 16
"""Channels of the largest map, below which networks of a recommended recipe are not cut."""


@dataclass(frozen=True)
class Recommendation:
    """A recipe for a kind of data.

    Attributes:
        recipe: its id.
        options: of the recipe, where its defaults do not fit.
        why: one sentence.
    """

    recipe: str
    options: dict[str, Any]
    why: str


@dataclass(frozen=True)
class Estimate:
    """What a run will cost, measured on a copy of its game.

    Attributes:
        parameters: player -> trainable parameters.
        memory: bytes; on a CPU the process's peak, on CUDA the device's peak.
        state: bytes of weights, gradients, moments and averages among them.
        costs: stage -> milliseconds of a step.
        plan: stage -> steps.
    """

    parameters: dict[str, int]
    memory: int
    state: int
    costs: dict[str, float]
    plan: dict[str, int]

    @property
    def steps(self) -> int:
        """Of all stages."""
        return sum(self.plan.values())

    @property
    def seconds(self) -> float:
        """Of training, without scores and pictures."""
        return cost(self.plan, self.costs) / 1000

    @property
    def ms(self) -> float:
        """Of a step, the mean over all stages."""
        return 1000 * self.seconds / max(1, self.steps)

    def sentence(self) -> str:
        """The estimate for people."""
        players = ", ".join(f"{name} {n:,}" for name, n in self.parameters.items())
        mean = f" in the mean of {len(self.plan)} stages" if len(self.plan) > 1 else ""
        time = f"{self.ms:.3g} ms a step{mean}, {spelled_time(self.seconds)} for {self.steps:,} steps"
        return f"{sum(self.parameters.values()):,} parameters ({players}), {self.memory / 2**20:,.0f} MiB, {time}"


@dataclass
class Plan:
    """What `train` is about to do.

    Attributes:
        recipe: id, or the game's class.
        why: of the recommendation; empty where the recipe was asked for.
        options: of the recipe.
        data, spec: the data's name, and what a batch is in words.
        size: number of samples; None where they are generated.
        found: label -> sentence of the data's reader.
        bad: what the reader left out.
        batch, steps: the budget.
        device: where.
        folder: of the run.
        notes: what else the user should know.
        estimate: the cost; None for a run that is resumed, or shorter than measuring would be.
    """

    recipe: str
    why: str
    options: dict[str, Any]
    data: str
    spec: str
    size: int | None
    found: dict[str, str]
    bad: list[Bad]
    batch: int
    steps: int
    device: str
    folder: str
    notes: list[str] = field(default_factory=list)
    estimate: Estimate | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        facts = vars(self) | {"bad": [vars(b) for b in self.bad], "estimate": None}
        if self.estimate is not None:
            more = {name: getattr(self.estimate, name) for name in ("steps", "seconds", "ms")}
            facts["estimate"] = vars(self.estimate) | more
        return facts

    def lines(self) -> list[str]:
        """For people, one line a fact."""
        count = "generated without end" if self.size is None else f"{self.size:,} samples to train on"
        told = [("data", f"{self.data}: {self.spec}, {count}"), *self.found.items()]
        if self.bad:
            first = self.bad[0]
            told.append(("left out", f"{len(self.bad)}; the first is {first.file}: {first.reason}; {first.mend}"))
        told += [("recipe", f"{self.recipe}: {self.why}")] * bool(self.why)
        told += [("note", note) for note in self.notes]
        told += [("estimate", self.estimate.sentence())] if self.estimate else []
        width = max(len(label) for label, _ in told)
        return [f"{label:>{width}}  {text}" for label, text in told]


def is_recipe(word: str) -> bool:
    """Whether a word is a recipe's id, or file.py:function."""
    return word in catalog.entries() or word.rpartition(":")[0].endswith(".py")


def is_data(word: str) -> bool:
    """Whether a word is data: a known name, WORD:PATH, or a path that exists."""
    return word in named.NAMED or (":" in word and word.partition(":")[0] in READERS) or Path(word).exists()


def told_apart(word: str) -> str:
    """The one word that was given as the data; the recipe is then the recommended one.

    Raises:
        UsageError: where it is a recipe, so that the data are missing, or neither.
    """
    if is_recipe(word):
        raise UsageError(f"'{word}' is a recipe: name the data, too, with --data (digits, ring, a path, …)")
    if not is_data(word):
        if "/" in word or Path(word).suffix:
            raise UsageError(f"there is no file or folder {word}")
        near = did_you_mean(word, [*catalog.entries(), *named.NAMED])
        raise UsageError(
            f"'{word}' is neither a recipe (`rivals list`) nor data (a path, WORD:PATH, or a name of "
            f"`rivals data list`){near}"
        )
    return word


def side(spec: specs.Spec) -> int | None:
    """The shortest side of pictures; None for other data."""
    return min(spec.height, spec.width) if isinstance(spec, specs.Images) else None


def recommend(spec: specs.Spec, size: int | None = None) -> Recommendation:
    """The recipe whose own facts say that it is the one for such data.

    Args:
        spec: what a batch is.
        size: number of samples; None where they are generated.

    Raises:
        UsageError: where no recipe is recommended for this kind, naming those that take it.
    """
    short = side(spec)
    able: list[catalog.Entry] = []
    for kind in specs.kinds_of(spec):
        able = [entry for entry in catalog.entries().values() if not entry.refusal(spec)]
        found = [(*fact, entry.id) for entry in able if (fact := entry.recommends(kind, short))]
        if found:
            _, why, id = min(found)
            return Recommendation(id, dict(catalog.find(id).settings), " ".join([why, *advice(spec, size)]))
    others = f"name one that takes it: {', '.join(e.id for e in able)}" if able else "and none takes it"
    raise UsageError(f"no recipe is recommended for {specs.spelled(spec)}: {others}")


def advice(spec: specs.Spec, size: int | None) -> Iterable[str]:
    """What helps where samples are few."""
    if size is not None and size < FEW:
        help = (
            "where left and right may be exchanged, --set view=flip doubles them"
            if isinstance(spec, specs.Images)
            else "watch the held-out score with --eval-every and stop where it turns"
        )
        yield f"{size} samples are few, the critic will soon know them by heart: {help}."


def narrower(entry: catalog.Entry, spec: specs.Spec, options: Mapping[str, Any]) -> Iterator[int]:
    """Ever narrower widths for pictures' networks, each half the last; none where the recipe has no such option.

    Args:
        entry: the recipe.
        spec: what a batch is.
        options: of the recipe that are no defaults.
    """
    width = options.get("width", registry.options_of(entry).get("width", (int, None))[1])
    while side(spec) and isinstance(width, int) and width >= 2 * NARROW:
        width //= 2
        yield width


def few_labels(source: Source) -> str:
    """A sentence where some samples alone have a label, else nothing."""
    if LABELLED[1] not in source.fields:
        return ""
    known = len(source.first(LABELLED[1], source.size or 0))
    return f"{known:,} of the samples have a label: to learn from few name a recipe with the option labels, ssgan say"


def fitting_batch(batch: int, size: int | None, accumulate: int) -> int:
    """The batch, cut to what there is; still even, and a multiple of `accumulate`.

    Args:
        batch: the recipe's.
        size: number of samples; None where they are generated.
        accumulate: microbatches in a batch.
    """
    if size is None or size >= batch:
        return batch
    unit = 2 * accumulate  # packs of two and batch statistics need more than one sample
    return min(batch, max(unit, size // unit * unit))


def parameters(game: Game) -> dict[str, int]:
    """Player -> trainable parameters."""
    return {name: sum(w.numel() for w in player.weights) for name, player in game.players().items()}


def estimate(
    game: Game,
    source: Source,
    *,
    steps: int,
    batch: int,
    device: str | torch.device = "cpu",
    precision: str = "fp32",
    accumulate: int = 1,
    seed: int = 0,
    way: Way = Way(),  # noqa: B008  # frozen
) -> Estimate:
    """Train a deep copy for a few steps; game, data and random state stay as they were.

    A stage's first step is a warm-up and not timed. Of several stages each is played for a few steps.

    Args:
        game, source: of the run.
        steps: the budget that `game.stages` divides.
        batch, device, precision, accumulate, seed: of the run.
        way: how its networks are laid and compiled.
    """
    place = torch.device(device)
    twin = way.apply(copy.deepcopy(game))
    plan = game.stages(steps)
    several = {stage: min(n, 3 if len(plan) <= MANY else 2) for stage, n in plan.items()} if len(plan) > 1 else None
    if several:
        twin.stages = lambda budget: several  # type: ignore[method-assign]  # of the copy alone
    clocks: dict[str, list[float]] = {}
    began = time.perf_counter()

    def clock(run: Run) -> None:
        _synchronize(place)
        moments = clocks.setdefault(run.counters.stage, [])
        moments.append(time.perf_counter())
        if several:
            return
        slow, spent = moments[0] - began > SLOW, moments[-1] - moments[0]
        most = MOST if processes.count() == 1 else 2  # all processes must stop at the same step
        if len(moments) > most or (len(moments) > 2 and spent > PATIENCE) or (slow and len(moments) > 1):
            run.stop()

    run = Run(
        twin, source, steps=steps, batch=batch, seed=seed, device=place, precision=precision, accumulate=accumulate,
        save_every=sys.maxsize, log_every=sys.maxsize if processes.count() == 1 else 1, hooks=Hooks(step=[clock]),
    )  # fmt: skip
    if place.type == "cuda":
        torch.cuda.reset_peak_memory_stats(place)
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002  # an environment may draw from it
    try:
        with suppress(Interrupted, NonFinite):
            run.train()
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002
    costs, before = {}, began
    for stage, moments in clocks.items():
        spent = [after - earlier for earlier, after in itertools.pairwise(moments)] or [moments[-1] - before]
        costs[stage] = 1000 * float(np.median(spent))  # the median: one step held up should not count for all
        before = moments[-1]
    if not costs:  # it diverged at once
        costs = {next(iter(plan)): 1000 * (time.perf_counter() - began)}
    costs = processes.from_first(lambda: costs)
    players = game.players().values()
    state = sum(w.numel() * w.element_size() for p in players for w in p.weights)
    state += sum(_bytes(p) for p in twin.players().values())
    return Estimate(parameters(game), _peak(place), state, costs, plan)


def cost(plan: Mapping[str, int], costs: Mapping[str, float]) -> float:
    """Milliseconds of a plan; a stage that was not measured costs what the measured ones do in the mean.

    Args:
        plan: stage -> steps.
        costs: stage -> milliseconds of a step.
    """
    usual = sum(costs.values()) / len(costs)
    return sum(n * costs.get(stage, usual) for stage, n in plan.items())


def check_minutes(minutes: float) -> None:
    """Refuse minutes that are no budget.

    Raises:
        UsageError: where they are not above 0, or not finite.
    """
    if not 0 < minutes < float("inf"):
        raise UsageError(f"--minutes must be a number above 0, not {minutes}")


def budget(game: Game, minutes: float, costs: Mapping[str, float]) -> int:
    """The largest step budget whose stages together take at most `minutes`; at least 1.

    Args:
        game: says how a budget is divided.
        minutes: of training.
        costs: stage -> milliseconds of a step.
    """
    return max(1, bisect.bisect_right(range(1, 10**9), minutes * 60_000, key=lambda b: cost(game.stages(b), costs)))


def spelled_time(seconds: float) -> str:
    """About how long, as people say it."""
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * unit:
            return f"about {seconds / unit:.2g} {name}"
    return f"about {seconds:.0f} seconds" if seconds >= 1.5 else "about a second"


def _bytes(player: Any) -> int:
    """Of gradients, moments and the average that a player holds after its first moves."""
    gradients = [w.grad for w in player.weights if w.grad is not None]
    moments = [x for s in player.optimizer.state.values() for x in s.values() if isinstance(x, torch.Tensor)]
    averages = list(player.average.parameters()) if player.average is not None else []
    return sum(x.numel() * x.element_size() for x in [*gradients, *moments, *averages])


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
