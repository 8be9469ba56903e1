"""The verb `train`: a run with its folder, evaluations, progress, signals and resume around the engine."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rivals import catalog, registry
from rivals.data import named, specs
from rivals.data.sources import Source
from rivals.errors import Interrupted, NonFinite, RivalsError, UsageError
from rivals.game import Game
from rivals.journal import Logger, Record
from rivals.metrics.evaluate import Scores, evaluate
from rivals.pictures import save_samples
from rivals.run import Hooks, Run
from rivals.store.folder import RunFolder, beside
from rivals.web import report

EVALUATED = 1000
"""Samples of an evaluation in mid-run: enough for a curve; the final scores use their protocol's own count."""


class Progress:
    """Told what happens; the command line draws it, a script may ignore it."""

    def begin(self, run: Run, resumed: int) -> None:
        """Training starts, or goes on after step `resumed`."""

    def stepped(self, run: Run) -> None:
        """One more step is done."""

    def logged(self, record: Record) -> None:
        """New figures are there."""

    def scored(self, scores: Scores) -> None:
        """New scores are there."""

    def end(self) -> None:
        """Training is over, however it ended."""


@dataclass
class Trained:
    """What `train` gives back.

    Attributes:
        folder: where everything lies.
        game: the trained game.
        step: steps done.
        scores: the final scores.
        already: whether the run had been finished before.
    """

    folder: Path
    game: Game
    step: int
    scores: Scores | None = None
    already: bool = False


@dataclass
class _Clock:
    """Seconds of training over all sittings."""

    before: float = 0.0
    start: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        return self.before + time.monotonic() - self.start


def train(
    game: Game | str,
    data: str | Path | Source | np.ndarray | Tensor,
    *,
    steps: int | None = None,
    batch: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    device: str = "auto",
    precision: str = "fp32",
    accumulate: int = 1,
    eval_every: int = 0,
    save_every: int | None = None,
    fresh: bool = False,
    loggers: Sequence[Logger] = (),
    progress: Progress | None = None,
    **options: Any,
) -> Trained:
    """Train a game on data; the same call again resumes, a larger `steps` extends.

    Args:
        game: from `rivals.create`, or a recipe's id, or file.py:function.
        data: a name, a path, an array or a source.
        steps, batch: by default the recipe's.
        seed: of weights, data order and noise.
        out: the run's folder, by default runs/RECIPE-DATA.
        device: auto, cpu, cuda or mps.
        precision: fp32 or bf16.
        accumulate: microbatches in a batch.
        eval_every: steps between evaluations; 0 evaluates at the end only.
        save_every: steps between checkpoints, by default a twentieth of the run.
        fresh: start anew in a folder beside an old run.
        loggers: each called with every record; one that fails is dropped.
        progress: told what happens.
        **options: of the recipe, where `game` is an id.

    Raises:
        UsageError: for wrong options, or a folder whose run had others.
        NonFinite: when the training diverged; the last good checkpoint is kept.
        Interrupted: by Ctrl-C or SIGTERM, after saving.
    """
    # options are refused before any data is loaded
    name = game if isinstance(game, str) else (game.config or {}).get("recipe", type(game).__name__)
    entry = catalog.find(name) if isinstance(game, str) or game.config else None
    if isinstance(game, str) and entry is not None:
        registry.check_options(entry, options)
    elif options:
        raise UsageError(f"options ({', '.join(options)}) belong to rivals.create where the game is made by hand")
    steps = steps if steps is not None else (entry.steps if entry else 5000)
    batch = batch if batch is not None else (entry.batch if entry else 64)
    place = chosen_device(device)
    source = named.load(data)
    if isinstance(game, str):
        game = registry.create(game, source.spec, seed=seed, **options)
    label = source.name.strip("/").replace("/", "-").replace(".", "-") or "data"
    identity = entry.id if entry else type(game).__name__
    path = Path(out) if out else Path("runs") / f"{identity}-{label}{f'-seed{seed}' if seed else ''}"
    if fresh and path.exists():
        path = beside(path)
    folder = RunFolder(path)
    config = _config(game, source, steps, batch, seed, place, precision, accumulate)
    resume = _resumable(folder, config)
    session = _Session(folder, game, source, eval_every, seed, progress or Progress(), config, fresh)
    run = session.run(resume, save_every, loggers)  # refuses impossible settings while nothing is written
    with folder.locked():
        if not folder.exists:
            folder.begin(config)
        return session.play(run, resume)


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


