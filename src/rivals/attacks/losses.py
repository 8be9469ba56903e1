"""What attacks climb: functions of logits (N, K) and the class that is to be left, or reached, (N,) -> (N,)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.errors import UsageError


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """-log p(y | x)."""
    return F.cross_entropy(logits, y, reduction="none")


def margin(logits: Tensor, y: Tensor) -> Tensor:
    """Max over i ≠ y of z_i - z_y: above 0 where the sample is not named y."""
    own = logits.gather(1, y[:, None])[:, 0]
    others = logits.scatter(1, y[:, None], -torch.inf).amax(1)
    return others - own


def lacking(logits: Tensor, y: Tensor, target: int | None = None, confidence: float = 0.0) -> Tensor:
    """By how much the wanted outcome is short of leading by κ, max(0, κ - lead). Carlini & Wagner 2016, 1608.04644.

    The lead is that of any class over y, or of the target over all others; 0 is reached and not passed.
    """
    lead = margin(logits, y) if target is None else -margin(logits, torch.full_like(y, target))
    return (confidence - lead).clamp_min(0.0)


def dlr(logits: Tensor, y: Tensor) -> Tensor:
    """(max over i ≠ y of z_i - z_y) / (z_π1 - z_π3), π from large to small. Croce & Hein 2020, 2003.01690, section 4.

    The scale of the logits falls out, so a confident model has gradients, too. Of two classes the margin is taken.
    """
    if logits.shape[1] < 3:
        return margin(logits, y)
    ordered = logits.sort(dim=1, descending=True).values
    return margin(logits, y) / (ordered[:, 0] - ordered[:, 2] + 1e-12)


def targeted_dlr(logits: Tensor, y: Tensor, target: Tensor) -> Tensor:
    """(z_t - z_y) / (z_π1 - (z_π3 + z_π4) / 2). The same, section 4; of fewer than four classes z_t - z_y."""
    own, wanted = (logits.gather(1, c[:, None])[:, 0] for c in (y, target))
    if logits.shape[1] < 4:
        return wanted - own
    ordered = logits.sort(dim=1, descending=True).values
    return (wanted - own) / (ordered[:, 0] - (ordered[:, 2] + ordered[:, 3]) / 2 + 1e-12)


def targeted_cross_entropy(logits: Tensor, y: Tensor, target: Tensor) -> Tensor:
    """Log p(t | x)."""
    return -cross_entropy(logits, target)


def targeted_margin(logits: Tensor, y: Tensor, target: Tensor) -> Tensor:
    """z_t - max over i ≠ t of z_i."""
    return -margin(logits, target)


Name: TypeAlias = Literal["ce", "cw", "dlr"]
"""Cross-entropy; the margin of the logits, as Carlini & Wagner 2016 (1608.04644, f_6) have it; their ratio."""

CLIMBED: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor, Tensor, Tensor], Tensor]]] = {
    "ce": (cross_entropy, targeted_cross_entropy),
    "cw": (margin, targeted_margin),
    "dlr": (dlr, targeted_dlr),
}
"""Name -> what is climbed away from a class, and towards another one."""


@dataclass(frozen=True)
class Aim:
    """What an attack wants of a batch.

    Attributes:
        y: the classes to be left, (N,).
        target: those to be reached; None for any but y.
        loss: cross-entropy, the margin, or the difference of logits' ratio.
        anywhere: whether a sample with a target is done as soon as it is not named y.

    Raises:
        UsageError: for another loss.
    """

    y: Tensor
    target: Tensor | None = None
    loss: Name = "ce"
    anywhere: bool = False

    def __post_init__(self) -> None:
        if self.loss not in CLIMBED:
            raise UsageError(f"there is no loss '{self.loss}' to climb: take {', '.join(CLIMBED)}")

    def climbed(self, logits: Tensor) -> Tensor:
        """What is to grow, (N,)."""
        away, towards = CLIMBED[self.loss]
        return away(logits, self.y) if self.target is None else towards(logits, self.y, self.target)

    def met(self, logits: Tensor) -> Tensor:
        """Who is named as is wanted, boolean (N,)."""
        named = logits.argmax(1)
        return named != self.y if self.target is None or self.anywhere else named == self.target


def fooled(logits: Tensor, y: Tensor, target: Tensor | None) -> Tensor:
    """Whether samples are named as the attack wants them: not y, or the target; boolean (N,)."""
    named = logits.argmax(1)
    return named != y if target is None else named == target
