"""A memory of what was seen, as a mixture on the sphere whose components are slots."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise

STARVED = 0.05
"""A slot with less than this share of its side's average mass is placed anew."""


class Memory(nn.Module):
    """Slots with a key on the unit sphere, a value and a mass: p(x | i) ∝ exp(κ K_i·q), p(i) ∝ h_i + β h̄.

    After Kim et al. 2018, arXiv:1803.01500, section 3.1. One half of the slots stands for reals, the other for fakes.

    Args:
        slots: M, even.
        features: numbers in a key and in a query.
        concentration: κ of the von Mises-Fisher distributions.
        keep: what is left of all masses after an update, in (0, 1).
        smooth: β, of the mean mass, above 0; the larger, the more alike slots are used.
    """

    keys: Tensor
    masses: Tensor

    def __init__(self, slots: int, features: int, concentration: float, keep: float, smooth: float) -> None:
        super().__init__()
        self.concentration, self.keep, self.smooth, self.side = concentration, keep, smooth, slots // 2
        self.register_buffer("keys", F.normalize(torch.randn(slots, features), dim=1))
        self.register_buffer("masses", torch.ones(slots))

    @property
    def prior(self) -> Tensor:
        """p(i) up to a factor, (M,)."""
        return self.masses + self.smooth * self.masses.mean()

    def scores(self, q: Tensor) -> Tensor:
        """Log of p(x, i) up to a constant: unit queries (N, F) -> (N, M), the slots of reals first."""
        scores: Tensor = self.concentration * q @ self.keys.T + self.prior.log()
        return scores

    def logit(self, q: Tensor) -> Tensor:
        """Log P(real | x) - log P(fake | x) over all slots, (N,)."""
        real, fake = self.scores(q).split(self.side, 1)
        logit: Tensor = real.logsumexp(1) - fake.logsumexp(1)
        return logit

    def draw(self, n: int) -> Tensor:
        """Slots of reals, drawn by p(i), (n,)."""
        return noise.choice(self.prior[: self.side], n)

    def seen(self, real: Tensor, fake: Tensor) -> Tensor:
        """What each sample says to each slot of its side: posterior and posterior times query, (N, M, 1 + F)."""
        found = []
        for side, q in enumerate((real, fake)):
            posterior = self.scores(q).split(self.side, 1)[side].softmax(1)[:, :, None]
            found.append(torch.cat([posterior, posterior * q[:, None]], 2))
        return torch.cat(found, 1)

    @torch.no_grad()
    def learnt(self, seen: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """Keys and masses after a step of incremental EM, as new tensors.

        h' = c h + Σ γ, K' ∝ c h K + Σ γ q. A starved slot moves beside the heaviest of its side and takes half of it.

        Args:
            seen: the mean of `seen` over n samples of each side, (M, 1 + F).
            n: how many those are.
        """
        old, gained = self.keep * self.masses, n * seen
        masses = old + gained[:, 0]
        keys = F.normalize(old[:, None] * self.keys + gained[:, 1:], dim=1)
        for mass, key in zip(masses.split(self.side), keys.split(self.side), strict=True):
            least, most = mass.argmin(), mass.argmax()
            starved = mass[least] < STARVED * mass.mean()
            shared = torch.stack([least, most])
            moved = F.normalize(key[most] + 0.1 * key[least], dim=0)
            key[least] = torch.where(starved, moved, key[least])
            mass[shared] = torch.where(starved, mass[most] / 2, mass[shared])
        return keys, masses
