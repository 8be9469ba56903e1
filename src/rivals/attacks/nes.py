"""Gradients guessed from scores at random neighbours."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.attack import attack
from rivals.attacks.ball import Norm
from rivals.attacks.losses import margin
from rivals.attacks.victim import Victim


@attack("nes", "Ilyas et al. 2018, arXiv:1804.08598", white=False)
def nes(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    norm: Norm = "inf",
    steps: int = 100,
    step: float | None = None,
    pairs: int = 25,
    sigma: float = 0.01,
) -> Tensor:
    """Projected gradient ascent on ∇ ≈ mean of u (f(x + σu) - f(x - σu)) / 2σ over normal u; section 2.

    f is the margin of the logits. Who is fooled asks no more.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε, above 0.
        norm: of the ball.
        steps: how many, at least 1.
        step: of the ascent; by default ε / 10.
        pairs: of neighbours a step: two questions each, and one of whether it is done.
        sigma: σ, how far the neighbours are.
    """
    alpha = epsilon / 10 if step is None else step
    near = x.clone()
    left = torch.arange(len(x), device=x.device)
    for _ in range(steps):
        here, label, wanted = near[left], y[left], None if target is None else target[left]

        def gain(z: Tensor, label: Tensor = label, wanted: Tensor | None = wanted, rows: Tensor = left) -> Tensor:
            logits = victim.logits(z.clamp(*victim.bounds), rows)
            return margin(logits, label) if wanted is None else -margin(logits, wanted)

        slope = torch.zeros_like(here)
        for _ in range(pairs):
            u = noise.normal(*x.shape).to(x)[left]
            slope += ball.per_sample(gain(here + sigma * u) - gain(here - sigma * u), x) * u
        here = here + alpha * ball.steepest(slope, norm)
        here = (x[left] + ball.project(here - x[left], epsilon, norm)).clamp(*victim.bounds)
        near[left] = here
        left = left[gain(here) <= 0]
        if not len(left):
            break
    return near
