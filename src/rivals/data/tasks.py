"""Few pictures of one class at a time, for learning how to learn a class."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rivals import noise
from rivals.data.sources import Source
from rivals.errors import UsageError

TASK = "task"
"""The field whose every batch is of one class."""


class Tasks(Source):
    """A source, and beside it a stream whose batches are each of one class, without its last classes.

    Args:
        source: finite, with a field "label".
        held_out: how many classes, the last ones, no task is of.

    Raises:
        UsageError: for data without labels, without end, or without a class that is left.
    """

    def __init__(self, source: Source, held_out: int = 0) -> None:
        if "label" not in source.fields or source.size is None:
            raise UsageError(f"tasks are classes of finite data with labels, and '{source.name}' has none")
        self._source, self._labels = source, source.first("label", source.size)
        self.kept = self._labels.unique().tolist()
        self.kept = self.kept[: len(self.kept) - held_out]
        if not self.kept:
            raise UsageError(f"'{source.name}' has no class left to learn from: hold out fewer than {held_out}")
        self.spec, self.main, self.fields = source.spec, source.main, (*source.fields, TASK)
        self.test, self.truth, self.name, self.found = source.test, source.truth, source.name, source.found
        self._pictures = source.first(source.main, source.size)

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """See `Source.draw`; the class follows the position, and no picture comes twice where there are enough."""
        if list(fields) != [TASK]:
            return self._source.draw(fields, seed=seed, start=start, size=size)
        generator = torch.Generator().manual_seed(noise.key(TASK, seed, start))
        chosen = self.kept[int(torch.randint(len(self.kept), (1,), generator=generator))]
        rows = (self._labels == chosen).nonzero()[:, 0]
        order = torch.randperm(len(rows), generator=generator)
        return (self._pictures[rows[order[torch.arange(size) % len(rows)]]],)

    def first(self, field: str, n: int) -> Tensor:
        """See `Source.first`; of tasks the first one."""
        return self.draw([TASK], seed=0, start=0, size=n)[0] if field == TASK else self._source.first(field, n)

    def stream(self, fields: Sequence[str]) -> str:
        """See `Source.stream`."""
        return TASK if list(fields) == [TASK] else self._source.stream(fields)

    @property
    def size(self) -> int | None:
        """See `Source.size`."""
        return self._source.size

    def fingerprint(self) -> str:
        """Of the source: tasks are a function of the game's options."""
        return self._source.fingerprint()
