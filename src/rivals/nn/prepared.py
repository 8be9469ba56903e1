"""Layers that look at one batch before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


class Prepared(nn.Module):
    """A layer that looks at one batch of its inputs before training, and keeps what it learns from it as its state."""

    def look(self, x: Tensor) -> None:
        """Look at what the layer is about to be given, (N, ...)."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it looks at")


def wanted(module: nn.Module) -> bool:
    """Whether a module holds layers that want to look."""
    return any(isinstance(layer, Prepared) for layer in module.modules())


@contextmanager
def looking(module: nn.Module) -> Iterator[None]:
    """Inside, each such layer looks at its input before it computes, so that the next one sees what it then gives."""

    def look(layer: nn.Module, given: tuple[Any, ...]) -> None:
        assert isinstance(layer, Prepared)
        layer.look(given[0])

    hooks = [m.register_forward_pre_hook(look) for m in module.modules() if isinstance(m, Prepared)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
