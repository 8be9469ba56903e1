"""What a batch is: small frozen facts that networks are built from and that fit into config.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Points:
    """Vectors, float32 (N, dim)."""

    dim: int
    classes: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.dim,)


@dataclass(frozen=True)
class Images:
    """Pictures, float32 (N, channels, height, width) in [-1, 1]."""

    channels: int
    height: int
    width: int
    classes: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """One sample's shape."""
        return (self.channels, self.height, self.width)


@dataclass(frozen=True)
class Tokens:
    """Sequences of `length` symbols, int64 (N, length) in {0, ..., vocabulary - 1}."""

    vocabulary: int
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        """One sample's shape."""
        return (self.length,)


Plain: TypeAlias = "Points | Images"


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


Spec: TypeAlias = "Points | Images | Tokens | Pairs | Unpaired | Environment"

KINDS: dict[str, type] = {
    "points": Points,
    "images": Images,
    "tokens": Tokens,
    "pairs": Pairs,
    "unpaired": Unpaired,
    "environment": Environment,
}


def kind_of(spec: Spec) -> str:
    """The word for a spec's kind, as recipes declare it."""
    return next(word for word, kind in KINDS.items() if type(spec) is kind)


def to_json(spec: Spec) -> dict[str, Any]:
    """A spec as plain data."""
    fields = {k: to_json(v) if isinstance(v, Points | Images) else v for k, v in vars(spec).items()}
    return {"kind": kind_of(spec), **fields}


def from_json(data: dict[str, Any]) -> Spec:
    """Inverse of `to_json`."""
    fields = {k: from_json(v) if isinstance(v, dict) else v for k, v in data.items() if k != "kind"}
    return KINDS[data["kind"]](**fields)  # type: ignore[no-any-return]


def spelled(spec: Spec) -> str:
    """A spec in words: images(channels=1, height=8, width=8, classes=10)."""
    return f"{kind_of(spec)}({', '.join(f'{k}={v}' for k, v in asdict(spec).items())})"
