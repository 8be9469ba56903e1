"""The verb `train`: a run with its folder, evaluations, progress, signals and resume around the engine."""

from __future__ import annotations

import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import torch

from rivals import loggers as trackers
from rivals import planning, processes
from rivals.data.sources import Source
from rivals.diagnosis import heal as treatments
from rivals.diagnosis.heal import Intervention
from rivals.diagnosis.history import NOTE, Finding, forget_facts, standing
from rivals.diagnosis.monitor import Monitor, every
from rivals.errors import Interrupted, NonFinite, RivalsError, UsageError
from rivals.game import Game
from rivals.journal import Journal, Logger, Record
from rivals.metrics.evaluate import Scores, evaluate
from rivals.options import blamed
from rivals.pictures import endings, save_picture, save_samples, shown
from rivals.preparing import Data, chosen_device, ready
from rivals.run import Hooks, Run
from rivals.store.folder import RunFolder
from rivals.tuning import Tuned, Way, tune
from rivals.web import report

EVALUATED = 1000
"""Samples of an evaluation in mid-run: enough for a curve; the final scores use their protocol's own count."""


SAVING = 0.01
"""Of a run's time that checkpoints may take where no spacing is asked for. A run that heals goes back to them: it has
them all, whatever the machine's pace."""


class Progress:
    """Told what happens; the command line draws it, a script may ignore it."""

    def planned(self, plan: planning.Plan) -> None:
        """Data, game and budget are decided, before anything is written."""

    def begin(self, run: Run, resumed: int) -> None:
        """Training starts, or goes on after step `resumed`."""

    def stepped(self, run: Run) -> None:
        """One more step is done."""

    def logged(self, record: Record) -> None:
        """New figures are there."""

    def scored(self, scores: Scores) -> None:
        """New scores are there."""

    def found(self, finding: Finding) -> None:
        """Something is wrong with the training, or well again."""

    def treated(self, treatment: Intervention) -> None:
        """The run was healed, and goes on."""

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


def _with_others(verb: Callable[..., Trained]) -> Callable[..., Trained]:
    """Meet the other processes first, where torchrun started several."""

    @wraps(verb)
    def together(*args: Any, **named: Any) -> Trained:
        with processes.joined(chosen_device(named.get("device", "auto")).type):
            return verb(*args, **named)

    return together


@_with_others
def train(
    game: Game | str | None = None,
    data: Data | None = None,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    batch: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    device: str = "auto",
    precision: str = "fp32",
    accumulate: int = 1,
    eval_every: int = 0,
    save_every: int | None = None,
    read: Mapping[str, Any] | None = None,
    start_from: str | Path | None = None,
    fresh: bool = False,
    heal: bool = False,
    compile: bool = False,
    views: bool = True,
    loggers: Sequence[Logger | str] = (),
    progress: Progress | None = None,
    **options: Any,
) -> Trained:
    """Train a game on data; the same call again resumes, a larger `steps` extends.

    Args:
        game: from `rivals.create`, or a recipe's id, or file.py:function; None is the recipe that is recommended for
            the data. Where only one word is given and it is no recipe, it is the data.
        data: a name, a path, WORD:PATH, an array or a source.
        steps, batch: by default the recipe's; its batch is cut to the number of samples.
        minutes: instead of steps: measured once into a number of steps, which the run keeps when it is resumed. The
            final scores come on top.
        seed: of weights, data order and noise.
        out: the run's folder, by default runs/RECIPE-DATA.
        device: auto, cpu, cuda or mps.
        precision: fp32 or bf16.
        accumulate: microbatches in a batch.
        eval_every: steps between evaluations; 0 evaluates at the end only.
        save_every: steps between checkpoints, by default a twentieth of the run, or more where checkpoints would take
            more than a hundredth of the time.
        read: options of the data's reader.
        start_from: a run or a model of the same recipe, whose players' weights a new run starts with; optimisers and
            counts are fresh.
        fresh: start anew in a folder beside an old run.
        heal: on a serious finding of the diagnosis go back to the last healthy checkpoint, apply the first remedy and
            go on, at most three times; what was done stands in the run's interventions.json and report.
        compile: compile the networks, which takes a minute and pays in long runs; see `rivals tune`.
        views: draw what the game can do for the report, when it is trained.
        loggers: each called with every record, or tensorboard, mlflow, wandb; one that fails is dropped.
        progress: told what happens.
        **options: of the recipe, where `game` is an id.

    Raises:
        UsageError: for wrong options, or a folder whose run had others.
        NonFinite: when the training diverged; the last good checkpoint is kept.
        Interrupted: by Ctrl-C or SIGTERM, after saving.
    """
    for logger in loggers:
        if isinstance(logger, str):
            trackers.check(logger)
    decided = ready(
        game, data, steps=steps, minutes=minutes, batch=batch, seed=seed, out=out, device=device, precision=precision,
        accumulate=accumulate, read=read, start_from=start_from, fresh=fresh, heal=heal, compile=compile,
        measure=None if progress else False, **options,
    )  # fmt: skip
    game, source, folder, config, resume = (
        decided.game, decided.source, decided.folder, decided.config, decided.resume
    )  # fmt: skip
    guests = [x for x in (trackers.make(x, folder.path, config) if isinstance(x, str) else x for x in loggers) if x]
    if progress is not None and processes.first():
        progress.planned(decided.plan)
    session = _Session(
        folder, game, source, eval_every, seed, progress or Progress(), config, fresh, save_every, guests, views
    )
    run = session.run(resume)  # refuses impossible settings while nothing is written
    processes.wait()  # everybody has looked at the folder before the first one writes in it
    with folder.locked():
        if not folder.exists:
            folder.begin(config)
        try:
            return session.play(run, resume) if not heal else _healing(session, run, resume)
        finally:
            for guest in guests:
                if isinstance(guest, trackers.Logger):
                    guest.close()


