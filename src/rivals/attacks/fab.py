"""The nearest boundary, approached with a pull towards where the sample came from."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.attack import attack, fooled
from rivals.attacks.ball import Norm
from rivals.attacks.victim import Victim
from rivals.errors import UsageError

PULL, BACK, BEYOND = 0.1, 0.9, 1.05
"""α_max, β and η of the paper."""


@attack("fab", "Croce & Hein 2019, arXiv:1907.02044", minimal=True)
def fab(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    norm: Norm = "inf",
    epsilon: float = 0.3,
    steps: int = 100,
    restarts: int = 1,
    candidates: int = 10,
) -> Tensor:
    """Fast adaptive boundary: project on the linearised boundary, stay near the sample, step back when across; alg. 1.

    x' = clip((1 - α)(x_i + η δ_i) + α (x + η δ_x)), δ_i and δ_x the shortest ways from x_i and x to the plane
    f_s = f_y within the bounds, α = min(‖δ_i‖ / (‖δ_i‖ + ‖δ_x‖), .1).

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,); who is named wrongly already stays as it is.
        target: the boundary to these classes alone, (N,), or one for all; a sample is done as soon as it is not y.
        norm: inf or 2.
        epsilon: radius of the random starts after the first one, which is the sample itself.
        steps, restarts: how many.
        candidates: how many of the likeliest classes are looked at.

    Raises:
        UsageError: for another norm.
    """
    if norm not in ("2", "inf"):
        raise UsageError(f"fab is for the norms 2 and inf, not {norm}")
    logits = victim.logits(x)
    left = torch.nonzero(~fooled(logits, y, None))[:, 0]
    best, length = x.clone(), torch.full((len(x),), torch.inf).to(x)
    length[fooled(logits, y, None)] = 0.0
    if not len(left):
        return best
    origin, own = x[left], y[left]
    if target is None:
        others = logits[left].scatter(1, own[:, None], -torch.inf).topk(min(candidates, logits.shape[1]) - 1).indices
    else:
        others = target[left, None]
    out, far = origin.clone(), torch.full((len(left),), torch.inf).to(x)
    for restart in range(restarts):
        near = origin
        if restart:
            uniform, normal = (draw(len(left), *x.shape[1:]).to(x) for draw in (noise.uniform, noise.normal))
            radius = torch.minimum(far, torch.full_like(far, epsilon)) / 2
            near = (origin + ball.drawn(origin, 1.0, norm, uniform, normal) * ball.per_sample(radius, x)).clamp(
                *victim.bounds
            )
        for _ in range(steps):
            near = _step(victim, origin, near, own, others, norm)
            across = fooled(victim.logits(near), own, None)
            distance = ball.size(near - origin, norm)
            better = across & (distance < far)
            out[better], far[better] = near[better], distance[better]
            near = torch.where(ball.per_sample(across, x), origin + BACK * (near - origin), near)
    out = _nearer(victim, origin, out, own, far.isfinite())
    best[left] = out
    return best


def _step(victim: Victim, origin: Tensor, near: Tensor, own: Tensor, others: Tensor, norm: Norm) -> Tensor:
    gaps, slopes = [], []
    for column in others.T:
        slope, logits = victim.gradient(
            near,
            lambda z, k=column: (z.gather(1, k[:, None]) - z.gather(1, own[:, None]))[:, 0],  # type: ignore[misc]
        )
        gaps.append((logits.gather(1, column[:, None]) - logits.gather(1, own[:, None]))[:, 0])
        slopes.append(slope)
    gap, flat = torch.stack(gaps, 1), torch.stack(slopes, 1).flatten(2)
    dual = flat.abs().sum(2) if norm == "inf" else flat.norm(dim=2)
    rows = torch.arange(len(near), device=near.device)
    s = (gap.abs() / dual.clamp_min(1e-12)).argmin(1)
    w = flat[rows, s]
    # the plane w·(z - x_i) = -gap, seen from x_i and from the origin
    from_near = shortest(near.flatten(1), w, -gap[rows, s], norm, victim.bounds)
    reached = (w * (origin - near).flatten(1)).sum(1)
    from_origin = shortest(origin.flatten(1), w, -gap[rows, s] - reached, norm, victim.bounds)
    a, b = ball.size(from_near, norm), ball.size(from_origin, norm)
    alpha = (a / (a + b).clamp_min(1e-12)).clamp(0, PULL)[:, None]
    made = (1 - alpha) * (near.flatten(1) + BEYOND * from_near) + alpha * (origin.flatten(1) + BEYOND * from_origin)
    return made.view_as(near).clamp(*victim.bounds)


def shortest(x: Tensor, w: Tensor, gap: Tensor, norm: Norm, bounds: tuple[float, float]) -> Tensor:
    """The shortest δ with w·δ = gap and x + δ in the bounds, (N, D); as far as the bounds let it where none is.

    With room r_i of each coordinate in the direction in which it helps: for norm inf δ moves every coordinate by
    min(t, r_i), for norm 2 by min(t |w_i|, r_i); t is where Σ |w_i| |δ_i| = |gap|, found among the sorted breakpoints.

    Args:
        x: points (N, D).
        w: normals of the planes (N, D).
        gap: (N,).
        norm: inf or 2.
        bounds: of x + δ.
    """
    low, high = bounds
    direction = w.sign() * gap.sign()[:, None]
    room = torch.where(direction > 0, high - x, torch.where(direction < 0, x - low, torch.zeros_like(x)))
    weight = w.abs()
    rate = torch.where(direction != 0, torch.ones_like(weight) if norm == "inf" else weight, torch.zeros_like(weight))
    until = torch.where(rate > 0, room / rate.clamp_min(1e-30), torch.zeros_like(room))
    ends, order = until.sort(dim=1)
    growth = (weight * rate).gather(1, order)  # of w·δ with t, while the coordinate still moves
    stopped = (weight * room).gather(1, order).cumsum(1)
    moving = growth.flip(1).cumsum(1).flip(1) - growth
    reach = stopped + moving * ends  # w·δ at t = each breakpoint
    need = gap.abs()[:, None]
    place = (reach < need).sum(1, keepdim=True).clamp(max=x.shape[1] - 1)
    start = torch.where(place > 0, ends.gather(1, (place - 1).clamp(min=0)), torch.zeros_like(need))
    done = torch.where(place > 0, reach.gather(1, (place - 1).clamp(min=0)), torch.zeros_like(need))
    speed = (moving + growth).gather(1, place).clamp_min(1e-30)
    t = start + (need - done).clamp_min(0.0) / speed
    return direction * torch.minimum(t * rate, room)


def _nearer(victim: Victim, origin: Tensor, out: Tensor, own: Tensor, found: Tensor) -> Tensor:
    """Three halvings of the way between the origin and the point across."""
    near, far = torch.zeros(len(out)).to(out), torch.ones(len(out)).to(out)
    for _ in range(3):
        middle = (near + far) / 2
        across = fooled(victim.logits(origin + ball.per_sample(middle, out) * (out - origin)), own, None)
        far, near = torch.where(across, middle, far), torch.where(across, near, middle)
    return torch.where(ball.per_sample(found, out), origin + ball.per_sample(far, out) * (out - origin), out)
