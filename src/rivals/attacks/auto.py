"""Four attacks one after the other, each on those that the ones before it could not fool."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.attacks import ball, losses
from rivals.attacks.apgd import search
from rivals.attacks.attack import attack, fooled
from rivals.attacks.ball import Norm
from rivals.attacks.fab import fab
from rivals.attacks.square import square
from rivals.attacks.victim import Victim
from rivals.errors import UsageError


@attack("autoattack", "Croce & Hein 2020, arXiv:2003.01690", targeted=False)
def autoattack(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    norm: Norm = "inf",
    steps: int = 100,
    queries: int = 5000,
    targets: int = 9,
) -> Tensor:
    """The standard ensemble: APGD on cross-entropy, targeted APGD on DLR, targeted FAB, and Square; section 5.

    No step size is to be set. What none of them could fool comes back as APGD left it.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...); of norm inf Square needs pictures (N, C, H, W).
        y: their labels (N,).
        target: none.
        epsilon: ε, above 0.
        norm: inf or 2; for 2 Square is left out.
        steps: of APGD and FAB each.
        queries: of Square.
        targets: how many of the likeliest other classes are aimed at.

    Raises:
        UsageError: for another norm.
    """
    if norm not in ("2", "inf"):
        raise UsageError(f"autoattack is for the norms 2 and inf, not {norm}")
    result = x.clone()
    logits = victim.logits(x)
    left = torch.nonzero(~fooled(logits, y, None))[:, 0]
    others = logits.scatter(1, y[:, None], -torch.inf).topk(min(targets, logits.shape[1] - 1), dim=1).indices

    def keep(made: Tensor, done: Tensor) -> None:
        nonlocal left
        result[left[done]] = made[done]
        left = left[~done]

    if len(left):
        made, done = search(victim, x[left], losses.Aim(y[left]), epsilon, norm, steps)
        result[left] = made
        left = left[~done]
    for column in others.T:
        if len(left):
            aim = losses.Aim(y[left], column[left], "dlr", anywhere=True)
            keep(*search(victim, x[left], aim, epsilon, norm, steps))
    for column in others.T:
        if len(left):
            made = fab(victim, x[left], y[left], column[left], norm=norm, epsilon=epsilon, steps=steps)
            inside = ball.settle(x[left], made, epsilon, norm, victim.bounds)
            keep(inside, fooled(victim.logits(inside), y[left], None))
    if len(left) and norm == "inf" and x.dim() == 4:
        made = square(victim, x[left], y[left], epsilon=epsilon, queries=queries)
        keep(made, fooled(victim.logits(made), y[left], None))
    return result
