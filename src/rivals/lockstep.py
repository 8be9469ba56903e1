"""One program played by several shards in lockstep: gradient accumulation without a word in any game.

Every shard plays the whole program on its slice of the batch, as a process of its own would, but they share one copy
of the players and run one after the other, each up to its next `turn`. A move ends with a turn: the shards add their
gradients as they arrive, and the last one moves. So a step costs the memory of one slice.
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
    """One of `count` equal players of the program: its slice and noise, its place in the data, its stages."""

    index: int
    count: int
    noise: noise.Noise
    positions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    entered: set[str] = field(default_factory=set)

    @property
    def last(self) -> bool:
        """Whether every other shard has arrived when this one does."""
        return self.index == self.count - 1

    def turn(self) -> None:
        """Let the other shards come to this point; alone, go on at once."""
        parent = getcurrent().parent
        if self.count > 1 and parent is not None:
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
