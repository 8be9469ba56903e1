"""A history of fakes for the critic."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals import noise, processes


class Pool(nn.Module):
    """Show the critic old fakes among the new ones. Shrivastava et al. 2016, arXiv:1612.07828, section 2.3.

    Until `size` samples are kept, each sample is kept and passed on. After that, each one is passed on with
    probability ½, and else changes places with a random kept one (Zhu et al. 2017, arXiv:1703.10593, the released
    code). Samples are treated in their order: a later one of the same batch may draw an earlier one.

    Args:
        size: how many are kept; 0 passes everything on.
        shape: of one sample.
    """

    kept: Tensor
    count: Tensor

    def __init__(self, size: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("kept", torch.zeros(size, *shape))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """Fakes (N, ...) -> detached fakes (N, ...), old and new."""
        if not self.size:
            return x.detach()
        mine, x = x, processes.joint(x.detach())  # every process keeps the same pool, that of the whole batch
        n = len(x)
        uniform, slots = noise.uniform(len(mine)), noise.integers(len(mine), self.size)
        order = torch.arange(n, device=x.device)
        filling = self.count + order < self.size
        swapping = ~filling & (processes.joint(uniform).to(x.device) < 0.5)
        slot = torch.where(filling, self.count + order, processes.joint(slots).to(x.device))
        # no loop and no host sync: writers[i, k] is the number (from 1) of the last sample up to i put in slot k
        written = (slot[:, None] == torch.arange(self.size, device=x.device)) & (filling | swapping)[:, None]
        writers = torch.where(written, order[:, None] + 1, 0).cummax(0).values
        before = torch.cat([torch.zeros_like(writers[:1]), writers[:-1]]).gather(1, slot[:, None])[:, 0]
        old = torch.where(_as(before > 0, x), x[before - 1], self.kept[slot])
        self.kept.copy_(torch.where(_as(writers[-1] > 0, x), x[writers[-1] - 1], self.kept))
        self.count.add_(n).clamp_(max=self.size)
        return torch.where(_as(swapping, x), old, x).view(-1, *mine.shape)[processes.rank()]


def _as(mask: Tensor, x: Tensor) -> Tensor:
    return mask.view(-1, *[1] * (x.dim() - 1))
