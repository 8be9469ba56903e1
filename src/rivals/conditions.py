"""Conditions: what generator and critic are told besides latent and sample."""

from __future__ import annotations

from dataclasses import dataclass

from rivals.errors import UsageError


@dataclass(frozen=True)
class Labels:
    """The class of a sample, int64 (N,), drawn with it and given to both networks as a second input.

    Args:
        classes: how many there are, at least 2.

    Raises:
        UsageError: for data without classes.
    """

    classes: int

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise UsageError("a conditional recipe needs data with labels, and this has none")
