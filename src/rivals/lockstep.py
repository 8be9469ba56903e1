"""One program played by several shards in lockstep: gradient accumulation without a word in any game.

Every shard plays the whole program on its slice of the batch, as the shards of other processes do (`processes.py`),
but those of one process share one copy of the players and run one after the other, each up to its next `turn`. A move
ends with a turn: the shards add their gradients as they arrive, and the last one moves. So a step costs the memory of
one slice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from greenlet import getcurrent, greenlet

from rivals import noise


@dataclass
class Shard:
    """One of `count` equal players of the program: its slice and noise, its place in the data, its stages.

    Attributes:
        index, count: which of all, over all processes.
        here, of: which of those in this process.
    """

    index: int
    count: int
    here: int
    of: int
    noise: noise.Noise
    positions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    entered: set[str] = field(default_factory=set)

    @property
    def first(self) -> bool:
        """Whether no other shard of this process has been here yet."""
        return self.here == 0

    @property
    def last(self) -> bool:
        """Whether every other shard of this process has arrived when this one does."""
        return self.here == self.of - 1

    def turn(self) -> None:
        """Let the other shards come to this point; alone, go on at once."""
        parent = getcurrent().parent
        if self.of > 1 and parent is not None:
            enabled = torch.is_grad_enabled()
            parent.switch()
            torch.set_grad_enabled(enabled)


def play(shards: Sequence[Shard], program: Callable[[Shard], None]) -> None:
    """Run `program(shard)` for all shards, switching at every turn, until all are through."""

    def alone(shard: Shard) -> None:
        token = noise.current.set(shard.noise)
        try:
            program(shard)
        finally:
            noise.current.reset(token)

    if len(shards) == 1:
        return alone(shards[0])
    playing = [greenlet(lambda shard=shard: alone(shard)) for shard in shards]
    while not all(g.dead for g in playing):
        for g in playing:
            torch.set_grad_enabled(True)
            g.switch()
    torch.set_grad_enabled(True)
    return None
