"""What makes a step faster on this machine: how networks lie in memory, and whether they are compiled.

Without a word networks lie by a static rule (`rivals.layout`) and are not compiled. `rivals tune` measures the other
ways and writes the choice into the run's config.json, so that the same seed stays the same run.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch

from rivals import layout
from rivals.errors import UsageError
from rivals.game import Game

GAIN = 0.97
"""A way is chosen where its step takes at most this share of the time that the best one before it takes."""


@dataclass(frozen=True)
class Way:
    """One way to run a game.

    Attributes:
        first: players whose kernels lie channels first, against the rule.
        compiled: whether networks are compiled; penalties still run eagerly.
    """

    first: tuple[str, ...] = ()
    compiled: bool = False

    @property
    def words(self) -> str:
        """For people."""
        said = [f"{name} channels first" for name in self.first] or ["as by default"]
        return ", ".join([*said, *["compiled"] * self.compiled])

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"first": list(self.first), "compiled": self.compiled}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Way:
        """Inverse of `to_json`."""
        return cls(tuple(facts.get("first", ())), bool(facts.get("compiled", False)))

    def apply(self, game: Game) -> Game:
        """Lay and compile a game's networks; what is compiled already stays so.

        Raises:
            UsageError: where networks are to be compiled and no compiler is found.
        """
        for name, player in game.players().items():
            layout.lay(player, last=name not in self.first)
        if self.compiled:
            check_compiler()
            for player in game.players().values():
                player.net.compile()
        return game


@dataclass
class Tuned:
    """What was measured, and the best of it.

    Attributes:
        best: the choice.
        measured: way -> milliseconds of a step, in the order of trying.
    """

    best: Way
    measured: dict[Way, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return self.best.to_json() | {"measured": {way.words: round(ms, 3) for way, ms in self.measured.items()}}


def tune(game: Game, cost: Callable[[Way], float], *, compiled: bool = True) -> Tuned:
    """Try the ways one after the other, each as a change of the best so far: each player's layout, then compilation.

    Args:
        game: whose players are looked at.
        cost: milliseconds of a step of that game, run one way.
        compiled: whether to try compilation, too, which itself takes a minute.
    """
    tuned = Tuned(Way(), {Way(): cost(Way())})
    for change in _changes(game, compiled):
        way = change(tuned.best)
        tuned.measured[way] = cost(way)
        if tuned.measured[way] <= GAIN * tuned.measured[tuned.best]:
            tuned.best = way
    return tuned


def _changes(game: Game, compiled: bool) -> Iterator[Callable[[Way], Way]]:
    for name, player in game.players().items():
        if layout.convolves(player):
            yield lambda way, name=name: Way((*way.first, name), way.compiled)  # type: ignore[misc]
    if compiled:
        yield lambda way: Way(way.first, compiled=True)


@cache
def check_compiler() -> None:
    """Compile something small.

    Raises:
        UsageError: where that fails, with its reason.
    """
    try:
        torch.compile(lambda x: x * 2 + 1)(torch.ones(3))
    except Exception as error:
        why = str(error).strip().splitlines()[0]
        raise UsageError(
            f"networks cannot be compiled here ({why}): install a C++ compiler, or leave out --compile"
        ) from None


def slow_half(device: torch.device) -> str:
    """Why bf16 would not be faster on this device; empty where it may be."""
    facts: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    there = any(facts.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    if device.type != "cpu" or platform.machine() not in ("x86_64", "AMD64") or not facts or there:
        return ""
    return "this processor has no bf16 arithmetic, so that --precision bf16 is slower than fp32 here"
