"""A walk along the boundary: the decision is all that is asked for."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.attack import attack, fooled
from rivals.attacks.victim import Victim

TRIES = 50
"""Starts that are tried: other samples of the call at first, then noise between the bounds or of nothing but them."""

GROWTH = 1.3
"""Factor by which a step grows or shrinks where too many or too few of its tries succeed."""


@attack("boundary", "Brendel et al. 2017, arXiv:1712.04248", white=False, minimal=True)
def boundary(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    steps: int = 1000,
    sideways: float = 0.1,
    towards: float = 0.1,
    start: Tensor | None = None,
) -> Tensor:
    """From a sample named wrongly, step sideways at equal distance and then nearer, where it stays so; figure 2.

    Both steps' lengths follow how often they succeed: half of the sideways ones, a quarter of those towards x. Two
    questions a step, and about 60 before. Whom no start fools stays as it is.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        steps: how many, at least 1.
        sideways, towards: first lengths of the steps, as shares of the distance.
        start: samples (N, ...) that the model names as is wanted; by default other samples of the call, then noise.
    """
    near, found = _started(victim, x, y, target, start)
    n = len(x)
    delta, epsilon = torch.full((n,), sideways).to(x), torch.full((n,), towards).to(x)
    held, came = (torch.full((n,), share).to(x) for share in (0.5, 0.25))
    for k in range(steps):
        away = near - x
        distance = ball.size(away, "2").clamp_min(1e-9)
        tried = noise.normal(*x.shape).to(x)
        tried = ball.steepest(tried, "2") * ball.per_sample(delta * distance, x) + away
        around = x + ball.steepest(tried, "2") * ball.per_sample(distance, x)
        around = around.clamp(*victim.bounds)
        kept = fooled(victim.logits(around), y, target) & found
        closer = (around + ball.per_sample(epsilon, x) * (x - around)).clamp(*victim.bounds)
        good = fooled(victim.logits(closer), y, target) & kept
        nearer = good & (ball.size(closer - x, "2") < distance)
        near = torch.where(ball.per_sample(nearer, x), closer, near)
        held = torch.lerp(held, kept.float(), 0.1)
        came = torch.where(kept, torch.lerp(came, good.float(), 0.1), came)
        if k % 10 == 9:
            delta = torch.where(held > 0.5, delta * GROWTH, torch.where(held < 0.2, delta / GROWTH, delta)).clamp(max=1)
            epsilon = torch.where(came > 0.5, epsilon * GROWTH, torch.where(came < 0.2, epsilon / GROWTH, epsilon))
            epsilon = epsilon.clamp(max=0.5)
    return near


def _started(
    victim: Victim, x: Tensor, y: Tensor, target: Tensor | None, start: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Samples named as is wanted, as near to x on the way from a start as ten halvings find; and who has one."""
    low, high = victim.bounds
    far = x.clone() if start is None else start.to(x)
    found = fooled(victim.logits(far), y, target)
    for k in range(1, 0 if start is not None else TRIES):
        left = torch.nonzero(~found)[:, 0]
        if not len(left):
            break
        drawn = noise.uniform(*x.shape).to(x)
        drawn = low + (high - low) * (drawn.round() if k % 2 else drawn)
        tried = (x.roll(k, 0) if k < min(len(x), TRIES // 2) else drawn)[left]
        good = fooled(victim.logits(tried, left), y[left], None if target is None else target[left])
        far[left[good]], found[left[good]] = tried[good], True
    near, away = torch.zeros(len(x)).to(x), torch.ones(len(x)).to(x)
    for _ in range(10):
        middle = (near + away) / 2
        good = fooled(victim.logits(x + ball.per_sample(middle, x) * (far - x)), y, target)
        away, near = torch.where(good, middle, away), torch.where(good, near, middle)
    return torch.where(ball.per_sample(found, x), x + ball.per_sample(away, x) * (far - x), x), found
