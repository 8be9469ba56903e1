"""Sets that are drawn once: shuffled, a tenth held out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from rivals.data.arrays import divided, tensor
from rivals.data.readers.plain import shuffled
from rivals.data.sources import Arrays, Bad, Found
from rivals.data.specs import Spec
from rivals.errors import UsageError

MOST = 200_000
"""Pictures in a set that is drawn once."""


def fixed(
    name: str, spec: Spec, fields: Mapping[str, np.ndarray], facts: Mapping[str, str], bad: tuple[Bad, ...] = ()
) -> Arrays:
    """A finite source of arrays (N, ...), split in an order that is always the same."""
    tensors = {k: tensor(v) for k, v in fields.items()}
    n = len(next(iter(tensors.values())))
    train, test = map(torch.from_numpy, shuffled(n))
    source = divided(spec, tensors, dict.fromkeys(tensors, train), dict.fromkeys(tensors, test), name=name)
    source.found = Found({**facts, "held out": f"{len(test):,} of {n:,}"}, list(bad))
    return source


def within(name: str, **limits: tuple[float, float, float]) -> None:
    """Refuse options outside their limits, each (value, least, most).

    Raises:
        UsageError: naming the option and its limits.
    """
    for option, (value, least, most) in limits.items():
        if not least <= value <= most:
            raise UsageError(f"{name}: option '{option}' must be from {least:,} to {most:,}, not {value:,}")
