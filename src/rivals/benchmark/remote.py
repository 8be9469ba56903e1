"""Cells as Ray tasks, on the machines of a cluster.

Where the driver's folder is seen by a worker, the cell is trained in it. Where it is not, the worker trains in a folder
of its own and its files come back with the result.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from rivals.benchmark.workers import Failed, guarded
from rivals.errors import RivalsError, UsageError

PRESENT = ".present"
"""File with a random word by which a worker knows the driver's folder."""


def _ray() -> Any:
    """The optional library.

    Raises:
        RivalsError: where it is not installed.
    """
    try:
        import ray
    except ImportError:
        raise RivalsError("a grid on Ray needs the extra: pip install 'rivals[ray]'") from None
    return ray


@dataclass
class Pool:
    """Calls a function on items as Ray tasks; the same interface as `workers.Pool`.

    A running cluster is joined where RAY_ADDRESS names one; otherwise a local one is started and stopped again.

    Args:
        jobs: items at a time.
        threads: cores that each of them takes.
        log: a file; its folder is the comparison's home.
        shared: whether workers see the driver's folders; None looks.

    Raises:
        UsageError: for fewer than one job or thread.
        RivalsError: where Ray is not installed.
    """

    jobs: int = 1
    threads: int = 1
    log: Path = Path(os.devnull)
    shared: bool | None = None
    _started: bool = False
    _said: ExitStack = field(default_factory=ExitStack)
    _running: dict[Any, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.jobs < 1 or self.threads < 1:
            raise UsageError(f"jobs ({self.jobs}) and threads ({self.threads}) must be at least 1")

    def __enter__(self) -> Pool:
        ray = _ray()
        if not ray.is_initialized():
            address = os.environ.get("RAY_ADDRESS")
            cores = {} if address else {"num_cpus": self.jobs * self.threads}
            ray.init(address=address, log_to_driver=False, include_dashboard=None if address else False, **cores)
            self._started = True
        self._said.enter_context(redirect_stdout(sys.stderr))  # Ray prints what befalls its nodes
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        ray = _ray()
        self._said.close()
        for task in self._running:
            ray.cancel(task, force=not (kind and issubclass(kind, KeyboardInterrupt)))
        if self._running and kind and issubclass(kind, KeyboardInterrupt):
            ray.wait(list(self._running), num_returns=len(self._running), timeout=60)  # they save
        if self._started:
            ray.shutdown()

    def each(
        self, function: Callable[[Any], Any], items: Sequence[Any], limit: float | None = None
    ) -> Iterator[tuple[int, Any]]:
        """See `workers.Pool.each`."""
        ray = _ray()
        home, word = self.log.parent.absolute(), uuid.uuid4().hex
        home.mkdir(parents=True, exist_ok=True)
        (home / PRESENT).write_text(word)
        threads = {name: str(self.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        call = ray.remote(num_cpus=self.threads, max_retries=0, runtime_env={"env_vars": threads})(_anywhere)
        waiting = list(enumerate(items))
        try:
            while waiting or self._running:
                while waiting and len(self._running) < self.jobs:
                    index, item = waiting.pop(0)
                    item = replace(item, folder=Path(item.folder).absolute()) if _placed(item) else item
                    self._running[call.remote(function, item, home, word, self.shared, limit)] = index
                (task,), _ = ray.wait(list(self._running), num_returns=1)
                yield self._running.pop(task), self._taken(ray, task)
        finally:
            (home / PRESENT).unlink(missing_ok=True)

    def _taken(self, ray: Any, task: Any) -> Any:
        try:
            result, files = ray.get(task)
        except ray.exceptions.RayError as error:  # a worker died, its memory was full, or its machine is gone
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            return Failed(f"its Ray worker is gone: {type(error).__name__}: {first}")
        if files is not None:
            unpacked(files, result.folder)
        return result


def _placed(item: Any) -> bool:
    return is_dataclass(item) and hasattr(item, "folder")


def _anywhere(
    function: Callable[[Any], Any], item: Any, home: Path, word: str, shared: bool | None, limit: float | None
) -> tuple[Any, bytes | None]:
    """Run one item on a worker; with its folder's files where the driver does not see them."""
    if not _placed(item) or shared or (shared is None and _sees(home, word)):
        return _limited(function, item, limit), None
    with tempfile.TemporaryDirectory(prefix="rivals-") as scratch:
        folder = Path(scratch) / item.folder.name
        result = _limited(function, replace(item, folder=folder), limit)
        if isinstance(result, Failed):
            return result, None
        return replace(result, folder=item.folder), packed(folder)


def _limited(function: Callable[[Any], Any], item: Any, limit: float | None) -> Any:
    """The function's result, or `Failed`; past the limit it is interrupted, so that a training saves."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(limit, stop) if limit is not None else None
    if timer is not None:
        timer.start()
    try:
        result = guarded(function, item)
    finally:
        if timer is not None:
            timer.cancel()
    if late.is_set() and isinstance(result, Failed):
        return Failed(f"it took longer than the limit of {limit:g} seconds and was stopped")
    return result


def _sees(home: Path, word: str) -> bool:
    try:
        return (home / PRESENT).read_text() == word
    except OSError:
        return False


def packed(folder: Path) -> bytes:
    """A folder's files as a ZIP archive."""
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return blob.getvalue()


def unpacked(blob: bytes, folder: Path) -> None:
    """Write the files of `packed` into a folder, the outcome last, so that a cell is done only when all are there."""
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        for name in sorted(archive.namelist(), key=lambda name: name == "outcome.json"):
            archive.extract(name, folder)  # refuses to leave the folder
