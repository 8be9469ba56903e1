"""A pool of processes that outlives its workers: a crash, a kill or a full memory is a reason, and the next item runs.

A worker is a Python process of its own, started anew (nothing of the caller's state, no `__main__` guard needed) and
kept over items, so that torch is imported once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from rivals.errors import Interrupted, RivalsError, UsageError

GRACE = 60.0
"""Seconds that a worker has to finish its step and save after Ctrl-C."""

SERVE = "from rivals.benchmark.workers import serve; import sys; serve(int(sys.argv[1]), int(sys.argv[2]))"

Item = Any


@dataclass(frozen=True)
class Failed:
    """What came of an item that gave no result.

    Attributes:
        reason: one sentence.
        detail: the traceback, where there is one.
    """

    reason: str
    detail: str = ""


@dataclass(eq=False)
class _Worker:
    """One process, and the item it has."""

    process: subprocess.Popen[bytes]
    channel: Connection
    lifeline: int
    item: int = -1
    began: float = 0.0

    def end(self) -> None:
        """It has nothing more to do, or nothing more to say."""
        self.channel.close()
        os.close(self.lifeline)
        self.process.wait()

    def kill(self) -> None:
        """At once."""
        self.process.kill()
        self.end()


@dataclass
class Pool:
    """Calls a function on items in worker processes; used as a context manager.

    Args:
        jobs: items at a time, at least 1.
        threads: of arithmetic in each worker.
        log: file that gets what the workers print.

    Raises:
        UsageError: for fewer than one job or thread.
    """

    jobs: int = 1
    threads: int = 1
    log: Path = Path(os.devnull)
    _idle: list[_Worker] = field(default_factory=list)
    _busy: list[_Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.jobs < 1 or self.threads < 1:
            raise UsageError(f"jobs ({self.jobs}) and threads ({self.threads}) must be at least 1")

    def each(
        self, function: Callable[[Item], Any], items: Sequence[Item], limit: float | None = None
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, result) as items are done, in any order; a result is `Failed` where there is none.

        Args:
            function: of a module, so that workers can import it; arguments and results are pickled.
            items: what it is called on.
            limit: seconds for one item; None is no limit.
        """
        waiting = deque(enumerate(items))
        while waiting or self._busy:
            while waiting and len(self._busy) < self.jobs:
                self._give(function, *waiting.popleft())
            soonest = None if limit is None else limit - (time.monotonic() - min(w.began for w in self._busy))
            ready = wait([w.channel for w in self._busy], None if soonest is None else max(0.0, soonest))
            for worker in [w for w in self._busy if w.channel in ready]:
                yield worker.item, self._taken(worker)
            late = [w for w in self._busy if limit is not None and time.monotonic() - w.began >= limit]
            for worker in late:
                self._busy.remove(worker)
                worker.kill()
                yield worker.item, Failed(f"it took longer than the limit of {limit:g} seconds and was stopped")

    def _give(self, function: Callable[[Item], Any], index: int, item: Item) -> None:
        worker = self._idle.pop() if self._idle else self._started()
        try:
            worker.channel.send((function, item))
        except OSError:  # it died while it was idle
            worker.end()
            worker = self._started()
            worker.channel.send((function, item))
        worker.item, worker.began = index, time.monotonic()
        self._busy.append(worker)

    def _taken(self, worker: _Worker) -> Any:
        self._busy.remove(worker)
        try:
            result = worker.channel.recv()
        except (EOFError, OSError):
            worker.end()
            return Failed(_death(worker.process.returncode))
        self._idle.append(worker)
        return result

    def _started(self) -> _Worker:
        mine, theirs = Pipe()
        end, lifeline = os.pipe()
        numbers = {name: str(self.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        path = os.pathsep.join(p for p in sys.path if p)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", SERVE, str(theirs.fileno()), str(end)],
                pass_fds=(theirs.fileno(), end),
                env={**os.environ, **numbers, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # the terminal's Ctrl-C comes to the parent alone, which passes it on once
            )
        theirs.close()
        os.close(end)
        return _Worker(process, mine, lifeline)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._ask_to_stop()
        for worker in self._busy:
            worker.kill()
        for worker in self._idle:
            worker.end()
        self._busy, self._idle = [], []

    def _ask_to_stop(self) -> None:
        """Let running items save; a second Ctrl-C, or the end of `GRACE`, does not wait for them."""
        for worker in self._busy:
            worker.process.send_signal(signal.SIGINT)
        until = time.monotonic() + GRACE
        try:
            while self._busy and time.monotonic() < until:
                for channel in wait([w.channel for w in self._busy], until - time.monotonic()):
                    self._taken(next(w for w in self._busy if w.channel is channel))
        except KeyboardInterrupt:
            pass


def _death(code: int) -> str:
    """Why a worker is gone."""
    if code == -signal.SIGKILL:
        return "its worker was killed (signal 9; often the machine's memory was full)"
    if code < 0:
        return f"its worker crashed with {signal.Signals(-code).name}"
    return f"its worker ended with exit code {code}"


def guarded(function: Callable[[Item], Any], item: Item) -> Any:
    """The function's result, or `Failed` with the sentence of what it raised."""
    try:
        return function(item)
    except (KeyboardInterrupt, Interrupted):
        return Failed("it was interrupted; the same command goes on from there")
    except RivalsError as error:
        return Failed(str(error), traceback.format_exc() if error.__cause__ else "")
    except MemoryError:
        return Failed("the memory was full", traceback.format_exc())
    except Exception as error:  # whatever a recipe does, the grid goes on and says it
        first = (str(error).splitlines() or [""])[0]
        return Failed(f"{type(error).__name__}: {first}", traceback.format_exc())


def serve(channel: int, lifeline: int) -> None:
    """What a worker does: items one after the other, until the parent has no more or is gone.

    Args:
        channel: file descriptor of items and results.
        lifeline: file descriptor that ends when the parent does.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow() -> None:
        os.read(lifeline, 1)
        os._exit(1)  # an orphan would hold its run's lock; what it has saved is whole

    threading.Thread(target=follow, daemon=True).start()
    link = Connection(channel)
    while True:
        try:
            function, item = link.recv()
        except EOFError:
            os._exit(0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            result = guarded(function, item)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        link.send(result)
