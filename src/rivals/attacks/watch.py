"""How many questions each sample took until an attack that only asks had what it wants."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.attacks import ball
from rivals.attacks.ball import Norm
from rivals.attacks.losses import fooled
from rivals.errors import RivalsError


class Watch:
    """Counts questions sample by sample, and keeps at which of them a sample was first named as is wanted.

    Args:
        within: largest norm of a perturbation that counts as success; None counts every one.
        norm: of it.
    """

    def __init__(self, within: float | None = None, norm: Norm = "inf") -> None:
        self.within, self.norm = within, norm
        self.batches: list[Tensor] = []

    def begin(self, x: Tensor, y: Tensor, target: Tensor | None) -> None:
        """The next batch: samples (N, ...), labels (N,), and the classes that are wanted."""
        self._x, self._y, self._target = x, y, target
        self._asked = torch.zeros(len(x), dtype=torch.long, device=x.device)
        self.batches.append(torch.zeros_like(self._asked))

    def note(self, x: Tensor, logits: Tensor, rows: Tensor | None) -> None:
        """One question each.

        Args:
            x: what was asked (M, ...).
            logits: the answers (M, K).
            rows: of the batch, (M,); None for all of it in order.

        Raises:
            RivalsError: where the attack does not say of which samples it asks.
        """
        if rows is None:
            if len(x) != len(self._x):
                raise RivalsError("this attack does not say of which samples it asks, so nothing can be counted")
            rows = torch.arange(len(x), device=x.device)
        self._asked[rows] += 1
        target = None if self._target is None else self._target[rows]
        won = fooled(logits, self._y[rows], target)
        if self.within is not None:  # room for the last digit of a projection
            won &= ball.size(x - self._x[rows], self.norm) <= self.within * (1 + 1e-5)
        first = self.batches[-1]
        new = rows[won & (first[rows] == 0)]
        first[new] = self._asked[new]

    @property
    def first(self) -> Tensor:
        """The number of the question that first succeeded, int64 (N,); 0 where none did."""
        return torch.cat(self.batches).cpu()
