"""Gradient ascent that chooses its own step: momentum, and a step halved where it stops to help."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.attack import attack
from rivals.attacks.ball import Norm
from rivals.attacks.losses import Aim
from rivals.attacks.victim import Victim
from rivals.errors import UsageError

MOMENTUM, ENOUGH = 0.75, 0.75
"""α of the step, and ρ, the share of steps that must have helped."""


@attack("apgd", "Croce & Hein 2020, arXiv:2003.01690")
def apgd(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    norm: Norm = "inf",
    steps: int = 100,
    loss: Literal["ce", "dlr"] = "ce",
    restarts: int = 1,
) -> Tensor:
    """Auto-PGD: steps of 2ε at first, halved where progress stalls, and then from the best point so far; algorithm 1.

    z = Π(x_k + η ∇), x_{k+1} = Π(x_k + α (z - x_k) + (1 - α)(x_k - x_{k-1})). The first point that fools the model is
    given back, else the one of largest loss.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε, above 0.
        norm: inf or 2.
        steps: how many, at least 1.
        loss: cross-entropy, or the difference of logits' ratio (dlr), which does not vanish for confident models.
        restarts: random starts, at least 1; who is fooled does not start again.

    Raises:
        UsageError: for another norm.
    """
    best = x.clone()
    left = torch.arange(len(x), device=x.device)
    for _ in range(restarts):
        aim = Aim(y[left], None if target is None else target[left], loss)
        best[left], done = search(victim, x[left], aim, epsilon, norm, steps)
        left = left[~done]
        if not len(left):
            break
    return best


def search(
    victim: Victim,
    x: Tensor,
    aim: Aim,
    epsilon: float,
    norm: Norm,
    steps: int,
) -> tuple[Tensor, Tensor]:
    """Algorithm 1 from one random start.

    Args:
        victim: who is attacked.
        x: samples (N, ...).
        aim: what is wanted of them.
        epsilon, norm, steps: of the ball; how many.

    Returns:
        The points (N, ...), and who is fooled there, (N,).

    Raises:
        UsageError: for another norm than inf and 2.
    """
    if norm not in ("inf", "2"):
        raise UsageError(f"apgd is for the norms inf and 2, not {norm}")
    n = len(x)
    uniform, normal = (draw(n, *x.shape[1:]).to(x) for draw in (noise.uniform, noise.normal))
    near = (x + ball.drawn(x, epsilon, norm, uniform, normal)).clamp(*victim.bounds)

    def inside(z: Tensor) -> Tensor:
        return (x + ball.project(z - x, epsilon, norm)).clamp(*victim.bounds)

    eta = torch.full((n,), 2 * epsilon).to(x)
    marks, mark, checked = _checkpoints(steps), 0, 0
    result, won = near.clone(), torch.zeros(n, dtype=torch.bool, device=x.device)
    best = before = near
    most = torch.full((n,), -torch.inf).to(x)
    last = most.clone()
    helped = torch.zeros(n).to(x)
    most_at_mark, halved = most.clone(), torch.zeros(n, dtype=torch.bool, device=x.device)
    slope = torch.zeros_like(x)
    best_slope = slope
    for k in range(steps + 1):
        slope, logits = victim.gradient(near, aim.climbed)
        value, now = aim.climbed(logits), aim.met(logits)
        new = now & ~won
        result[new], won = near[new], won | now
        helped += (value > last).float()
        better = value > most
        best = torch.where(ball.per_sample(better, x), near, best)
        best_slope = torch.where(ball.per_sample(better, x), slope, best_slope)
        most, last = torch.where(better, value, most), value
        if k == marks[mark]:  # did the steps since the last checkpoint help?
            stalled = helped < ENOUGH * (k - checked)
            stuck = ~halved & (most <= most_at_mark)
            halve = stalled | stuck if k else torch.zeros_like(stalled)
            eta = torch.where(halve, eta / 2, eta)
            near = torch.where(ball.per_sample(halve, x), best, near)
            slope = torch.where(ball.per_sample(halve, x), best_slope, slope)
            halved, most_at_mark, checked = halve, most.clone(), k
            helped.zero_()
            mark = min(mark + 1, len(marks) - 1)
        if k == steps or bool(won.all()):
            break
        ahead = inside(near + ball.per_sample(eta, x) * ball.steepest(slope, norm))
        alpha = MOMENTUM if k else 1.0
        near, before = inside(near + alpha * (ahead - near) + (1 - alpha) * (near - before)), near
    return torch.where(ball.per_sample(won, x), result, best), won


def _checkpoints(steps: int) -> list[int]:
    """w_j = ⌈p_j N⌉, p_0 = 0, p_1 = .22, p_{j+1} = p_j + max(p_j - p_{j-1} - .03, .06); section 3.1."""
    p = [0.0, 0.22]
    while p[-1] < 1:
        p.append(p[-1] + max(p[-1] - p[-2] - 0.03, 0.06))
    return [math.ceil(share * steps) for share in p if share <= 1] or [steps]
