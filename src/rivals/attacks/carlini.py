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
        steps: of Adam in each search, fewer for a sample whose loss falls no longer.
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

    def asked(which: Tensor) -> tuple[Tensor, Tensor | None]:
        """Labels, and classes that are wanted, of some samples."""
        return y[which], None if target is None else target[which]

    def wrong(logits: Tensor, which: Tensor) -> Tensor:
        """At most -κ where the attack has what it wants, (N,)."""
        label, wanted = asked(which)
        return -margin(logits, label) if wanted is None else margin(logits, wanted)

    for _ in range(searches):
        w = origin.clone().requires_grad_()
        optimizer = torch.optim.Adam([w], rate)
        met = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        lowest, before = torch.full_like(length, torch.inf), torch.full_like(length, torch.inf)
        live = torch.arange(len(x), device=x.device)
        for i in range(steps):
            with torch.enable_grad():
                made = middle + half * w[live].tanh()
                logits = victim.logits(made)
                distance = (made - x[live]).flatten(1).square().sum(1)
                margins = wrong(logits, live)
                loss = distance + c[live] * margins.clamp_min(-confidence)
                (w.grad,) = torch.autograd.grad(loss.sum(), w)
            victim.gradients += len(live)
            good = margins <= -confidence if confidence else fooled(logits, *asked(live))
            shorter = good & (distance < length[live])
            found = live[shorter]
            best[found], length[found] = made.detach()[shorter], distance.detach()[shorter]
            met[live] |= good
            optimizer.step()
            lowest[live] = torch.minimum(lowest[live], loss.detach())
            if i % max(1, steps // 10) == 0:
                live = live[lowest[live] <= 0.9999 * before[live]]
                before.copy_(lowest)
                if not len(live):
                    break
        above = torch.where(met, torch.minimum(above, c), above)
        below = torch.where(met, below, torch.maximum(below, c))
        c = torch.where(above.isinf(), 10 * c, (below + above) / 2)
    return best
