"""Behaviour of experts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from rivals.data import expert
from rivals.data.readers import plain
from rivals.data.sources import Arrays, Found, Source
from rivals.data.specs import Environment
from rivals.errors import RivalsError


def trajectories(path: Path, *, id: str = "", horizon: int = 0) -> Source:
    """States and the actions that an expert took in them, step after step.

    The last tenth of the steps is held out, not a random one: neighbouring states are nearly the same.

    Args:
        path: .npz with `states`, floats (N, S); `actions`, integers from 0, (N,); and perhaps `id`, `horizon` and
            `returns`, the expert's mean return or one of each episode.
        id: of the Gymnasium environment, where the file does not name it.
        horizon: steps of an episode at most, where the file does not say it; by default the environment's own.

    Raises:
        RivalsError: where the file does not hold this, or does not fit its environment.
    """
    found = Found()
    arrays = plain.arrays_of(path)
    if not {"states", "actions"} <= set(arrays):
        raise RivalsError(f"{path} holds {', '.join(arrays) or 'nothing'}: give states (N, S) and actions (N,)")
    states, actions = arrays["states"], arrays["actions"]
    if states.ndim != 2 or not states.size or states.dtype.kind not in "fiu":
        raise RivalsError(f"{path}: states are {states.dtype} {states.shape}; give floats (N, S)")
    if actions.shape != (len(states),) or actions.dtype.kind not in "iu" or actions.min() < 0:
        raise RivalsError(
            f"{path}: actions are {actions.dtype} {actions.shape}; give one integer from 0 for each of "
            f"{len(states):,} states (environments with continuous actions are not played)"
        )
    states = states.astype(np.float32)
    if not np.isfinite(states).all():
        row = int(np.flatnonzero(~np.isfinite(states).all(1))[0])
        raise RivalsError(f"{path} has NaN or infinity in states, first in row {row:,}: leave these steps out")
    name = id or (str(arrays["id"].ravel()[0]) if arrays.get("id", np.zeros(0)).size else "")
    if not name:
        raise RivalsError(f"{path} names no environment: add `id` to it, or --read id=CartPole-v1")
    steps = horizon or _number(arrays.get("horizon"), path)
    spec = _fitted(name, states.shape[1], int(actions.max()) + 1, steps, path)
    returns = arrays.get("returns")
    known = returns is not None and returns.dtype.kind in "fiu" and returns.size and np.isfinite(returns).all()
    truth = expert.Expert(float(np.mean(returns))) if known and returns is not None else None
    cut = max(1, len(states) - max(1, len(states) // 10))
    fields = {"state": torch.from_numpy(states), "action": torch.from_numpy(actions.astype(np.int64))}

    def part(which: slice, test: Source | None) -> Arrays:
        return Arrays(spec, {k: v[which] for k, v in fields.items()}, test=test, truth=truth, name=str(path))

    found.facts["steps"] = f"{len(states):,}, states of {states.shape[1]} numbers"
    share = np.bincount(actions.astype(np.int64), minlength=spec.actions) / len(actions)
    found.facts["actions"] = f"{spec.actions}: " + ", ".join(f"{p:.0%}" for p in share[:8]) + (" …" * (len(share) > 8))
    found.facts["environment"] = f"{name}, {spec.horizon:,} steps at most"
    if truth is not None:
        found.facts["expert"] = f"mean return {truth.returns:g}"
    one = len(states) == 1
    found.facts["held out"] = "nothing: there is one step only" if one else f"the last {len(states) - cut:,} steps"
    source = part(slice(0, cut), None if one else part(slice(cut, None), None))
    source.found = found
    return source


def environment(path: Path) -> Source:
    """An environment by its Gymnasium id, with the expert that is known for it.

    Args:
        path: the id; for CartPole-v1 there is an expert.

    Raises:
        RivalsError: for any other id.
    """
    if str(path) != "CartPole-v1":
        raise RivalsError(
            f"no expert is known for {path}, only for CartPole-v1: record one and give trajectories:FILE.npz "
            f"with states, actions and the id '{path}'"
        )
    source = expert.cartpole()
    assert source.size is not None
    facts = {"steps": f"{source.size:,} of a linear controller", "expert": f"mean return {source.truth.returns:g}"}
    source.found = Found(facts | {"held out": "five more episodes"})
    return source


def _number(value: np.ndarray | None, path: Path) -> int:
    if value is None:
        return 0
    if value.size != 1 or value.dtype.kind not in "iu" or int(value.ravel()[0]) < 1:
        raise RivalsError(f"{path}: horizon is {value.dtype} {value.shape}; give one integer from 1")
    return int(value.ravel()[0])


def _fitted(name: str, observation: int, actions: int, horizon: int, path: Path) -> Environment:
    """What the environment says of itself, where Gymnasium is there; else what the data says."""
    try:
        import gymnasium
    except ImportError:
        if not horizon:
            raise RivalsError(f"{path} has no horizon: add it, or --read horizon=500") from None
        return Environment(name, observation, actions, horizon)
    try:
        made: Any = gymnasium.make(name, disable_env_checker=True)
    except Exception as error:  # packages that register environments raise what they like
        raise RivalsError(f"{path}: Gymnasium cannot make the environment '{name}' ({error}): mend the id") from error
    seen, can = made.observation_space, made.action_space
    made.close()
    if not isinstance(can, gymnasium.spaces.Discrete):
        raise RivalsError(f"{path}: {name} has no discrete actions: only those can be learnt")
    if seen.shape != (observation,):
        raise RivalsError(f"{path}: states have {observation} numbers and {name} shows {seen.shape}: mend the id")
    if actions > can.n:
        raise RivalsError(f"{path}: there is an action {actions - 1} and {name} has {can.n}, from 0: mend the actions")
    horizon = horizon or (made.spec.max_episode_steps if made.spec else 0) or 0
    if not horizon:
        raise RivalsError(f"{path} has no horizon, and neither has {name}: --read horizon=500")
    return Environment(name, observation, int(can.n), horizon)