def plan(game: Game | str | None = None, data: Data | None = None, **arguments: Any) -> planning.Plan:
    """What `train` would do and what it would cost, measured on a copy; nothing is written.

    Args:
        game, data, **arguments: see `train`; loggers, progress and the times of saving are not known here.

    Raises:
        UsageError: as `train`.
    """
    return ready(game, data, **{"measure": True, **arguments}).plan


def tuned(game: Game | str | None = None, data: Data | None = None, **arguments: Any) -> tuple[RunFolder, Tuned]:
    """Measure how a run's networks are best laid and compiled here, and begin its folder with the choice.

    `train` with the same arguments then trains that way.

    Args:
        game, data, **arguments: see `train`.

    Raises:
        UsageError: as `train`, and where the run has begun.
    """
    decided = ready(game, data, **{"measure": False, **arguments})
    config, folder = decided.config, decided.folder
    if decided.resume is not None:
        raise UsageError(f"{folder.path} has begun, and a run stays as it is: name another --out, or give --fresh")

    def cost(way: Way) -> float:
        facts = {key: config[key] for key in ("steps", "batch", "device", "precision", "accumulate", "seed")}
        return planning.estimate(decided.game, decided.source, way=way, **facts).ms

    found = tune(decided.game, cost)
    config["tuned"] = found.to_json()
    with folder.locked():
        folder.write("config.json", config) if folder.exists else folder.begin(config)
    return folder, found


class _Relapse(Exception):
    """The run leaves its present state for a treatment."""

    def __init__(self, treatment: Intervention) -> None:
        super().__init__(treatment.line())
        self.treatment = treatment


