"""Watch a run: probe it now and then, keep the signals, and say what is wrong as soon as it persists."""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from rivals import noise, processes
from rivals.adversarial import Adversarial
from rivals.diagnosis import history as files
from rivals.diagnosis import probe
from rivals.diagnosis.baseline import SAMPLES, Baseline, baseline
from rivals.diagnosis.case import Case
from rivals.diagnosis.history import Finding, History
from rivals.diagnosis.remedies import remedies
from rivals.diagnosis.watch import Watch
from rivals.errors import RivalsError

if TYPE_CHECKING:
    from rivals.run import Run

PROBES = 50
"""Probes of a long run."""

CLOSEST, FEWEST = 250, 12
"""Steps between probes at least, since a probe costs as much as two to four steps; and probes of a shorter run."""

SHARE = 0.02
"""Of a run's time that probes may take; those that would take more are left out."""

FREE = 3.0
"""Seconds of probes that no share is asked of: the spacing alone keeps to the share, and the limit is for games whose
samples cost far more than their steps. So the same command probes at the same steps on a busy machine, too."""


def every(total: int) -> int:
    """Steps between two probes of a run of `total` steps, a function of that alone."""
    return max(min(CLOSEST, total // FEWEST), total // PROBES, 1)


class Monitor:
    """A step hook and a logger at once: `Hooks(log=[…, monitor.logged], step=[…, monitor.stepped])`.

    Nothing of the run changes: random state, modes, buffers and gradients stay, so a run with a monitor is bit-equal to
    one without. A probe that fails is dropped with a warning, as a logger is.

    Args:
        folder: of the run; None keeps everything in memory.
        tell: gets each finding as it is made.
        command: options of `train` that a remedy may change, with their values.
    """

    def __init__(
        self,
        folder: Path | None = None,
        tell: Callable[[Finding], None] = lambda finding: None,
        command: dict[str, Any] | None = None,
    ) -> None:
        self.folder, self.tell, self.command = folder, tell, dict(command or {})
        self.history, self.found, self.watch = History(), list[Finding](), Watch()
        self.spent, self.began = 0.0, time.process_time()
        self._base: Baseline | None = None
        self._ready, self._broken = False, set[str]()
        self._before: dict[str, tuple[int, list[Tensor]]] = {}
        self._seen: Tensor | None = None
        self._losses: dict[str, float] = {}
        self._case: Case | None = None

    def resumed(self, step: int) -> None:
        """Go on after a step: what lies behind it in the folder's files is done again, the rest is taken up."""
        folder = self.folder
        if folder is None:
            return

        def taken_up() -> tuple[History, list[Finding]]:
            files.forget_after(folder, step)
            return files.read(folder), files.findings(folder)

        # the first process looks for all: another may not even see the folder yet
        self.history, self.found = processes.from_first(taken_up)
        self.watch.replay(self.history)

    def logged(self, record: dict[str, Any]) -> None:
        """Keep the newest losses for the next probe; for `Hooks.log`."""
        self._losses = {k: float(v) for k, v in record.items() if k.startswith(("loss/", "gradient/"))}

    def stepped(self, run: Run) -> None:
        """Probe where it is due; for `Hooks.step`."""
        step, spaced = run.counters.step, every(run.total)
        if not self._ready:
            self._measured(run)
        if step % spaced == 0 and step and processes.from_first(self._affordable):
            signals = self._timed(lambda: self.probe(run))
            self._note({"step": float(step), "reals": float(run.counters.reals)} | signals)
        if (step + 1) % spaced == 0:
            self._before = self._timed(lambda: probe.taken(run.game))

    def diverged(self, run: Run, reason: str) -> None:
        """Record that the run was stopped by a figure that is not finite."""
        step = run.counters.step
        self._prepare(run)
        self._report([Finding(step, "diverged", files.SERIOUS, reason, step)])

    def probe(self, run: Run) -> dict[str, float]:
        """All signals of a run's present state that can be had, with nothing of it changed."""
        game, base = run.game, self._base
        signals = dict(self._losses)
        with noise.seeded(game.device, "diagnosis"):
            signals |= self._tried("weights", lambda: probe.of_weights(game) | probe.moves(self._before, game))
            if base is None:
                return signals
            made = self._samples(run, base)
            signals |= made
            if isinstance(game, Adversarial) and "not finite" not in made:
                with probe.undisturbed(game, training=True):
                    signals |= self._tried("critic", lambda: probe.of_critic(game, base))
                with probe.undisturbed(game, training=False), torch.no_grad():
                    signals |= self._tried("generator", lambda: probe.of_generator(game, base))
        self._before = {}
        return signals

    def _samples(self, run: Run, base: Baseline) -> dict[str, float]:
        def look() -> dict[str, float]:
            fake = probe.sampled(run.game, min(SAMPLES, len(base.real)))
            if fake is None or tuple(fake.shape[1:]) != tuple(base.real.shape[1:]):
                raise RivalsError("the game makes no samples of the data's shape")
            if not fake.isfinite().all():
                return {"not finite": float((~fake.isfinite()).flatten(1).any(1).float().mean())}
            signals, self._seen = probe.of_samples(fake, base, self._seen)
            return signals

        return self._tried("samples", look)

    def _tried(self, what: str, look: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Signals of one kind; a kind that fails once is not tried again."""
        if what in self._broken:
            return {}
        try:
            return look()
        except RivalsError:  # a game that does not have this
            self._broken.add(what)
        except Exception as error:  # a monitor is a guest: it must never stop a run
            self._broken.add(what)
            warnings.warn(f"the diagnosis of {what} failed and was dropped: {error}", stacklevel=2)
        return {}

    def _measured(self, run: Run) -> None:
        """Measure the data once."""
        self._ready = True
        self._prepare(run)

        def look() -> dict[str, float]:
            self._base = baseline(run.source, run.device)
            return {}

        self._timed(lambda: self._tried("data", look))
        if not self.history.facts:
            facts = dict(self._base.facts) if self._base else {}
            facts |= {"run/total": float(run.total), "run/batch": float(run.whole_batch)}
            facts |= {
                f"parameters/{name}": float(sum(w.numel() for w in p.weights)) for name, p in run.game.players().items()
            }
            usual = self._case.untouched() if self._case else None
            facts |= {"critic/unbounded": probe.unbounded(run.game)} | probe.rates(run.game, usual)
            facts |= {"own/moves": probe.moves_of_critic(usual or run.game)}
            self.history.facts = facts = {k: float(f"{v:.6g}") for k, v in facts.items() if math.isfinite(v)}
            self._write(files.SIGNALS, {"step": 0, "facts": facts})
            self._report(self.watch.see(self.history))

    def _prepare(self, run: Run) -> None:
        self._case = Case.of(run.game, run.source.size, {"batch": run.whole_batch} | self.command)

    def _note(self, signals: dict[str, float]) -> None:
        # what is judged is what is written, so that the files give the same findings again
        kept = {name: float(f"{value:.6g}") for name, value in signals.items() if math.isfinite(value)}
        self.history.probes.append(kept | {"step": int(signals["step"])})
        self._write(files.SIGNALS, self.history.now)
        self._report(self.watch.see(self.history))

    def _report(self, found: Iterable[Finding]) -> None:
        for finding in found:
            finding.remedies = remedies(finding, self._case) if self._case and not finding.recovered else []
            self.found.append(finding)
            self._write(files.FINDINGS, vars(finding))
            if processes.first():
                self.tell(finding)

    def _write(self, name: str, record: dict[str, Any]) -> None:
        if self.folder is not None and processes.first():
            files.append(self.folder, name, json.loads(json.dumps(record)))

    def _affordable(self) -> bool:
        return self.spent <= FREE + SHARE * (time.process_time() - self.began)

    def _timed(self, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        try:
            return work()
        finally:
            self.spent += time.process_time() - began
