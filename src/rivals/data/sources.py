"""Sources: batches as a function of (seed, position, stream), so that a run resumes where it was by a number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from rivals import noise
from rivals.data.specs import Spec
from rivals.errors import RivalsError

FEW = ("labelled", "labelled label")
"""The fields of a stream beside the data, of the samples that have a label, where not all have one."""


def decoded(x: Tensor) -> Tensor:
    """Stored data as networks see it: uint8 and uint16 become float32 in [-1, 1], everything else is what it is."""
    if x.dtype == torch.uint8:
        return x.float().div_(127.5).sub_(1.0)
    return x.float().div_(32767.5).sub_(1.0) if x.dtype == torch.uint16 else x


@dataclass(frozen=True)
class Bad:
    """Something in the data that cannot be used: where, why, and what to do about it."""

    file: str
    reason: str
    mend: str


@dataclass
class Found:
    """What a reader saw, for people.

    Attributes:
        facts: label -> sentence, in the order in which they are told: count, sizes, channels, classes, what was done.
        bad: what was left out.
    """

    facts: dict[str, str] = default(default_factory=dict)
    bad: list[Bad] = default(default_factory=list)


class Source:
    """Where batches come from.

    Attributes:
        spec: what a batch is.
        main: the field that `run.real()` gives.
        fields: all fields' names.
        test: held-out data of the same spec, or None.
        truth: what is known of the distribution itself, for metrics (modes, an oracle, the hidden map), or None.
        name: as the user wrote it.
        found: what its reader saw, for people.
    """

    spec: Spec
    main: str
    fields: tuple[str, ...]
    test: Source | None = None
    truth: Any = None
    name: str = ""
    found: Found | None = None

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """Samples start to start + size of an endless stream, aligned over `fields`: a pure function."""
        raise NotImplementedError

    def first(self, field: str, n: int) -> Tensor:
        """The first n samples, always the same (fewer, where a finite set has fewer)."""
        raise NotImplementedError

    def stream(self, fields: Sequence[str]) -> str:
        """The name of the position that drawing these fields advances."""
        return "main"

    @property
    def size(self) -> int | None:
        """Number of samples; None where they are generated without end."""
        return None

    def fingerprint(self) -> str:
        """A hash that changes when the data does."""
        raise NotImplementedError

    def check(self, fields: Sequence[str]) -> None:
        """Refuse fields that are not there.

        Raises:
            RivalsError: naming what there is.
        """
        for field in fields:
            if field not in self.fields:
                few = field == "label" and FEW[0] in self.fields
                some = ": some samples alone have a label, which is for games that learn from few" if few else ""
                there = ", ".join(self.fields)
                raise RivalsError(f"the data '{self.name}' has no field '{field}'; it has {there}{some}")


class Arrays(Source):
    """Finite data in memory, or mapped from a file; every epoch is one permutation, keyed by (seed, group, epoch).

    Args:
        spec: what a batch is.
        fields: name -> (N, ...) tensor; images as uint8 or uint16.
        groups: field -> group; fields of a group share their order (a picture and its label), groups are independent
            (two unpaired domains). By default all fields are one group.
        index: field -> its rows that belong to this source, int64; a field that is not named is whole. A training set
            and what is held out from it so share one tensor.
        digests: field -> a hash of the whole tensor, where one is known: large data are not read again for it.
    """

    def __init__(
        self,
        spec: Spec,
        fields: Mapping[str, Tensor],
        *,
        groups: Mapping[str, str] | None = None,
        index: Mapping[str, Tensor] | None = None,
        digests: Mapping[str, str] | None = None,
        test: Source | None = None,
        truth: Any = None,
        name: str = "",
    ) -> None:
        self.spec, self._arrays = spec, dict(fields)
        self._index, self._digests = dict(index or {}), dict(digests or {})
        self.fields, self.main = tuple(fields), next(iter(fields))
        self.test, self.truth, self.name = test, truth, name
        self._groups = dict(groups) if groups else dict.fromkeys(fields, "main")
        self._order = lru_cache(maxsize=8)(self._permutation)
        for field in self.fields:
            if not self._count(field):
                raise RivalsError(f"the data '{name}' is empty: field '{field}' has no samples")

    def stream(self, fields: Sequence[str]) -> str:
        """The fields' groups; fields of one group advance together."""
        self.check(fields)
        return "+".join(dict.fromkeys(self._groups[f] for f in fields))

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """See `Source.draw`."""
        self.check(fields)
        return tuple(self._arrays[f][self._indices(f, seed, start, size)] for f in fields)

    def first(self, field: str, n: int) -> Tensor:
        """See `Source.first`."""
        self.check([field])
        rows = self._index.get(field)
        return self._arrays[field][:n] if rows is None else self._arrays[field][rows[:n]]

    @property
    def size(self) -> int:
        """Number of samples of the main field."""
        return self._count(self.main)

    def fingerprint(self) -> str:
        """SHA-256 over all fields, or their digests, and the rows."""
        digest = hashlib.sha256()
        for name, array in sorted(self._arrays.items()):
            digest.update(f"{name}{array.dtype}{tuple(array.shape)}{self._digests.get(name, '')}".encode())
            rows = max(1, (len(array) << 24) // max(1, array.nbytes))
            parts = () if name in self._digests else array.split(rows)
            for part in (*parts, *([self._index[name]] if name in self._index else ())):
                digest.update(part.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def _count(self, field: str) -> int:
        return len(self._index.get(field, self._arrays[field]))

    def _indices(self, field: str, seed: int, start: int, size: int) -> Tensor:
        n, group = self._count(field), self._groups[field]
        parts = []
        while size > 0:
            epoch, offset = divmod(start, n)
            part = self._order(seed, group, epoch, n)[offset : offset + size]
            parts.append(part)
            start, size = start + len(part), size - len(part)
        places = torch.cat(parts)
        return self._index[field][places] if field in self._index else places

    @staticmethod
    def _permutation(seed: int, group: str, epoch: int, n: int) -> Tensor:
        return torch.randperm(n, generator=torch.Generator().manual_seed(noise.key("order", seed, group, epoch)))


class Generated(Source):
    """Endless data from a function of (n, generator).

    Args:
        spec: what a batch is.
        make: (n, generator) -> one tensor for each field, (n, ...).
        fields: their names.
    """

    def __init__(
        self,
        spec: Spec,
        make: Callable[[int, torch.Generator], tuple[Tensor, ...]],
        *,
        fields: tuple[str, ...] = ("point",),
        truth: Any = None,
        name: str = "",
        split: str = "train",
    ) -> None:
        self.spec, self._make, self.fields, self.main = spec, make, fields, fields[0]
        self.truth, self.name, self._split = truth, name, split
        if split == "train":
            self.test = Generated(spec, make, fields=fields, truth=truth, name=name, split="test")

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """See `Source.draw`."""
        self.check(fields)
        generator = torch.Generator().manual_seed(noise.key(self._split, seed, start))
        made = dict(zip(self.fields, self._make(size, generator), strict=True))
        return tuple(made[f] for f in fields)

    def first(self, field: str, n: int) -> Tensor:
        """See `Source.first`."""
        return self.draw([field], seed=0, start=-1, size=n)[0]

    def fingerprint(self) -> str:
        """A hash of what the function gives."""
        made = self._make(64, torch.Generator().manual_seed(0))
        return hashlib.sha256(b"".join(x.contiguous().numpy().tobytes() for x in made)).hexdigest()
