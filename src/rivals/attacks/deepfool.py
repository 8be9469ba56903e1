"""The nearest face of a polyhedron, again and again."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.attacks import ball
from rivals.attacks.attack import attack, fooled
from rivals.attacks.ball import Norm
from rivals.attacks.victim import Victim
from rivals.errors import UsageError


@attack("deepfool", "Moosavi-Dezfooli et al. 2015, arXiv:1511.04599", minimal=True, targeted=False)
def deepfool(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    norm: Norm = "2",
    steps: int = 50,
    overshoot: float = 0.02,
    candidates: int = 10,
) -> Tensor:
    """Linearise the classifier, cross the nearest boundary, and again until the class has changed; algorithm 2.

    f_k(x) - f_y(x) = 0 is at the distance |f'_k| / ‖w'_k‖_q, q dual to the norm; the sample moves by the nearest, and
    the sum of all moves is made longer by the overshoot.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,); who is named wrongly already stays as it is.
        target: none.
        norm: 2 or inf.
        steps: at most, at least 1.
        overshoot: η.
        candidates: how many of the likeliest classes are looked at.

    Raises:
        UsageError: for another norm.
    """
    if norm not in ("2", "inf"):
        raise UsageError(f"deepfool is for the norms 2 and inf, not {norm}")
    near, moved = x.clone(), torch.zeros_like(x)
    logits = victim.logits(x)
    rivals = logits.scatter(1, y[:, None], -torch.inf).topk(min(candidates, logits.shape[1]) - 1, dim=1).indices
    left = torch.nonzero(~fooled(logits, y, None))[:, 0]
    for _ in range(steps):
        if not len(left):
            break
        at, own = near[left], y[left, None]
        gaps, slopes = _planes(victim, at, own, rivals[left])
        flat = slopes.flatten(2)
        dual = flat.norm(dim=2) if norm == "2" else flat.abs().sum(2)
        distance = gaps.abs() / dual.clamp_min(1e-12)
        nearest = distance.argmin(1)
        rows = torch.arange(len(left), device=x.device)
        length, slope = distance[rows, nearest], slopes[rows, nearest]
        direction = ball.steepest(slope, norm)
        moved[left] += direction * ball.per_sample(length + 1e-4, x)
        near[left] = (x[left] + (1 + overshoot) * moved[left]).clamp(*victim.bounds)
        left = left[~fooled(victim.logits(near[left]), y[left], None)]
    return near


def _planes(victim: Victim, x: Tensor, own: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """f_k - f_y for K' classes, (N, K'), and their gradients (N, K', ...)."""
    gaps, slopes = [], []
    for column in others.T:
        slope, logits = victim.gradient(
            x,
            lambda z, k=column: (z.gather(1, k[:, None]) - z.gather(1, own))[:, 0],  # type: ignore[misc]
        )
        gaps.append((logits.gather(1, column[:, None]) - logits.gather(1, own))[:, 0])
        slopes.append(slope)
    return torch.stack(gaps, 1), torch.stack(slopes, 1)
