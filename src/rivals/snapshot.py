"""All that resuming a run needs, as one nested state of tensors and plain data."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from rivals import processes
from rivals.game import Game
from rivals.lockstep import Shard

if TYPE_CHECKING:
    from rivals.run import Counters

State: TypeAlias = dict[str, Any]


def take(game: Game, counters: Counters, shards: Sequence[Shard], device: torch.device) -> State:
    """The state of a run between two steps; of several processes the first one gets the whole."""
    generator = shards[-1].noise.generator
    state: State = {
        "counters": asdict(counters),
        "game": game.state_dict(),
        "positions": dict(shards[-1].positions),
        "random": {
            "global": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
            "noise": generator.get_state() if generator else None,
        },
    }
    if processes.count() > 1:
        # a process's own: all of the game but weights, averages and moments, which are the same everywhere
        same = {name for name, _ in game.named_parameters()} | {f"{name}._extra_state" for name in game.players()}
        own = {name: value for name, value in state["game"].items() if name not in same}
        state["processes"] = processes.gather(_on_host({"random": state["random"], "game": own}))
    return state


def restore(state: State, game: Game, counters: Counters, shards: Sequence[Shard], device: torch.device) -> None:
    """Inverse of `take`; with another number of processes it warns, and what belonged to one is the first one's."""
    parts = state.get("processes") or [state]
    if len(parts) != processes.count() and processes.first():
        warnings.warn(
            f"the run had {len(parts)} processes and has {processes.count()} now: it goes on, but what belonged "
            "to one process (statistics of batch norms, dropout, environments) is the first one's everywhere",
            stacklevel=2,
        )
    own = parts[processes.rank()] if len(parts) == processes.count() else state
    vars(counters).update(state["counters"])
    game.load_state_dict({**state["game"], **own["game"]})
    torch.set_rng_state(own["random"]["global"])
    if own["random"]["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(own["random"]["cuda"], device)
    for shard in shards:
        shard.positions.update(state["positions"])
        if shard.noise.generator is not None:
            shard.noise.generator.set_state(own["random"]["noise"])


def _on_host(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _on_host(v) for k, v in value.items()}
    return value.detach().cpu().clone() if isinstance(value, Tensor) else value
