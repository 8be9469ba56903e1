"""The smallest perturbation by an optimiser, in coordinates that know no bounds."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.attacks.attack import attack, fooled
from rivals.attacks.losses import margin
from rivals.attacks.victim import Victim


@attack("cw", "Carlini & Wagner 2016, arXiv:1608.04644", minimal=True)
def cw(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    steps: int = 1000,
    searches: int = 9,
    confidence: float = 0.0,
    rate: float = 0.01,
    first: float = 1e-2,
) -> Tensor:
    """The shortest perturbation (norm 2) that changes the class; section V.A, and the binary search of c.

    min over w of ‖δ‖² + c · max(z_y - max over i ≠ y of z_i, -κ), by Adam, where x + δ is tanh(w) brought into the
    bounds; c is searched between those that succeed and those that fail. Whom it cannot fool stays as it is.

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        steps: of Adam in each search, fewer where it no longer gains.
        searches: of c, at least 1.
        confidence: κ, by how much another logit must be above.
        rate: Adam's.
        first: c of the first search.
    """
    low, high = victim.bounds
    middle, half = (high + low) / 2, (high - low) / 2
    origin = torch.atanh(((x - middle) / half).clamp(-1 + 1e-4, 1 - 1e-4))
    below, above = torch.zeros(len(x)).to(x), torch.full((len(x),), torch.inf).to(x)
    c = torch.full((len(x),), first).to(x)
    best, length = x.clone(), torch.full((len(x),), torch.inf).to(x)

    def wrong(logits: Tensor) -> Tensor:
        """At most -κ where the attack has what it wants, (N,)."""
        return -margin(logits, y) if target is None else margin(logits, target)

    for _ in range(searches):
        w = origin.clone().requires_grad_()
        optimizer = torch.optim.Adam([w], rate)
        met = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        before = torch.inf
        for i in range(steps):
            with torch.enable_grad():
                made = middle + half * w.tanh()
                logits = victim.logits(made)
                distance = (made - x).flatten(1).square().sum(1)
                loss = distance + c * wrong(logits).clamp_min(-confidence)
                (w.grad,) = torch.autograd.grad(loss.sum(), w)
            good = wrong(logits) <= -confidence if confidence else fooled(logits, y, target)
            shorter = good & (distance < length)
            best[shorter], length[shorter] = made.detach()[shorter], distance.detach()[shorter]
            met |= good
            optimizer.step()
            if i % max(1, steps // 10) == 0:
                now = loss.detach().sum().item()
                if now > 0.9999 * before:
                    break
                before = now
        above = torch.where(met, torch.minimum(above, c), above)
        below = torch.where(met, below, torch.maximum(below, c))
        c = torch.where(above.isinf(), 10 * c, (below + above) / 2)
    return best
