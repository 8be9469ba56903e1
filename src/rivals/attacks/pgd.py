"""Projected gradient ascent from random starts."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball, losses
from rivals.attacks.attack import attack, fooled
from rivals.attacks.ball import Norm
from rivals.attacks.climbing import climbed
from rivals.attacks.fgsm import slope
from rivals.attacks.losses import Aim
from rivals.attacks.victim import Victim


@attack("pgd", "Madry et al. 2017, arXiv:1706.06083")
def pgd(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    norm: Norm = "inf",
    steps: int = 40,
    step: float | None = None,
    restarts: int = 1,
    loss: losses.Name = "ce",
    start: Tensor | None = None,
) -> Tensor:
    """Steps along the steepest direction from a random point of the ball, each brought back into it; section 2.1.

    x_{i+1} = Π(x_i + α sgn ∇_x L(x_i, y)). Of several restarts the first that fools the model is kept, else the one of
    largest loss; who is fooled does not start again.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε, above 0.
        norm: of the ball.
        steps: how many, at least 1.
        step: α; by default 2.5 ε / steps, as the authors' later work has it.
        restarts: random starts, at least 1.
        loss: cross-entropy (ce), the margin of the logits (cw), or their ratio (dlr).
        start: instead of random ones, points (N, ...) to start from; they are brought into the ball.
    """
    alpha = 2.5 * epsilon / steps if step is None else step
    best, worth = x.clone(), torch.full((len(x),), -torch.inf, device=x.device)
    left = torch.arange(len(x), device=x.device)
    for _ in range(restarts):
        here, label = x[left], y[left]
        wanted = None if target is None else target[left]
        if start is None:
            uniform, normal = (draw(len(here), *here.shape[1:]).to(here) for draw in (noise.uniform, noise.normal))
            first = here + ball.drawn(here, epsilon, norm, uniform, normal)
        else:
            first = here + ball.project(start.to(here)[left] - here, epsilon, norm)
        aim = Aim(label, wanted, loss)
        first = first.clamp(*victim.bounds)
        near = climbed(slope(victim, aim), here, first, epsilon, norm, steps, alpha, victim.bounds)
        if restarts == 1:
            return near
        logits = victim.logits(near)
        done = fooled(logits, label, wanted)
        reached = torch.where(done, torch.inf, aim.climbed(logits))
        better = reached > worth[left]
        best[left[better]], worth[left[better]] = near[better], reached[better]
        left = left[~done]
        if not len(left):
            break
    return best
