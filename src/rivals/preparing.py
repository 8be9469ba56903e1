"""Everything that is decided before a run begins: data, game, batch, budget, folder, and the state to go on from."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from rivals import catalog, planning, processes, registry
from rivals import options as typed
from rivals.catalog import Entry
from rivals.data import named, specs
from rivals.data.sources import Found, Source
from rivals.diagnosis import heal as treatments
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.store import model
from rivals.store.folder import RunFolder, SharedFolder, beside
from rivals.tuning import Way, slow_half

Data: TypeAlias = "str | Path | Source | np.ndarray | Tensor"

LONG = 3600.0
"""Seconds of training above which the plan says how to make it shorter."""


@dataclass
class Ready:
    """All that is decided before a run begins; nothing is written yet.

    Attributes:
        plan: what the user is told.
        game, source: built and read.
        folder: where the run goes, or lies already.
        config: its config.json.
        resume: the state to go on from; None for a new run.
    """

    plan: planning.Plan
    game: Game
    source: Source
    folder: RunFolder
    config: dict[str, Any]
    resume: dict[str, Any] | None


def ready(
    game: Game | str | None,
    data: Data | None,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    batch: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    device: str = "auto",
    precision: str = "fp32",
    accumulate: int = 1,
    read: Mapping[str, Any] | None = None,
    start_from: str | Path | None = None,
    fresh: bool = False,
    heal: bool = False,
    compile: bool = False,
    measure: bool | None = None,
    **options: Any,
) -> Ready:
    """Decide what `rivals.training.train` is asked for.

    Args:
        measure: whether to estimate the cost; None where it is a new run and long enough.
        game, data, steps, minutes, batch, seed, out, device, precision, accumulate: see `rivals.training.train`.
        read, start_from, fresh, heal, compile, **options: see `rivals.training.train`.

    Raises:
        UsageError: as `rivals.training.train`.
    """
    if isinstance(game, str) and data is None:
        data, game = planning.told_apart(game), None
    if data is None:
        raise UsageError("name the data with --data: a name (digits, ring, …), a path, or WORD:PATH")
    if steps is not None and minutes is not None:
        raise UsageError("--steps and --minutes are two budgets: give one of them")
    entry = _entry(game, options)  # options are refused before any data is loaded
    place, read = chosen_device(device), dict(read or {})
    source = processes.in_turn(lambda: named.load(data, **read))
    why, lean = "", False
    if game is None:
        recommended = planning.recommend(source.spec, source.size)
        entry, why = catalog.find(recommended.recipe), recommended.why
        game, lean = entry.id, minutes is not None and "width" not in options
        options = recommended.options | options
    identity = entry.id if entry else type(game).__name__
    folder = _folder(identity, source, out, seed, fresh)
    old = folder.config() if folder.exists else {}
    if lean and "width" in (before := old.get("game", {}).get("options", {})):
        options["width"] = before["width"]
    some = planning.few_labels(source) if why else ""
    if isinstance(game, str):
        game = registry.create(game, source.spec, seed=seed, **options)
    usual, notes = entry.batch if entry else 64, [some] * bool(some)
    if batch is None:
        batch = planning.fitting_batch(usual, source.size, accumulate * processes.count())
        if batch < usual:
            notes.append(f"a batch is {batch} instead of {usual}, since there are {source.size} samples")

    def measured(game: Game, steps: int) -> planning.Estimate:
        way = Way.from_json(_tuned(old, compile).get("tuned", {}))
        with typed.blamed(f"{identity} cannot be trained", {"batch": batch, **(game.config or {}).get("options", {})}):
            return planning.estimate(
                game, source, steps=steps, batch=batch, device=place, precision=precision, accumulate=accumulate,
                seed=seed, way=way,
            )  # fmt: skip

    usual_steps = entry.steps if entry else 5000
    estimate, calibrated = None, None
    if minutes is not None:
        steps, calibrated, estimate = _calibrated(game, minutes, usual_steps, old, measured)
        full, widths = steps, planning.narrower(entry, source.spec, options) if entry and lean and estimate else ()
        for width in widths:
            if steps >= usual_steps:
                break
            options = options | {"width": width}
            game = registry.create(identity, source.spec, seed=seed, **options)
            steps, calibrated, estimate = _calibrated(game, minutes, usual_steps, old, measured)
        if steps > full:
            notes.append(f"width {options['width']}: at full width {full:,} steps fit; --set width=N decides")
    budget = usual_steps if steps is None else steps
    config = _config(game, source, budget, batch, seed, place, precision, accumulate)
    if isinstance(data, str | Path):  # what is written again finds the same data, whatever its reader calls it
        config["data"]["name"] = str(data).rstrip("/")
    config["data"] |= {"read": read} if read else {}
    config |= {"calibrated": calibrated} if calibrated else {}
    config |= {"heal": True} if heal else {}
    config |= _tuned(old, compile)
    if start_from is not None:
        same = old.get("from", {}).get("path") == str(start_from)
        config["from"] = old["from"] if same else {"path": str(start_from), "fingerprint": None}
    resume = resumable(folder, config)
    if start_from is not None and resume is None:
        config["from"]["fingerprint"] = model.start(game, start_from, recipe=entry.outside or None if entry else None)
    if done := treatments.interventions(folder.path):
        game = registry.rebuild(treatments.healed(config["game"], done), entry.outside or None if entry else None)
    with typed.blamed(f"{identity} cannot be trained", {"steps": budget, **options}):
        stages = game.stages(budget)
    total = sum(stages.values())
    if estimate is not None:
        estimate = replace(estimate, plan=stages)
    elif measure or (measure is None and resume is None and total > 2 * planning.MOST):
        estimate = measured(game, budget)
    if estimate is not None and estimate.seconds > LONG and minutes is None:
        smaller = "--read size=32, " if planning.side(source.spec) else ""
        notes.append(f"that is long: {smaller}--set width=32, fewer --steps or --minutes M make it shorter")
    notes += [note for note in [slow_half(place)] if note and precision == "bf16"]
    found = source.found or Found()
    plan = planning.Plan(
        identity, why, options, config["data"]["name"], specs.spelled(source.spec), source.size, found.facts,
        found.bad, batch, total, str(place), str(folder.path), notes, estimate,
    )  # fmt: skip
    return Ready(plan, game, source, folder, config, resume)


def _entry(game: Game | str | None, options: Mapping[str, Any]) -> Entry | None:
    """The recipe that is named, or that a game was built by.

    Raises:
        UsageError: for options that it does not have.
    """
    if isinstance(game, str):
        entry = catalog.find(game)
        registry.check_options(entry, options)
        return entry
    if game is None:
        return None
    if options:
        raise UsageError(f"options ({', '.join(options)}) belong to rivals.create where the game is made by hand")
    recipe = (game.config or {}).get("recipe")
    return catalog.find(recipe) if recipe else None


def _folder(identity: str, source: Source, out: str | Path | None, seed: int, fresh: bool) -> RunFolder:
    """Where the run goes: what `--out` says, or runs/RECIPE-DATA; beside an old run where a fresh one is asked for."""
    label = source.name.strip("/").replace("/", "-").replace(".", "-").replace(":", "-") or "data"
    path = Path(out) if out else Path("runs") / f"{identity}-{label}{f'-seed{seed}' if seed else ''}"
    if fresh:
        path = processes.from_first(lambda: beside(path) if path.exists() else path)
    return RunFolder(path) if processes.first() else SharedFolder(path)


def _calibrated(
    game: Game,
    minutes: float,
    usual: int,
    old: Mapping[str, Any],
    measured: Callable[[Game, int], planning.Estimate],
) -> tuple[int, dict[str, Any], planning.Estimate | None]:
    """Steps that fit in some minutes; an old run keeps what it measured and, for equal minutes, its steps."""
    before = old.get("calibrated")
    if before and before["minutes"] == minutes:  # the same command again
        return old["steps"], before, None
    planning.check_minutes(minutes)
    estimate = None if before else measured(game, usual)
    costs = estimate.costs if estimate else old["calibrated"]["ms"]
    return planning.budget(game, minutes, costs), {"minutes": minutes, "ms": costs}, estimate


def chosen_device(word: str) -> torch.device:
    """The device that a word means here.

    Raises:
        UsageError: for an unknown word, or a device that this machine lacks.
    """
    if word == "auto":
        word = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(word)
    except RuntimeError:
        raise UsageError(f"device '{word}' is unknown: use auto, cpu, cuda or mps") from None
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device.type, False):
        raise UsageError(f"device '{word}' is not available here: use auto or cpu")
    return device


def _config(
    game: Game, source: Source, steps: int, batch: int, seed: int, device: torch.device, precision: str, accumulate: int
) -> dict[str, Any]:
    import rivals

    return {
        "game": game.config or {"recipe": type(game).__name__, "options": {}, "data": specs.to_json(source.spec)},
        "data": {"name": source.name, "hash": source.fingerprint(), "samples": source.size},
        "seed": seed,
        "steps": steps,
        "batch": batch,
        "precision": precision,
        "accumulate": accumulate,
        "device": str(device),
        "threads": torch.get_num_threads(),
        "versions": {"rivals": rivals.__version__, "torch": torch.__version__, "commit": _commit()},
    }


def _tuned(old: Mapping[str, Any], compile: bool) -> dict[str, Any]:
    """What was measured for this folder, else what is asked for."""
    if "measured" in old.get("tuned", {}):
        return {"tuned": old["tuned"] | ({"compiled": True} if compile else {})}
    return {"tuned": Way(compiled=True).to_json()} if compile else {}


def resumable(folder: RunFolder, config: dict[str, Any]) -> dict[str, Any] | None:
    """The state to go on from, or None for a new run.

    Raises:
        UsageError: where the folder's run is another one, naming the difference.
    """
    if not folder.exists:
        return None
    old = folder.config()
    if "game" not in old:
        raise UsageError(f"{folder.path} holds a saved model, not a run: name another folder with --out")
    try:
        facts, fewer = list(_facts(old, config)), config["steps"] < old["steps"]
    except (KeyError, TypeError, AttributeError) as error:
        raise RivalsError(
            f"{folder.path}/config.json is damaged ({error}): put a copy of it back, or start beside it with --fresh"
        ) from error
    differences = [
        f"{name} was {before!r} and is now {now!r}"
        for name, before, now in facts
        if before != now and name not in ("steps",)
    ]
    if differences:
        raise UsageError(
            f"{folder.path} holds a run with other options: {'; '.join(differences)}. "
            "Give the same ones to resume it, another --out, or --fresh to start beside it"
        )
    state = folder.newest()
    if state is not None and fewer and folder.status().get("status") == "finished":
        raise UsageError(f"{folder.path} has done {old['steps']} steps already, more than {config['steps']}")
    return state


def _facts(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What must agree for a run to be the same run."""
    for key in ("recipe", "data"):
        yield key, old["game"].get(key), new["game"].get(key)
    mine, theirs = new["game"]["options"], old["game"]["options"]
    for key in sorted({*mine, *theirs}):
        yield f"option {key}", theirs.get(key, "the default"), _jsoned(mine.get(key, "the default"))
    yield "data name", old["data"]["name"], new["data"]["name"]
    if old["data"]["hash"] != new["data"]["hash"]:
        before, now = (f"{d['data']['hash'][:12]}, {d['data'].get('samples')} samples" for d in (old, new))
        yield "the data's content", before, now
    if old["data"]["hash"] != new["data"]["hash"]:
        yield "--read", old["data"].get("read", {}), {k: _jsoned(v) for k, v in new["data"].get("read", {}).items()}
    was, is_now = (Way.from_json(each.get("tuned", {})).compiled for each in (old, new))
    yield "--compile", was, is_now
    yield "--heal", old.get("heal", False), new.get("heal", False)
    yield "--from", old.get("from", {}).get("path"), new.get("from", {}).get("path")
    for key in ("seed", "batch", "precision", "accumulate", "steps"):
        yield key, old[key], new[key]


def _jsoned(value: Any) -> Any:
    return list(map(_jsoned, value)) if isinstance(value, tuple | list) else value


def _commit() -> str | None:
    """The commit of this library's source, where it lies in a repository of its own."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # nosec B607 # whichever git there is
    return found.stdout.strip() or None
