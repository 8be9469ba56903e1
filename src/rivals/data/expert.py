"""Experts: state-action pairs of a good policy in an environment, and the environment to play in.

Gymnasium is an extra: nothing here imports it before an environment is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rivals.data.sources import Arrays, Source
from rivals.data.specs import Environment
from rivals.errors import RivalsError


@dataclass(frozen=True)
class Play:
    """What A actors saw and did in T steps each; an actor whose episode ends starts the next one.

    Attributes:
        state: float32 (A, T, D).
        action: int64 (A, T).
        reward: the environment's own, float32 (A, T).
        after: the state that the action led to, float32 (A, T, D).
        ended: whether the episode ended with this step, bool (A, T).
        terminated: whether it ended for good, not by the horizon, bool (A, T).
    """

    state: Tensor
    action: Tensor
    reward: Tensor
    after: Tensor
    ended: Tensor
    terminated: Tensor

    def to(self, device: torch.device) -> Play:
        """The same on a device."""
        return Play(*(x.to(device) for x in vars(self).values()))

    def returns(self) -> Tensor:
        """The sum of rewards in each actor's first episode, (A,)."""
        first = self.ended.cumsum(1) - self.ended.long() == 0
        return (self.reward * first).sum(1)


@dataclass(frozen=True)
class Expert:
    """What is known of an expert: the mean return of its episodes."""

    returns: float


def play(data: Environment, act: Callable[[Tensor], Tensor], seeds: Sequence[int], length: int) -> Play:
    """Let one actor for each seed play `length` steps: a function of seeds and actions alone.

    Args:
        data: the environment.
        act: states float32 (A, D) -> actions, int64 (A,), on any device.
        seeds: of each actor's environment; its later episodes go on from the same seed.
        length: T.

    Raises:
        RivalsError: where Gymnasium is missing.
    """
    actors = [_environment(data) for _ in seeds]
    size = (len(seeds), length)
    state, after = (np.zeros((*size, data.observation), np.float32) for _ in range(2))
    action, reward = np.zeros(size, np.int64), np.zeros(size, np.float32)
    ended, terminated = np.zeros(size, bool), np.zeros(size, bool)
    seen = np.stack([actor.reset(seed=seed)[0] for actor, seed in zip(actors, seeds, strict=True)])
    for t in range(length):
        state[:, t] = seen
        action[:, t] = act(torch.from_numpy(state[:, t].copy())).numpy(force=True)
        for i, actor in enumerate(actors):
            after[i, t], reward[i, t], terminated[i, t], truncated, _ = actor.step(int(action[i, t]))
            ended[i, t] = terminated[i, t] or truncated
            seen[i] = actor.reset()[0] if ended[i, t] else after[i, t]
    for actor in actors:
        actor.close()
    return Play(*map(torch.from_numpy, (state, action, reward, after, ended, terminated)))


def cartpole(trajectories: int = 10) -> Source:
    """Whole episodes of 500 steps in CartPole-v1 by a linear controller, and half as many held out.

    The cart is pushed to the right where x + 1.8 ẋ + 30 θ + 6 θ̇ > 0 (close to the linear-quadratic regulator's gains).

    Raises:
        RivalsError: where Gymnasium is missing.
    """
    data = Environment("CartPole-v1", observation=4, actions=2, horizon=500)
    gains = torch.tensor([1.0, 1.8, 30.0, 6.0])

    def source(seeds: range, test: Source | None) -> Source:
        episodes = play(data, lambda state: (state @ gains > 0).long(), seeds, data.horizon)
        fields = {"state": episodes.state.flatten(0, 1), "action": episodes.action.flatten()}
        truth = Expert(float(episodes.returns().mean()))
        return Arrays(data, fields, test=test, truth=truth, name="cartpole")

    half = max(1, trajectories // 2)
    return source(range(trajectories), source(range(trajectories, trajectories + half), None))


def _environment(data: Environment) -> Any:
    try:
        import gymnasium
    except ImportError:
        raise RivalsError("environments need Gymnasium: pip install 'rivals[environments]'") from None
    return gymnasium.make(data.id, max_episode_steps=data.horizon, disable_env_checker=True)
