"""What a batch is: small frozen facts that networks are built from and that fit into config.json."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeAlias, TypeVar

from rivals.errors import RivalsError

T = TypeVar("T")

MOST = 2**31
"""Numbers in a sample, and in a fact of its kind."""


@dataclass(frozen=True)
class Points:
    """Vectors, float32 (N, dim)."""

    dim: int
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.dim,)


class Array:
    """Samples of one fixed shape, float32 (N, *shape), in [-1, 1] where the shape has several axes: base of many kinds.

    A recipe that declares "arrays" takes every kind below this one, with fully connected bodies.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        raise NotImplementedError


@dataclass(frozen=True)
class Images:
    """Pictures, float32 (N, channels, height, width) in [-1, 1].

    Attributes:
        classes: number of labels in the field "label"; 0 where there is none.
        bits: of a stored channel, 8 or 16.
        attributes: names of the yes-or-no facts in the field "attribute", float32 (N, A) of 0 and 1.
    """

    channels: int
    height: int
    width: int
    classes: int = 0
    bits: int = 8
    attributes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """One sample's shape."""
        return (self.channels, self.height, self.width)


@dataclass(frozen=True)
class Domains(Images):
    """Pictures of several domains; the label says which.

    Attributes:
        names: of the domains, in the labels' order.
    """

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Captioned(Images):
    """Pictures with a sentence each: field "caption", int64 (N, length), places in `words`; word 0 fills up.

    Attributes:
        length: words in a caption.
        words: the vocabulary; the first is the filler "".
    """

    length: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """Sequences of `length` symbols, int64 (N, length) in {0, ..., vocabulary - 1}.

    Attributes:
        symbols: how each is written; empty where they are numbers. The first is the filler "" of short lines.
        joined: what stands between two symbols in a line, "" for characters.
    """

    vocabulary: int
    length: int
    symbols: tuple[str, ...] = ()
    joined: str = " "

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.length,)


@dataclass(frozen=True)
class Graph(Tokens):
    """Random walks of `length` nodes on one graph, int64 (N, length); the vocabulary is its nodes."""


@dataclass(frozen=True)
class Sentences(Tokens):
    """Sequences of words with a class each: field "label", int64 (N,).

    Attributes:
        classes: number of labels.
        names: of the classes, in the labels' order; empty where they are numbers.
    """

    classes: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series(Array):
    """Windows of a series, float32 (N, length, channels) in [-1, 1].

    Attributes:
        low, high: of each channel before scaling: value = low + (x + 1)/2 · (high - low).
        names: of the channels.
    """

    length: int
    channels: int
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.length, self.channels)


@dataclass(frozen=True)
class Audio(Array):
    """Sound, float32 (N, channels, length) in [-1, 1], `rate` numbers a second."""

    channels: int
    length: int
    rate: int

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.channels, self.length)


@dataclass(frozen=True)
class Speech(Audio):
    """Sounds with a transcript each: field "transcript", int64 (N, letters), places in `alphabet`; 0 fills up.

    Attributes:
        letters: of the longest transcript.
        alphabet: how each letter is written; the first is the filler "", which is the blank of CTC, too.
    """

    letters: int = 0
    alphabet: tuple[str, ...] = ()


@dataclass(frozen=True)
class Music(Array):
    """Piano rolls, float32 (N, length, pitches), 1 where a note sounds and -1 elsewhere.

    Attributes:
        lowest: MIDI number of the first pitch.
        steps: of time in a quarter note.
    """

    length: int
    pitches: int
    lowest: int = 21
    steps: int = 4

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.length, self.pitches)


@dataclass(frozen=True)
class Video(Array):
    """Clips, float32 (N, channels, frames, height, width) in [-1, 1]."""

    channels: int
    frames: int
    height: int
    width: int
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.channels, self.frames, self.height, self.width)


@dataclass(frozen=True)
class Voxels(Array):
    """Solids, float32 (N, channels, depth, height, width), 1 inside and -1 outside."""

    channels: int
    depth: int
    height: int
    width: int
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.channels, self.depth, self.height, self.width)


@dataclass(frozen=True)
class Cloud(Array):
    """Sets of points, float32 (N, points, dim) in [-1, 1]; their order means nothing."""

    points: int
    dim: int = 3
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.points, self.dim)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: its header.
        values: the categories; empty for numbers.
        mean, std: of the numbers that are there.
        missing: whether some are missing: one more coordinate says so.
        whole: whether all numbers are integers.
    """

    name: str
    values: tuple[str, ...] = ()
    mean: float = 0.0
    std: float = 1.0
    missing: bool = False
    whole: bool = False

    @property
    def size(self) -> int:
        """Coordinates that the column takes: one of each category, or the number; and one for "missing"."""
        return max(1, len(self.values)) + self.missing


@dataclass(frozen=True)
class Table(Array):
    """Rows of a table, float32 (N, dim): numbers standardised, categories one-hot, column after column."""

    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        columns = tuple(c if isinstance(c, Column) else Column(**c) for c in self.columns)
        object.__setattr__(self, "columns", columns)

    @property
    def dim(self) -> int:
        """Coordinates of a row."""
        return sum(column.size for column in self.columns)

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.dim,)


Plain: TypeAlias = Points | Images


@dataclass(frozen=True)
class Pairs:
    """x and the y that belongs to it; fields "x" and "y"."""

    x: Plain
    y: Plain

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one translation, a y."""
        return self.y.shape


