"""Two sources as one: what a second domain gives is a further field of the first."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rivals.data.sources import Source


class Beside(Source):
    """A source, and the main field of another one under a name of its own, drawn as a stream of its own.

    Args:
        source: whose spec, held-out part and size these are.
        other: what stands beside it.
        name: of the further field.
    """

    def __init__(self, source: Source, other: Source, name: str) -> None:
        self._source, self._other, self._field = source, other, name
        self.spec, self.main, self.fields = source.spec, source.main, (*source.fields, name)
        self.test, self.truth, self.name, self.found = source.test, source.truth, source.name, source.found

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """See `Source.draw`; fields of both do not belong together, and are not drawn in one call."""
        if list(fields) == [self._field]:
            return self._other.draw([self._other.main], seed=seed, start=start, size=size)
        return self._source.draw(fields, seed=seed, start=start, size=size)

    def first(self, field: str, n: int) -> Tensor:
        """See `Source.first`."""
        return self._other.first(self._other.main, n) if field == self._field else self._source.first(field, n)

    def stream(self, fields: Sequence[str]) -> str:
        """See `Source.stream`."""
        return self._field if list(fields) == [self._field] else self._source.stream(fields)

    @property
    def size(self) -> int | None:
        """See `Source.size`."""
        return self._source.size

    def fingerprint(self) -> str:
        """Of the source: what stands beside it is a function of the game's options."""
        return self._source.fingerprint()
