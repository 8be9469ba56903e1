"""How many weights a game may have on this machine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rivals.errors import UsageError

BYTES = 16
"""Of a weight in training: itself, its gradient and two moments."""


@contextmanager
def bounded() -> Iterator[None]:
    """Refuse weights that are empty, or more than this machine can train, before memory is taken for them."""
    from torch.nn.modules.module import register_module_parameter_registration_hook
    from torch.nn.parameter import UninitializedParameter

    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // BYTES
    count, empty = 0, []

    def add(module: Any, name: str, parameter: Any) -> None:
        nonlocal count
        if parameter is None or isinstance(parameter, UninitializedParameter):
            return
        if not parameter.numel():
            empty.append(f"a {type(module).__name__}'s {name} would have the shape {tuple(parameter.shape)}")
        count += parameter.numel()
        if count > most:
            raise UsageError(
                f"it would have more than the {most:,} weights that fit in this memory: give smaller sizes"
            )

    hook = register_module_parameter_registration_hook(add)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Initializing zero-element")
            yield
    finally:
        hook.remove()
    if empty:  # told last: what a recipe says of it itself is closer
        raise UsageError(f"{empty[0]}: give sizes of at least 1")
