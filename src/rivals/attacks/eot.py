"""Samples that stay adversarial when they are turned, scaled and lit."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.attack import attack
from rivals.attacks.ball import Norm
from rivals.attacks.losses import cross_entropy
from rivals.attacks.transforms import Views
from rivals.attacks.victim import Victim


@attack("eot", "Athalye et al. 2017, arXiv:1707.07397")
def eot(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 0.2,
    norm: Norm = "inf",
    steps: int = 40,
    step: float | None = None,
    draws: int = 10,
    views: Views | None = None,
) -> Tensor:
    """Projected gradient ascent on the expectation over views, E_t L(t(x'), y), by the mean of a few draws a step.

    Args:
        victim: the model, or a `Victim`.
        x: pictures (N, C, H, W).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε, above 0.
        norm: of the ball.
        steps: how many, at least 1.
        step: α; by default 2.5 ε / steps.
        draws: views a step, at least 1.
        views: their distribution.
    """
    views = views or Views()
    alpha = 2.5 * epsilon / steps if step is None else step
    near = (x + ball.drawn(x, epsilon, norm, *(d(*x.shape).to(x) for d in (noise.uniform, noise.normal)))).clamp(
        *victim.bounds
    )
    for _ in range(steps):
        slope = torch.zeros_like(x)
        for _ in range(draws):
            with torch.enable_grad():
                at = near.detach().requires_grad_()
                logits = victim.logits(views(at, victim.bounds))
                loss = cross_entropy(logits, y) if target is None else -cross_entropy(logits, target)
                (one,) = torch.autograd.grad(loss.sum(), at)
            victim.gradients += len(x)
            slope += one
        near = near + alpha * ball.steepest(slope, norm)
        near = (x + ball.project(near - x, epsilon, norm)).clamp(*victim.bounds)
    return near
