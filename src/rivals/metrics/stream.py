"""Metrics that see their samples piece by piece, in torchmetrics' interface."""

from __future__ import annotations

import copy
from typing import Any, Literal

import torch
from torch import Tensor

from rivals import processes
from rivals.errors import UsageError

State = Tensor | list[Tensor]


class Metric:
    """`update` adds a batch, `compute` gives the figure of all that was added, `reset` forgets it.

    A subclass declares what it keeps with `add_state`, adds to it in `update` and reads it in `compute`. Under torchrun
    each process updates with its own part and every `compute` gives the same figure of all parts together.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "compute" in cls.__dict__:
            cls.compute = _merged(cls.__dict__["compute"])  # type: ignore[method-assign]

    def __init__(self) -> None:
        self._defaults: dict[str, State] = {}
        self._reductions: dict[str, str] = {}
        self._mine: dict[str, State] | None = None

    def add_state(self, name: str, default: State, reduce: Literal["sum", "cat"] = "sum") -> None:
        """Keep a tensor that processes add up, or a list of tensors (N, …) that they join in their order."""
        if isinstance(default, list) != (reduce == "cat") or (isinstance(default, list) and default):
            raise UsageError(f"state '{name}': sums start as a tensor, and joined lists as an empty list")
        self._defaults[name], self._reductions[name] = copy.deepcopy(default), reduce
        setattr(self, name, copy.deepcopy(default))

    def update(self, *batch: Any, **named: Any) -> None:
        """Add a batch."""
        raise NotImplementedError

    def compute(self) -> Any:
        """The figure of everything since the last `reset`."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget every batch."""
        for name, default in self._defaults.items():
            setattr(self, name, copy.deepcopy(default))

    def __call__(self, *batch: Any, **named: Any) -> None:
        """The same as `update`."""
        self.update(*batch, **named)

    def joined(self, name: str) -> Tensor:
        """A joined list as one tensor.

        Raises:
            UsageError: where nothing was added yet.
        """
        parts: list[Tensor] = getattr(self, name)
        if not parts:
            raise UsageError(f"{type(self).__name__} has seen no {name} yet: call update first")
        return torch.cat(parts)

    def _merge(self) -> None:
        self._mine = {name: getattr(self, name) for name in self._defaults}
        gathered = processes.gather(self._mine)
        everyone: list[dict[str, Any]] = processes.from_first(lambda: gathered)
        for name, reduction in self._reductions.items():
            states = [theirs[name] for theirs in everyone]
            whole = torch.stack(states).sum(0) if reduction == "sum" else [part for parts in states for part in parts]
            setattr(self, name, whole)

    def _split(self) -> None:
        for name, mine in (self._mine or {}).items():
            setattr(self, name, mine)
        self._mine = None


def _merged(compute: Any) -> Any:
    """Compute on what all processes have seen, and give each its own part back."""

    def together(self: Metric) -> Any:
        if processes.count() == 1 or self._mine is not None:  # alone, or within a compute that calls its parent's
            return compute(self)
        self._merge()
        try:
            return compute(self)
        finally:
            self._split()

    together.__doc__ = compute.__doc__
    return together