def _healing(session: _Session, run: Run, resume: dict[str, Any] | None) -> Trained:
    """Play, and treat as often as the diagnosis asks for it."""

    def before() -> list[Intervention]:
        return processes.from_first(lambda: treatments.interventions(session.folder.path))

    done = before()
    if done and not done[-1].applied:  # the process was killed in mid-treatment
        run, resume = session.treat(done)
    while True:
        try:
            return session.play(run, resume)
        except _Relapse as relapse:
            run, resume = session.treat([*before(), relapse.treatment])


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
        save_every: int | None,
        loggers: Sequence[Logger],
        views: bool,
    ) -> None:
        self.views = views
        self.folder, self.game, self.source, self.config = folder, game, source, config
        self.eval_every, self.seed, self.save_every = eval_every, seed, save_every
        self.progress = progress if processes.first() else Progress()
        self.onward = f"--out {folder.path} for --fresh" if fresh else "the same command"
        self.clock = _Clock()
        self.guests = list(loggers) if processes.first() else []
        self.monitor = Monitor(folder.path, self.progress.found)
        self.heal, self.healthy, self.looked, self.saving = bool(config.get("heal")), 0, 0, 0.0

    def run(self, resume: dict[str, Any] | None) -> Run:
        with self._blamed():
            return self._run(resume)

    def _blamed(self) -> AbstractContextManager[None]:
        """What a game cannot do with its options is said in a sentence that names them."""
        given = {"batch": self.config["batch"], **self.config["game"]["options"]}
        return blamed(f"{self.config['game']['recipe']} cannot be trained", given)

    def _run(self, resume: dict[str, Any] | None) -> Run:
        Way.from_json(self.config.get("tuned", {})).apply(self.game)
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
            save_every=self.save_every or max(1, min(1000, total // 20)),
            log_every=max(1, min(50, total // 40)),
            hooks=Hooks(
                save=self._saved,
                due=self._due,
                log=[self._logged, self.monitor.logged, *self.guests],
                step=[self.progress.stepped, self.monitor.stepped, self._relapsed, self._evaluated],
            ),
            resume=resume,
        )

    def treat(self, done: list[Intervention]) -> tuple[Run, dict[str, Any] | None]:
        """Apply the last of the interventions; killed in between, it is applied again."""
        path, last = self.folder.path, done[-1]
        state = treatments.kept(path) if last.back_to else None
        recipe = str(self.config["game"]["recipe"])
        outside = recipe if recipe.rpartition(":")[0].endswith(".py") else None
        self.game, resume, fresh = treatments.treated(treatments.healed(self.config["game"], done), state, outside)
        steps = (replace(last, fresh=fresh), replace(last, fresh=fresh, applied=True))
        if processes.first():
            treatments.record(path, [*done[:-1], steps[0]])
            self.folder.restart(resume)
            forget_facts(path)
            treatments.record(path, [*done[:-1], steps[1]])
        processes.wait()
        self.monitor, self.looked = Monitor(path, self.progress.found), 0
        self.progress.treated(steps[1])
        return self.run(resume), resume

    def _due(self) -> bool:
        """Whether the checkpoints so far have kept to their share of this sitting."""
        if self.save_every or self.heal:
            return True
        return processes.from_first(lambda: self.saving <= SAVING * (self.clock.seconds() - self.clock.before))

    def _saved(self, state: dict[str, Any]) -> None:
        begun = time.monotonic()
        self.folder.save(state)
        self.saving += time.monotonic() - begun
        if self.heal and all(f.severity == NOTE for f in standing(self.monitor.found)):
            treatments.keep(self.folder.path, state)
            self.healthy = state["counters"]["step"]

    def _relapsed(self, run: Run) -> None:
        """Leave for a treatment where the newest findings ask for one."""
        if not self.heal or run.counters.step % every(run.total):
            return
        treatment = processes.from_first(lambda: self._treatment(run))
        if treatment is not None:
            raise _Relapse(treatment)

    def _treatment(self, run: Run) -> Intervention | None:
        found, self.looked = self.monitor.found[self.looked :], len(self.monitor.found)
        done = treatments.interventions(self.folder.path)
        decisions = (
            treatments.decide(f, self.config["game"], done, total=run.total, healthy=self.healthy) for f in found
        )
        return next((d for d in decisions if d is not None), None)

    def play(self, run: Run, resume: dict[str, Any] | None) -> Trained:
        done = resume["counters"]["step"] if resume else 0
        if resume and self.folder.status().get("status") == "finished" and done >= run.total:
            self.game.load_state_dict(resume["game"])
            if processes.first() and not (self.folder.path / "report.html").is_file():  # killed while it was written
                report.write(self.folder.path)
            return Trained(self.folder.path, self.game, done, _stored_scores(self.folder), already=True)
        self.folder.write("config.json", self.config)
        self.folder.forget_after(done)
        self.monitor.resumed(done)
        self.looked = len(self.monitor.found)
        self.clock = _Clock(before=max((r.get("seconds", 0.0) for r in self.folder.records()), default=0.0))
        self._status("running", run)
        self.progress.begin(run, done)
        try:
            with _stoppable(run), self._blamed():
                run.train()
        except Interrupted as stopped:
            self._status("interrupted", run)
            self._finish_files(None)
            raise Interrupted(f"{stopped}; {self.onward} goes on from there", stopped.signal) from None
        except (NonFinite, RivalsError) as error:
            if isinstance(error, NonFinite):
                self.monitor.diverged(run, str(error))
                treatment = processes.from_first(lambda: self._treatment(run)) if self.heal else None
                if treatment is not None:
                    raise _Relapse(treatment) from error
            with suppress(
                OSError
            ):  # of a disk that is full, the reason is told, and not that it cannot be written down
                self._status("failed", run, str(error))
                self._finish_files(None)
            raise
        finally:
            self.progress.end()
        with self._blamed():
            scores = self._final()
        self._tell(run, scores)
        self._finish_files(scores)
        self._status("finished", run)  # after its files: killed in between, the same command writes them
        if processes.first():
            report.write(self.folder.path)
        return Trained(self.folder.path, self.game, run.counters.step, scores)

    def _final(self) -> Scores:
        found = evaluate(self.game, self.source, seed=self.seed, untrained=True)
        parameters = sum(w.numel() for player in self.game.players().values() for w in player.weights)
        cost = self.folder.cost() | {"parameters": parameters}
        if done := treatments.interventions(self.folder.path):
            cost["steps given up"] = sum(each.step - each.back_to for each in done)
        return Scores(found.values, found.protocol, found.model | {"seed": self.seed}, cost)

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
        self._tell(run, scores)
        self.progress.scored(scores)

    def _tell(self, run: Run, scores: Scores) -> None:
        """Pass scores to the loggers that have not failed."""
        journal = Journal(type(self.game).__name__, [g for g in self.guests if g in run.hooks.log])
        for name, value in scores.values.items():
            journal.note(run.counters.step, f"score/{name}", torch.tensor(float(value), device=run.device))
        journal.flush({"step": run.counters.step, "reals": run.counters.reals})

    def _picture(self, name: str) -> Path | None:
        suffix = endings(self.source.spec)[0]
        (self.folder.path / "samples").mkdir(parents=True, exist_ok=True)
        path = self.folder.path / "samples" / f"{name}{suffix}"
        several_axes = len(self.source.spec.shape) > 1  # a sample is something to look at by itself
        n = min(64, self.game.chunk) if several_axes else min(2000, 32 * self.game.chunk)
        n = min(n, self.game.most or n)
        samples = self.game.sample(n, seed=self.seed)
        if processes.first():
            save_samples(samples, self.source.spec, path, truth=self.source.truth)
        return path

    def _status(self, status: str, run: Run, message: str = "") -> None:
        facts = {"status": status, "step": run.counters.step, "total": run.total, "message": message}
        self.folder.write("state.json", facts | {"time": datetime.now(UTC).isoformat(timespec="seconds")})

    def _finish_files(self, scores: Scores | None) -> None:
        if scores is not None:
            self.folder.write("scores.json", scores.to_json())
            picture = self._picture("final")
            if not processes.first():
                return
            if picture is not None:
                target = self.folder.path / f"samples{picture.suffix}"
                target.write_bytes(picture.read_bytes())
            if self.game.config is not None:
                self.game.save_pretrained(self.folder.path / "model")
            if self.views and processes.count() == 1:  # samples are shared out, and the others have left
                draw_views(self.folder, self.game, self.source, self.seed)
        elif processes.first():
            report.write(self.folder.path)


def draw_views(folder: RunFolder, game: Game, source: Source, seed: int = 0) -> None:
    """Draw what a game can do into its run's folder, for the report."""
    made = shown.views(game, lambda: source, seed=seed)
    place = folder.path / "views"
    if made or place.exists():
        place.mkdir(parents=True, exist_ok=True)
        for name, image in made.items():
            save_picture(image, place / f"{name}.png")
        folder.write("views/views.json", {name: shown.caption(name) for name in made})


def _stored_scores(folder: RunFolder) -> Scores | None:
    import json

    path = folder.path / "scores.json"
    try:
        return Scores.from_json(json.loads(path.read_text())) if path.is_file() else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        warnings.warn(f"{path} is damaged ({error}): rivals evaluate scores the run again", stacklevel=2)
        return None


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
