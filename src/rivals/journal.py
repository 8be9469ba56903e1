"""Figures of a run: kept on the device step by step, brought to the host together, checked, handed to loggers."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

from rivals import processes
from rivals.errors import NonFinite

Record: TypeAlias = dict[str, Any]
Logger: TypeAlias = Callable[[Record], None]


class Journal:
    """What was logged since the last flush; `.item()` every step would stall an accelerator.

    Args:
        game: the name that an error mentions.
        loggers: each gets one record a flush; one that fails is dropped with a warning.
    """

    def __init__(self, game: str, loggers: list[Logger]) -> None:
        self._game, self._loggers = game, loggers
        self._entries: list[tuple[int, str, Tensor, bool]] = []

    def note(self, step: int, name: str, value: Tensor, *, watched: bool = False) -> None:
        """Keep one figure; a watched one, the engine's own scalar, must be finite, or the next flush raises."""
        self._entries.append((step, name, value.detach() if watched else value.detach().float().mean(), watched))

    def flush(self, header: Record) -> None:
        """Average each figure since the last flush into one record under `header`.

        Raises:
            NonFinite: naming game, players, term and step of the first watched figure that is not finite.
        """
        if not self._entries:
            return
        together = processes.total(torch.stack([value for _, _, value, _ in self._entries])) / processes.count()
        values = together.cpu().tolist()
        by_name: dict[str, list[float]] = defaultdict(list)
        for (step, name, _, watched), value in zip(self._entries, values, strict=True):
            if watched and not math.isfinite(value):
                raise NonFinite(self._broken(name, step, value))
            by_name[name].append(value)
        self._entries.clear()
        record = header | {name: sum(v) / len(v) for name, v in by_name.items()}
        for logger in list(self._loggers):
            try:
                logger(record)
            except Exception as error:  # a logger is a guest: it must never stop a run
                self._loggers.remove(logger)
                warnings.warn(f"a logger failed and was dropped: {type(error).__name__}: {error}", stacklevel=2)

    def _broken(self, name: str, step: int, value: float) -> str:
        kind, _, rest = name.partition("/")
        who, _, term = rest.partition("/")
        part = f"loss term '{term}'" if term else {"assign": "new weights"}.get(kind, kind)
        return (
            f"{self._game}: the {part} of player{'s' if '+' in who else ''} '{who}' became {value} at step {step + 1}; "
            "the update was left out and the run stopped at its last good checkpoint. "
            "A lower learning rate, gradient clipping or a penalty on the critic usually helps"
        )
