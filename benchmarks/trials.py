"""Trainings in child processes that may be harmed, and what tells whether nothing was lost.

A child is forked from a parent that has torch imported, and runs the command line's own `main`: a trial costs the
training, not two seconds of imports.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rivals.cli.main import main


@dataclass(frozen=True)
class Job:
    """A training, so small that it takes about a second."""

    recipe: str
    data: str
    steps: int
    options: tuple[str, ...] = ()
    batch: int = 8

    def words(self, out: Path, *more: str) -> list[str]:
        """Its command line; it saves in each of its few steps."""
        sets = [word for option in self.options for word in ("--set", option)]
        size = ["--steps", str(self.steps), "--batch", str(self.batch), "--save-every", "1"]
        return ["train", self.recipe, "--data", self.data, *size, "--out", str(out), *sets, *more]


@dataclass(frozen=True)
class End:
    """How a child ended: its exit code (minus the signal's number where one killed it), and what it said."""

    code: int
    said: str

    @property
    def clean(self) -> bool:
        """Whether it said what was wrong in a sentence."""
        return self.code in (1, 2) and "Traceback" not in self.said and "error: " in self.said


@dataclass
class Count:
    """What a fault's trials came to."""

    tried: int = 0
    survived: int = 0
    note: str = ""

    def add(self, survived: bool, why: str = "") -> None:
        """One more trial."""
        self.tried += 1
        self.survived += survived
        if not survived:
            print(f"    not survived: {why[-600:]}", file=sys.stderr, flush=True)


class Child:
    """A command of `rivals` in a process of its own.

    Args:
        words: after `rivals`.
        log: a file for what it says.
        before: called in the child before anything else: limits, another user.
    """

    def __init__(self, words: Sequence[str], log: Path, before: Callable[[], None] = lambda: None) -> None:
        self.log = log
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self._play(list(words), before)
        self.code: int | None = None

    def _play(self, words: list[str], before: Callable[[], None]) -> None:
        code = 70
        try:
            said = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(said, 1)
            os.dup2(said, 2)
            os.close(said)
            sys.argv = ["rivals", *words]
            before()
            main()
        except SystemExit as end:
            code = int(end.code or 0)
            if warming:
                Path(warming[0]).write_text("\n".join(sys.modules))
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def running(self) -> bool:
        """Whether it has not ended."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal."""
        if self.running():
            os.kill(self.pid, number)

    def end(self, patience: float = 120.0) -> End:
        """Wait for it; one that hangs is killed, and its code is -9."""
        until = time.monotonic() + patience
        while self.running():
            if time.monotonic() > until:
                self.kill()
                print(f"    it hung for {patience:g} seconds", file=sys.stderr)
            time.sleep(0.005)
        assert self.code is not None
        return End(self.code, self.log.read_text(errors="replace"))


warming: list[str] = []
"""The file to which a child writes what it has imported, while `warm` asks for it."""


def warm(job: Job, place: Path) -> None:
    """Import here what a training imports, so that children find it there; nothing is computed in this process."""
    warming.append(str(place / "modules.txt"))
    end = play(job, place / "warming")
    assert end.code == 0, end.said
    for name in Path(warming.pop()).read_text().splitlines():
        with suppress(Exception):  # what it needs it imports itself
            importlib.import_module(name)


def play(job: Job, out: Path, *more: str, before: Callable[[], None] = lambda: None) -> End:
    """Train to the end."""
    return Child(job.words(out, *more), out.with_name(f"{out.name}.log"), before).end()


def digest(run: Path) -> tuple[str, str, str]:
    """All of a finished run that its arithmetic decides, bit by bit.

    Returns:
        Of the last checkpoint (weights, averages, moments, pools, random states, counts), of the model, of the logged
        losses and scores without their times.
    """
    last = max((run / "checkpoints").glob("step-*"))
    model = hashlib.sha256((run / "model" / "model.safetensors").read_bytes()).hexdigest()
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    logged = json.dumps([{k: v for k, v in line.items() if k != "seconds"} for line in lines])
    return json.loads((last / "state.json").read_text())["seal"], model, hashlib.sha256(logged.encode()).hexdigest()


def same(run: Path, expected: tuple[str, str, str]) -> bool:
    """Whether a run has ended as the undisturbed one did."""
    try:
        return digest(run) == expected
    except (OSError, ValueError, KeyError):
        return False


def saved(child: Child, run: Path, checkpoints: int) -> bool:
    """Wait until a run has begun so many checkpoints; False where it ended before."""
    while child.running():
        last = max((run / "checkpoints").glob("step-*"), default=None)
        steps = int(last.name.partition("-")[2]) if last else 0
        if steps >= checkpoints:
            return True
        time.sleep(0.002)
    return False


def limited(what: int, most: int) -> Callable[[], None]:
    """For `before`: a limit on a resource, which the child cannot raise again."""
    return lambda: resource.setrlimit(what, (most, most))


def cpu() -> float:
    """Seconds of the processor that this process and its children have taken."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
