"""Random numbers that do not depend on how a batch is split.

Everything random that belongs to a *sample* (a latent vector, an interpolation weight, a reparametrisation) is drawn
here: for the whole batch, from one generator, of which each shard takes its slice. So four microbatches, or four
processes, see the numbers that one large batch would have seen. What is drawn from torch's global state instead
(dropout, say) is still random, but not the same under another split.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class Noise:
    """Where draws come from: a generator (None: torch's global state), a device, and which slice is ours."""

    generator: torch.Generator | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    index: int = 0
    count: int = 1

    def slice(self, whole: Tensor) -> Tensor:
        """This shard's part of a tensor drawn for the whole batch: (count * N, ...) -> (N, ...)."""
        n = len(whole) // self.count
        return whole[self.index * n : (self.index + 1) * n]


current: ContextVar[Noise | None] = ContextVar("noise", default=None)


def _noise() -> Noise:
    return current.get() or Noise()


def normal(n: int, *shape: int) -> Tensor:
    """Standard normal numbers, (n, *shape)."""
    s = _noise()
    return s.slice(torch.randn(n * s.count, *shape, generator=s.generator, device=s.device))


def uniform(n: int, *shape: int) -> Tensor:
    """Uniform numbers in [0, 1), (n, *shape)."""
    s = _noise()
    return s.slice(torch.rand(n * s.count, *shape, generator=s.generator, device=s.device))


def integers(n: int, high: int) -> Tensor:
    """Uniform integers in {0, ..., high - 1}, (n,)."""
    s = _noise()
    return s.slice(torch.randint(high, (n * s.count,), generator=s.generator, device=s.device))


def choice(probabilities: Tensor, n: int) -> Tensor:
    """N indices drawn with replacement by unnormalised weights (K,): (n,).

    The cumulative sum is searched for uniform numbers, so weights on another device, or a longer list of them, cost
    nothing special; a weight of zero is never drawn.
    """
    edges = probabilities.double().cumsum(0)
    at = uniform(n).to(edges) * edges[-1]
    return torch.searchsorted(edges, at, right=True).clamp_max(len(edges) - 1)


def key(*parts: object) -> int:
    """A 63-bit seed from any printable parts, the same on every machine and in every process."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


@contextmanager
def seeded(device: torch.device, *parts: object) -> Iterator[None]:
    """Inside, every draw is a function of `parts` alone; outside, no random state has moved."""
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        _seed(key(*parts), device)
        token = current.set(Noise(device=device))
        try:
            yield
        finally:
            current.reset(token)


def _seed(value: int, device: torch.device) -> None:
    """Seed the processor and one device; `torch.manual_seed` asks for every backend, which costs 5 ms."""
    torch.default_generator.manual_seed(value)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(value)
    elif device.type == "mps":
        torch.mps.manual_seed(value)