class _Session:
    """One sitting of a run."""

    def __init__(
        self,
        folder: RunFolder,
        game: Game,
        source: Source,
        eval_every: int,
        seed: int,
        progress: Progress,
        config: dict[str, Any],
        fresh: bool,
    ) -> None:
        self.folder, self.game, self.source, self.config = folder, game, source, config
        self.eval_every, self.seed, self.progress = eval_every, seed, progress
        self.onward = f"--out {folder.path} for --fresh" if fresh else "the same command"
        self.clock = _Clock()

    def run(self, resume: dict[str, Any] | None, save_every: int | None, loggers: Sequence[Logger]) -> Run:
        total = sum(self.game.stages(self.config["steps"]).values())
        return Run(
            self.game,
            self.source,
            steps=self.config["steps"],
            batch=self.config["batch"],
            seed=self.seed,
            device=self.config["device"],
            precision=self.config["precision"],
            accumulate=self.config["accumulate"],
            save_every=save_every or max(1, min(1000, total // 20)),
            log_every=max(1, min(50, total // 40)),
            hooks=Hooks(self.folder.save, [self._logged, *loggers], [self.progress.stepped, self._evaluated]),
            resume=resume,
        )

    def play(self, run: Run, resume: dict[str, Any] | None) -> Trained:
        done = resume["counters"]["step"] if resume else 0
        if resume and self.folder.status().get("status") == "finished" and done >= run.total:
            self.game.load_state_dict(resume["game"])
            return Trained(self.folder.path, self.game, done, _stored_scores(self.folder), already=True)
        self.folder.write("config.json", self.config)
        self.folder.forget_after(done)
        self.clock = _Clock(before=max((r.get("seconds", 0.0) for r in self.folder.records()), default=0.0))
        self._status("running", run)
        self.progress.begin(run, done)
        try:
            with _stoppable(run):
                run.train()
        except Interrupted as stopped:
            self._status("interrupted", run)
            self._finish_files(None)
            raise Interrupted(f"{stopped}; {self.onward} goes on from there", stopped.signal) from None
        except (NonFinite, RivalsError) as error:
            self._status("failed", run, str(error))
            self._finish_files(None)
            raise
        finally:
            self.progress.end()
        scores = evaluate(self.game, self.source, seed=self.seed)
        self._status("finished", run)
        self._finish_files(scores)
        return Trained(self.folder.path, self.game, run.counters.step, scores)

    def _logged(self, record: Record) -> None:
        record = record | {"seconds": round(self.clock.seconds(), 3)}
        self.folder.log(record)
        self.progress.logged(record)

    def _evaluated(self, run: Run) -> None:
        step = run.counters.step
        if not self.eval_every or step % self.eval_every or step == run.total:
            return
        scores = evaluate(self.game, self.source, samples=EVALUATED, seed=self.seed)
        self.folder.log(
            {"step": step, "reals": run.counters.reals, "seconds": round(self.clock.seconds(), 3)}
            | {f"score/{name}": value for name, value in scores.values.items()}
        )
        self._picture(f"step-{step:09d}")
        self.progress.scored(scores)

    def _picture(self, name: str) -> Path | None:
        suffix = _suffix(self.source.spec)
        (self.folder.path / "samples").mkdir(exist_ok=True)
        path = self.folder.path / "samples" / f"{name}{suffix}"
        n = (
            min(64, self.game.chunk)
            if suffix == ".png" and len(self.source.spec.shape) == 3
            else min(2000, 32 * self.game.chunk)
        )
        n = min(n, self.game.most or n)
        save_samples(self.game.sample(n, seed=self.seed), self.source.spec, path, truth=self.source.truth)
        return path

    def _status(self, status: str, run: Run, message: str = "") -> None:
        facts = {"status": status, "step": run.counters.step, "total": run.total, "message": message}
        self.folder.write("state.json", facts | {"time": datetime.now(UTC).isoformat(timespec="seconds")})

    def _finish_files(self, scores: Scores | None) -> None:
        if scores is not None:
            self.folder.write("scores.json", scores.to_json())
            picture = self._picture("final")
            if picture is not None:
                target = self.folder.path / f"samples{picture.suffix}"
                target.write_bytes(picture.read_bytes())
            if self.game.config is not None:
                self.game.save_pretrained(self.folder.path / "model")
        report.write(self.folder.path)


def _suffix(spec: specs.Spec) -> str:
    return ".txt" if isinstance(spec, specs.Tokens) else ".npz" if isinstance(spec, specs.Environment) else ".png"


def _config(
    game: Game, source: Source, steps: int, batch: int, seed: int, device: torch.device, precision: str, accumulate: int
) -> dict[str, Any]:
    import rivals

    return {
        "game": game.config or {"recipe": type(game).__name__, "options": {}, "data": specs.to_json(source.spec)},
        "data": {"name": source.name, "hash": source.fingerprint()},
        "seed": seed,
        "steps": steps,
        "batch": batch,
        "precision": precision,
        "accumulate": accumulate,
        "device": str(device),
        "threads": torch.get_num_threads(),
        "versions": {"rivals": rivals.__version__, "torch": torch.__version__, "commit": _commit()},
    }


def _resumable(folder: RunFolder, config: dict[str, Any]) -> dict[str, Any] | None:
    """The state to go on from, or None for a new run.

    Raises:
        UsageError: where the folder's run is another one, naming the difference.
    """
    if not folder.exists:
        return None
    old = folder.config()
    if "game" not in old:
        raise UsageError(f"{folder.path} holds a saved model, not a run: name another folder with --out")
    differences = [
        f"{name} was {before!r} and is now {now!r}"
        for name, before, now in _facts(old, config)
        if before != now and name not in ("steps",)
    ]
    if differences:
        raise UsageError(
            f"{folder.path} holds a run with other options: {'; '.join(differences)}. "
            "Give the same ones to resume it, another --out, or --fresh to start beside it"
        )
    state = folder.newest()
    if state is not None and config["steps"] < old["steps"] and folder.status().get("status") == "finished":
        raise UsageError(f"{folder.path} has done {old['steps']} steps already, more than {config['steps']}")
    return state


def _facts(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What must agree for a run to be the same run."""
    for key in ("recipe", "data"):
        yield key, old["game"].get(key), new["game"].get(key)
    mine, theirs = new["game"]["options"], old["game"]["options"]
    for key in sorted({*mine, *theirs}):
        yield f"option {key}", theirs.get(key, "the default"), _jsoned(mine.get(key, "the default"))
    for key in ("name", "hash"):
        yield f"data {key}", old["data"][key], new["data"][key]
    for key in ("seed", "batch", "precision", "accumulate", "steps"):
        yield key, old[key], new[key]


def _jsoned(value: Any) -> Any:
    return list(map(_jsoned, value)) if isinstance(value, tuple | list) else value


def _stored_scores(folder: RunFolder) -> Scores | None:
    import json

    path = folder.path / "scores.json"
    return Scores.from_json(json.loads(path.read_text())) if path.is_file() else None


def _commit() -> str | None:
    """The commit of this library's source, where it lies in a repository of its own."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    found = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


@contextmanager
def _stoppable(run: Run) -> Iterator[None]:
    """Ctrl-C and SIGTERM let the step finish and save; a second Ctrl-C stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before: dict[signal.Signals, Any] = {}

    def stop(number: int, _: Any) -> None:
        run.stop(number)
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    for asked in (signal.SIGINT, signal.SIGTERM):
        before[asked] = signal.signal(asked, stop)
    try:
        yield
    finally:
        for asked, old in before.items():
            signal.signal(asked, old)
