"""Samples that are made on one model and shown to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rivals.attacks.attack import ATTACKS
from rivals.attacks.losses import fooled
from rivals.attacks.victim import Victim
from rivals.errors import RivalsError, UsageError


class Ensemble(nn.Module):
    """Log of the mean probability that models give a class. Liu et al. 2016, arXiv:1611.02770, section 5.

    Args:
        members: samples (N, ...) -> logits (N, K), at least one.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """Samples (N, ...) -> log probabilities (N, K)."""
        every = torch.stack([member(x).log_softmax(1) for member in self.members])
        mean: Tensor = every.logsumexp(0) - torch.tensor(float(len(every))).log()
        return mean


@dataclass(frozen=True)
class Transfer:
    """How samples that are made on one model fool others.

    Attributes:
        sources, judges: names of the models that samples are made on, and of those that they are shown to.
        fooled: share of the samples made on a source (row) that a judge (column) names as is wanted.
        samples: how many: those that every judge names rightly before.
    """

    sources: tuple[str, ...]
    judges: tuple[str, ...]
    fooled: Tensor
    samples: int

    def lines(self) -> list[str]:
        """The matrix as text."""
        width = max(map(len, (*self.sources, *self.judges, "made on")))
        told = [f"{'made on':<{width}}  " + "  ".join(f"{name:>{width}}" for name in self.judges)]
        for name, row in zip(self.sources, self.fooled.tolist(), strict=True):
            told.append(f"{name:<{width}}  " + "  ".join(f"{share:>{width}.1%}" for share in row))
        return told

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "sources": self.sources, "judges": self.judges, "fooled": self.fooled.tolist(), "samples": self.samples
        }  # fmt: skip


def transfer(
    sources: Mapping[str, nn.Module | Victim],
    judges: Mapping[str, nn.Module | Victim],
    x: Tensor,
    y: Tensor,
    method: str = "pgd",
    *,
    target: int | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    seed: int = 0,
    **options: Any,
) -> Transfer:
    """Attack each source, and show what comes of it to each judge; the matrix of Liu et al. 2016, 1611.02770, table 2.

    Args:
        sources, judges: name -> model, samples (N, ...) -> logits (N, K).
        x, y: samples and labels (N,); only those count that every judge names rightly.
        method: a name of `rivals.attacks.ATTACKS`.
        target: the class that all shall be named; samples of it are left out.
        bounds: of the samples' numbers.
        seed: of the attack.
        **options: of the attack.

    Raises:
        UsageError: for a method that is not known.
        RivalsError: where no sample is named rightly by all.
    """
    if method not in ATTACKS:
        raise UsageError(f"there is no attack '{method}': there are {', '.join(ATTACKS)}")
    seen = {name: each if isinstance(each, Victim) else Victim(each, bounds) for name, each in judges.items()}
    right = ~torch.stack([_fooled(judge, x, y, None) for judge in seen.values()]).any(0)
    if target is not None:
        right &= y != target
    if not right.any():
        raise RivalsError("no sample is named rightly by every model, so nothing can be said of what fools them")
    x, y = x[right], y[right]
    wanted = None if target is None else torch.full_like(y, target)
    rows = []
    for source in sources.values():
        made = ATTACKS[method].function(source, x, y, target, bounds=bounds, seed=seed, **options)
        rows.append(torch.stack([_fooled(judge, made, y, wanted).double().mean() for judge in seen.values()]))
    return Transfer(tuple(sources), tuple(judges), torch.stack(rows), len(x))


def _fooled(victim: Victim, x: Tensor, y: Tensor, target: Tensor | None) -> Tensor:
    with victim.still():
        logits = torch.cat([victim.logits(part.to(victim.device)).cpu() for part in x.split(250)])
    return fooled(logits, y.cpu(), None if target is None else target.cpu())
