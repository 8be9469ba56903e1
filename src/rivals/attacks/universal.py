"""One perturbation for all samples."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.attack import attack, fooled
from rivals.attacks.ball import Norm
from rivals.attacks.deepfool import deepfool
from rivals.attacks.victim import Victim


@attack("universal", "Moosavi-Dezfooli et al. 2016, arXiv:1610.08401", targeted=False)
def universal(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 0.1,
    norm: Norm = "inf",
    passes: int = 5,
    share: float = 0.8,
    group: int = 10,
) -> Tensor:
    """Samples of one call moved by one and the same perturbation, found on them; see `perturbation`.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: none.
        epsilon: ε of the perturbation, above 0.
        norm: inf or 2.
        passes: over the samples at most.
        share: of the samples that shall be fooled; it stops there.
        group: samples that are looked at together.
    """
    v = perturbation(victim, x, y, epsilon, norm, passes, share, group)
    return (x + v).clamp(*victim.bounds)


def perturbation(
    victim: Victim, x: Tensor, y: Tensor, epsilon: float, norm: Norm, passes: int = 5, share: float = 0.8,
    group: int = 10,
) -> Tensor:  # fmt: skip
    """V with ‖v‖ ≤ ε that fools the model on most samples: v ← Π(v + Δv), Δv the least that fools x_i + v; algorithm 1.

    Args:
        victim: the model.
        x: samples (N, ...); fooling is measured against what the model said of them.
        y: their labels (N,).
        epsilon, norm: of v.
        passes: over the samples at most.
        share: of samples that are fooled where it stops.
        group: samples whose least perturbations are taken together, in the mean.

    Returns:
        v, of one sample's shape.
    """
    said = victim.logits(x).argmax(1)
    v = torch.zeros_like(x[:1])
    for _ in range(passes):
        order = noise.uniform(len(x)).argsort().to(x.device)
        for at in order.split(group):
            here, own = (x[at] + v).clamp(*victim.bounds), said[at]
            left = ~fooled(victim.logits(here), own, None)
            if not left.any():
                continue
            made = deepfool(victim, here[left], own[left], norm=norm, steps=10)
            v = ball.project(v + (made - here[left]).mean(0, keepdim=True) * len(made) ** 0.5, epsilon, norm)
        if fooled(victim.logits((x + v).clamp(*victim.bounds)), said, None).float().mean() >= share:
            break
    return v[0]