@dataclass(frozen=True)
class Unpaired:
    """Two domains without pairs; fields "x" and "y"."""

    x: Plain
    y: Plain

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one translation, a y."""
        return self.y.shape


@dataclass(frozen=True)
class Environment:
    """An environment's expert behaviour: fields "state", float32 (N, observation), and "action", int64 (N,)."""

    id: str
    observation: int
    actions: int
    horizon: int

    @property
    def shape(self) -> tuple[int, ...]:
        """A state and the action taken in it, one vector."""
        return (self.observation + 1,)


Shaped: TypeAlias = Points | Images | Array
"""What a plain generator makes: samples of one shape."""

Spec: TypeAlias = Points | Images | Tokens | Pairs | Unpaired | Environment | Array

KINDS: dict[str, type] = {
    "points": Points,
    "images": Images,
    "domains": Domains,
    "captions": Captioned,
    "tokens": Tokens,
    "graph": Graph,
    "sentences": Sentences,
    "pairs": Pairs,
    "unpaired": Unpaired,
    "table": Table,
    "series": Series,
    "audio": Audio,
    "speech": Speech,
    "music": Music,
    "video": Video,
    "voxels": Voxels,
    "cloud": Cloud,
    "arrays": Array,
    "environment": Environment,
}
"""Word -> kind, as recipes declare them; "arrays" stands for all kinds below `Array`."""


def kind_of(spec: Spec) -> str:
    """The word for a spec's kind."""
    return kinds_of(spec)[0]


def kinds_of(spec: Spec) -> tuple[str, ...]:
    """Every word that fits a spec, its own first: a recipe for "images" takes `Domains`, too."""
    words = {kind: word for word, kind in KINDS.items()}
    return tuple(words[kind] for kind in type(spec).__mro__ if kind in words)


def lookup(table: Mapping[type, T], spec: Spec) -> T | None:
    """What a table has for a spec's kind, or for the nearest kind above it."""
    return next((table[kind] for kind in type(spec).__mro__ if kind in table), None)


def to_json(spec: Spec) -> dict[str, Any]:
    """A spec as plain data."""
    return {"kind": kind_of(spec), **{k: _plain(v) for k, v in vars(spec).items()}}


def from_json(data: dict[str, Any]) -> Spec:
    """Inverse of `to_json`.

    Raises:
        RivalsError: for anything else.
    """
    try:
        spec = KINDS[data["kind"]](**{k: _whole(v) for k, v in data.items() if k != "kind"})
        wrong = [f.name for f in fields(spec) if not _fits(getattr(spec, f.name), str(f.type))]
        if wrong:
            raise ValueError(f"'{wrong[0]}' cannot be {str(getattr(spec, wrong[0]))[:40]}")
        if any(side < 1 for side in spec.shape) or math.prod(spec.shape) > MOST:
            raise ValueError(f"a sample cannot have the shape {spec.shape}")
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, NotImplementedError) as error:
        raise RivalsError(f"config.json does not say what its data are ({error}): it is damaged") from error
    return spec  # type: ignore[no-any-return]


def spelled(spec: Spec) -> str:
    """A spec in words: images(channels=1, height=8, width=8, classes=10); lists by length, nothing that is as usual."""
    usual = {f.name: f.default for f in fields(spec)} if is_dataclass(spec) else {}
    facts = {k: v for k, v in vars(spec).items() if v != usual[k]}
    told = {k: spelled(v) if isinstance(v, Points | Images) else v for k, v in facts.items()}
    words = (f"{len(v)} {k}" if isinstance(v, tuple) else f"{k}={v}" for k, v in told.items())
    return f"{kind_of(spec)}({', '.join(words)})"


def _fits(value: Any, annotation: str) -> bool:
    if annotation == "int":
        return isinstance(value, int) and 0 <= value <= MOST
    return isinstance(value, FITTING.get(annotation.partition("[")[0], object))


FITTING: dict[str, Any] = {"tuple": tuple, "str": str, "Plain": (Points, Images), "Spec": object}


def _plain(value: Any) -> Any:
    if isinstance(value, Points | Images):
        return to_json(value)
    if isinstance(value, Column):
        return {k: _plain(v) for k, v in vars(value).items()}
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return from_json(value) if "kind" in value else {k: _whole(v) for k, v in value.items()}
    return tuple(map(_whole, value)) if isinstance(value, list) else value
