"""Latents that are searched for, one for each sample."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def nearest(z: Tensor, apart: Callable[[Tensor], Tensor], updates: int, step_size: float) -> Tensor:
    """Latents (N, L) after Adam's steps down a loss; each depends on its own sample alone.

    Args:
        z: where they begin.
        apart: latents -> a loss of each, (N, ...), that knows no other.
        updates, step_size: how many steps, and how long.
    """
    with torch.enable_grad():
        z = z.detach().clone().requires_grad_()
        optimizer = torch.optim.Adam([z], step_size)
        for _ in range(updates):
            (z.grad,) = torch.autograd.grad(apart(z).sum(), [z])
            optimizer.step()
    return z.detach()
