"""The folder of a run: config.json, metrics.jsonl, state.json, checkpoints/, samples/, model/, report.html."""

from __future__ import annotations

import json
import os
import platform
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rivals import pack
from rivals.diagnosis import history
from rivals.errors import RivalsError, UsageError, told

KEPT = 2
"""Checkpoints that are kept: if the newest is damaged, the one before still resumes."""

OBJECTS = ("game", "data", "tuned", "from", "calibrated", "versions")
"""Keys of config.json whose values are objects."""

COSTS = {"step": "steps", "reals": "reals", "updates": "updates", "seconds": "seconds"}
"""Key of a record -> what it says of the cost."""


class RunFolder:
    """Reads and writes one run's folder.

    Args:
        path: of the folder; it need not exist.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def exists(self) -> bool:
        """Whether a run has begun here."""
        return (self.path / "config.json").is_file()

    def config(self) -> dict[str, Any]:
        """What is run here.

        Raises:
            UsageError: where there is no run.
            RivalsError: where config.json is damaged.
        """
        if not self.exists:
            raise UsageError(f"{self.path} is no run: it has no config.json")
        config = self._json("config.json")
        wrong = [key for key in OBJECTS if not isinstance(config.get(key, {}), dict)]
        if wrong:
            raise RivalsError(f"{self.path}/config.json is damaged: its '{wrong[0]}' is no JSON object")
        return config

    def begin(self, config: dict[str, Any]) -> None:
        """Make the folder for a new run.

        Raises:
            UsageError: where the folder holds something else.
        """
        if self.path.exists() and (not self.path.is_dir() or any(not _begun(p.name) for p in self.path.iterdir())):
            raise UsageError(f"{self.path} exists and is no run: name another folder with --out")
        self.path.mkdir(parents=True, exist_ok=True)
        for left in self.path.glob(".config.json.writing-*"):
            left.unlink(missing_ok=True)
        self.write("config.json", config)

    def write(self, name: str, data: dict[str, Any]) -> None:
        """Replace a JSON file at one stroke."""
        pack.replace_file(self.path / name, (json.dumps(data, indent=2) + "\n").encode())

    def status(self) -> dict[str, Any]:
        """{"status": running | finished | interrupted | failed, "step", "total", "message"}, or {} before the first."""
        try:
            return self._json("state.json") if (self.path / "state.json").is_file() else {}
        except RivalsError as error:  # it is for people; what resumes a run is in its checkpoints
            warnings.warn(f"{error}; it is written anew", stacklevel=2)
            return {}

    def log(self, record: dict[str, Any]) -> None:
        """Append one record to metrics.jsonl."""
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def records(self) -> list[dict[str, Any]]:
        """The whole lines of metrics.jsonl; one that a crash cut short is left out."""
        return [record for record in history.lines(self.path, "metrics.jsonl") if "step" in record]

    def cost(self) -> dict[str, Any]:
        """What the training has cost so far: steps, reals, updates of each player, seconds over all sittings."""
        found: dict[str, Any] = {}
        for record in self.records():
            found |= {word: record[key] for key, word in COSTS.items() if key in record}
        return found

    def forget_after(self, step: int) -> None:
        """Drop records of steps that a resumed run will do again."""
        kept = [r for r in self.records() if r["step"] <= step]
        pack.replace_file(self.path / "metrics.jsonl", "".join(json.dumps(r) + "\n" for r in kept).encode())

    def save(self, state: dict[str, Any]) -> None:
        """Write a checkpoint and drop the oldest ones."""
        root = self.path / "checkpoints"
        pack.write(root / f"step-{state['counters']['step']:09d}", state)
        for old in self._checkpoints()[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        for left in root.glob(".*"):  # what a killed process was writing
            shutil.rmtree(left, ignore_errors=True)

    def restart(self, state: dict[str, Any] | None) -> None:
        """Forget every checkpoint, and go on from another state, or from none."""
        for old in self._checkpoints():
            shutil.rmtree(old, ignore_errors=True)
        if state is not None:
            self.save(state)

    def newest(self) -> dict[str, Any] | None:
        """The newest whole checkpoint; damaged ones are passed over with a warning."""
        for folder in self._checkpoints():
            try:
                state: dict[str, Any] = pack.read(folder)
                return state
            except RivalsError as error:
                warnings.warn(f"{error}; going back to the checkpoint before", stacklevel=2)
        return None

    def _checkpoints(self) -> list[Path]:
        return sorted((self.path / "checkpoints").glob("step-*"), reverse=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second process out while one trains here; the lock goes with the process, however it ends.

        Raises:
            RivalsError: where another process holds it.
        """
        import fcntl

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / ".lock").open("a+")
        except OSError as error:
            raise RivalsError(f"no run can be kept in {self.path}: {told(error)}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RivalsError(
                    f"another process is training in {self.path}: wait for it, or use another --out"
                ) from None
            except OSError as error:
                raise RivalsError(f"{self.path} cannot be locked: {told(error)}") from error
            file.truncate(0)
            file.write(f"{os.getpid()} {platform.node()}\n")
            file.flush()
            if self.exists:
                self._sweep()
            yield

    def trainer(self) -> int | None:
        """The process that trains here now, where it is one of this machine; None where there is none."""
        import fcntl

        try:
            with (self.path / ".lock").open() as file:
                number, _, machine = file.read(400).strip().partition(" ")
                if machine != platform.node() or not number.isdecimal() or not _alive(int(number)):
                    return None  # without a look at the lock, which takes it for an instant where nobody holds it
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(number)
        except (OSError, ValueError):
            return None
        return None

    def _sweep(self) -> None:
        """Remove what a killed process was writing here."""
        for left in (*self.path.glob(".*.writing-*"), *self.path.glob(".*.old-*")):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)

    def _json(self, name: str) -> dict[str, Any]:
        try:
            data = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise RivalsError(f"{self.path / name} cannot be read: {error}") from error
        if not isinstance(data, dict):
            raise RivalsError(f"{self.path / name} cannot be read: it holds a {type(data).__name__}, no JSON object")
        return data


class SharedFolder(RunFolder):
    """The run's folder as all processes but the first have it: they read, and the first one writes."""

    def begin(self, config: dict[str, Any]) -> None:
        """The first process makes the folder."""

    def write(self, name: str, data: dict[str, Any]) -> None:
        """The first process writes."""

    def log(self, record: dict[str, Any]) -> None:
        """The first process logs."""

    def forget_after(self, step: int) -> None:
        """The first process forgets."""

    def save(self, state: dict[str, Any]) -> None:
        """The first process saves, for all."""

    def restart(self, state: dict[str, Any] | None) -> None:
        """The first process restarts, for all."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The first process holds the lock."""
        yield


def _begun(name: str) -> bool:
    """Whether a file may lie in a folder whose run has not begun: a process was killed while it began."""
    return name == ".lock" or name.startswith(".config.json.writing-")


def _alive(number: int) -> bool:
    """Whether there is a process of that number, be it somebody else's."""
    try:
        os.kill(number, 0)
    except PermissionError:
        return number > 1
    except (OSError, OverflowError):
        return False
    return number > 1


def beside(path: Path) -> Path:
    """The first of path-2, path-3, … that does not exist, for a fresh start beside an old run."""
    n = 2
    while (candidate := path.with_name(f"{path.name}-{n}")).exists():
        n += 1
    return candidate
