"""Cheap fixed features, on which samples of any kind are compared while a game trains."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from rivals.data import specs
from rivals.data.specs import Array, Images, Points, Spec, Tokens

Features: TypeAlias = Callable[[Tensor], Tensor]

SIDE = 8
"""Pictures are averaged down to this side: enough to tell digits apart, and cheap."""

MOST = 256
"""Numbers in a feature; what has more is put on fixed random directions, which keep distances up to a few per cent."""


def features_of(spec: Spec) -> Features | None:
    """Samples (N, ...) of a spec -> float32 (N, D) with D at most `MOST`; None for kinds without a plain sample.

    Points are taken as they are, pictures are averaged down, symbols stand for fixed random vectors, and everything
    else is flattened.
    """
    make = specs.lookup(FEATURES, spec)
    return make(spec) if make else None


def _flat(size: int) -> Features:
    if size <= MOST:
        return lambda x: x.flatten(1).float()
    directions = _random(size, MOST) / math.sqrt(MOST)
    return lambda x: x.flatten(1).float() @ directions.to(x.device)


def _arrays(spec: Spec) -> Features:
    return _flat(math.prod(spec.shape))


def _pictures(spec: Spec) -> Features:
    channels, height, width = spec.shape
    sides = min(SIDE, height), min(SIDE, width)
    flat = _flat(channels * math.prod(sides))
    return lambda x: flat(torch.nn.functional.adaptive_avg_pool2d(x.float(), sides))


def _symbols(spec: Spec) -> Features:
    assert isinstance(spec, Tokens)
    table = _random(spec.vocabulary, 16)
    flat = _flat(spec.length * 16)
    return lambda x: flat(table.to(x.device)[x.long()])


def _random(rows: int, columns: int) -> Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))


FEATURES: dict[type, Callable[[Spec], Features]] = {
    Points: _arrays,
    Images: _pictures,
    Array: _arrays,
    Tokens: _symbols,
}
"""Kind of data -> how its features are made; kinds below a kind inherit."""
