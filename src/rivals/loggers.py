"""Loggers for experiment trackers: each takes one record a flush and is a guest that can never stop a run."""

from __future__ import annotations

import hashlib
import importlib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rivals.errors import RivalsError, UsageError
from rivals.journal import Record
from rivals.options import did_you_mean

Write = Callable[[Record], None]
Open = Callable[[Path, Mapping[str, Any], int], tuple[Write, Callable[[], None]]]


class Logger:
    """A tracker that is opened by the first record, so that a run that never starts leaves nothing behind.

    Args:
        opened: (run folder, config, first step) -> how to write a record, and how to close.
        folder: of the run.
        config: of the run.
    """

    def __init__(self, opened: Open, folder: Path, config: Mapping[str, Any]) -> None:
        self._open, self._folder, self._config = opened, folder, config
        self._write: Write | None = None
        self._close: Callable[[], None] | None = None

    def __call__(self, record: Record) -> None:
        """Pass a record on."""
        if self._write is None:
            self._write, self._close = self._open(self._folder, self._config, record["step"])
        self._write(record)

    def close(self) -> None:
        """Finish; a failure is only warned of."""
        closing, self._write, self._close = self._close, None, None
        if closing is not None:
            try:
                closing()
            except Exception as error:  # a logger is a guest
                warnings.warn(f"a logger failed when it was closed: {type(error).__name__}: {error}", stacklevel=2)


def check(name: str) -> None:
    """Refuse a logger that cannot be used here.

    Raises:
        UsageError: for an unknown name, or a package that is not installed, naming the extra.
    """
    if name == "none":
        return
    if name not in LOGGERS:
        raise UsageError(f"there is no logger '{name}'{did_you_mean(name, LOGGERS)} Use {', '.join(LOGGERS)} or none")
    try:
        importlib.import_module(name)
    except ImportError:
        raise UsageError(f"the logger {name} needs the extra: pip install 'rivals[{name}]'") from None


def make(name: str, folder: str | Path, config: Mapping[str, Any]) -> Logger | None:
    """The logger of a name; None for "none".

    Args:
        name: tensorboard (writes to RUN/tensorboard), mlflow or wandb (where their own settings say), or none.
        folder: of the run.
        config: of the run, written as its parameters.

    Raises:
        UsageError: see `check`.
    """
    check(name)
    return None if name == "none" else Logger(LOGGERS[name], Path(folder), config)


def figures(record: Record) -> dict[str, float]:
    """The numbers of a record by name; updates as updates/PLAYER."""
    flat = {k: v for k, v in record.items() if k not in ("step", "updates")}
    flat |= {f"updates/{player}": n for player, n in record.get("updates", {}).items()}
    return {k: float(v) for k, v in flat.items() if isinstance(v, int | float) and not isinstance(v, bool)}


def flattened(config: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A nested config with dotted names."""
    flat: dict[str, Any] = {}
    for key, value in config.items():
        flat |= flattened(value, f"{before}{key}.") if isinstance(value, Mapping) else {f"{before}{key}": value}
    return flat


def tensorboard(folder: Path, config: Mapping[str, Any], step: int) -> tuple[Write, Callable[[], None]]:
    """Event files in RUN/tensorboard; a resumed run overwrites the steps that it does again."""
    import json

    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder / "tensorboard"), purge_step=step)
    writer.add_text("config", f"```json\n{json.dumps(config, indent=2)}\n```", step)

    def write(record: Record) -> None:
        for name, value in figures(record).items():
            writer.add_scalar(name, value, record["step"])
        writer.flush()

    return write, writer.close


def mlflow(folder: Path, config: Mapping[str, Any], step: int) -> tuple[Write, Callable[[], None]]:
    """A run of the experiment "rivals"; every sitting of a run is one of its own."""
    tracker: Any = importlib.import_module("mlflow")
    tracker.set_experiment("rivals")
    tracker.start_run(run_name=folder.name)
    # a parameter is cut at 500 characters by older servers
    tracker.log_params({name: str(value)[:500] for name, value in flattened(config).items()})

    def write(record: Record) -> None:
        # its names allow no "+", which joins players that move together
        safe = {name.replace("+", "-"): value for name, value in figures(record).items()}
        tracker.log_metrics(safe, step=record["step"])

    return write, tracker.end_run


def wandb(folder: Path, config: Mapping[str, Any], step: int) -> tuple[Write, Callable[[], None]]:
    """A run of the project "rivals", the same one after a resume."""
    tracker: Any = importlib.import_module("wandb")
    identity = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    run = tracker.init(
        project="rivals", name=folder.name, dir=str(folder), config=dict(config), id=identity, resume="allow"
    )
    if run is None:
        raise RivalsError("wandb gave no run")

    def write(record: Record) -> None:
        run.log(figures(record), step=record["step"])

    return write, run.finish


LOGGERS: dict[str, Open] = {"tensorboard": tensorboard, "mlflow": mlflow, "wandb": wandb}
"""Name -> how to open it; the name is the package's and the extra's."""
