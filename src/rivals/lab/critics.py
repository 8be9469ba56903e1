"""A critic trained alone, against a generator that stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from rivals.constraints import Constraint
from rivals.errors import RivalsError
from rivals.objectives import Objective, Pass
from rivals.penalties import Penalty

Draw: TypeAlias = Callable[[int], Tensor]
"""n -> n new samples, (n, ...)."""


def train(
    critic: nn.Module,
    real: Draw,
    fake: Draw,
    objective: Objective,
    steps: int,
    rate: float,
    *,
    batch: int = 256,
    betas: tuple[float, float] = (0.9, 0.999),
    penalty: Penalty | None = None,
    constraint: Constraint | None = None,
    after: Callable[[int], None] = lambda step: None,
) -> None:
    """Adam on the objective, at a rate that falls to 0 in a straight line; `after` is told how many steps are done.

    Raises:
        RivalsError: for a training that runs away.
    """
    optimizer = torch.optim.Adam(critic.parameters(), rate, betas, fused=True)
    fall = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for step in range(steps):
        x, made = real(batch), fake(batch)
        p = Pass(critic, x, made, critic(x), critic(made), made, None, step)
        assert p.real_logits is not None
        loss = objective.critic(p.real_logits, p.fake_logits).mean()
        if penalty is not None:
            loss = loss + penalty(p).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        fall.step()
        if constraint is not None:
            constraint(critic)
        after(step + 1)
    if not all(weight.isfinite().all() for weight in critic.parameters()):
        raise RivalsError("the critic's weights are no longer finite: take a smaller rate")
