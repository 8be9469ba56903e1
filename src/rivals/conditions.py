"""Conditions: what generator and critic are told besides latent and sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor, nn

from rivals import options
from rivals.errors import UsageError

if TYPE_CHECKING:
    from rivals.run import Run

Wanted: TypeAlias = int | Mapping[str, float] | None
"""What samples are asked to be: a class, or attributes by name; None for as the data are."""

SEEN = 4096
"""Rows of attributes that a game keeps, so that samples have them as the data do."""


class Condition(nn.Module):
    """What is known of a sample; networks get it as a second input, a term as `Pass.labels`.

    `rivals.nn.labels.code` makes numbers of it: labels (N,) become one-hot, rows of numbers (N, size) stay as they are.

    Attributes:
        field: of the source, where it stands beside each sample.
        size: numbers in a code.
        classes: how many labels there are; 0 where it is no label.
    """

    field: str
    size: int
    classes: int = 0

    def look(self, run: Run) -> None:
        """Learn from the data what samples are to be told; called once, before the first step."""

    def rows(self, i: Tensor, wanted: Wanted = None) -> Tensor:
        """Conditions of the samples with numbers i, int64 (n,).

        Raises:
            UsageError: for a wish that this condition does not know.
        """
        raise NotImplementedError


class Labels(Condition):
    """The class of a sample, int64 (N,).

    Args:
        classes: how many there are, at least 2.

    Raises:
        UsageError: for data without classes.
    """

    field = "label"

    def __init__(self, classes: int) -> None:
        super().__init__()
        if classes < 2:
            raise UsageError("a conditional recipe needs data with labels, and this has none")
        self.classes = self.size = classes

    def rows(self, i: Tensor, wanted: Wanted = None) -> Tensor:
        """Walks through the classes in turn, or the one that is wanted."""
        if wanted is None:
            return i % self.classes
        if not isinstance(wanted, int) or not 0 <= wanted < self.classes:
            raise UsageError(f"label {_spelled(wanted)} does not exist: this model has labels 0 to {self.classes - 1}")
        return torch.full_like(i, wanted)


class Attributes(Condition):
    """Facts of a sample, each a number, float32 (N, A), mostly 0 or 1.

    Args:
        names: of the facts, at least one.

    Raises:
        UsageError: for data without attributes.
    """

    field = "attribute"
    seen: Tensor
    kept: Tensor

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        if not names:
            raise UsageError("a recipe conditioned on attributes needs data with attributes, and this has none")
        self.names, self.size = tuple(names), len(names)
        self.register_buffer("seen", torch.zeros(SEEN, self.size))
        self.register_buffer("kept", torch.ones((), dtype=torch.long))

    def look(self, run: Run) -> None:
        """Keep the first rows of the data."""
        rows = run.examples(SEEN, self.field).float()
        self.seen[: len(rows)].copy_(rows)
        self.kept.fill_(len(rows))

    def rows(self, i: Tensor, wanted: Wanted = None) -> Tensor:
        """Rows of the data, with the attributes that are wanted set to their values."""
        found = self.seen[i % self.kept].clone()
        for name, value in self.asked(wanted).items():
            found[:, self.names.index(name)] = value
        return found

    def asked(self, wanted: Wanted) -> dict[str, float]:
        """What is wanted, checked.

        Raises:
            UsageError: for a class, or a name that there is not.
        """
        if wanted is None:
            return {}
        known = ", ".join(self.names)
        if not isinstance(wanted, Mapping):
            raise UsageError(f"label {wanted} does not exist: this model has attributes; say name=value of {known}")
        for name in wanted:
            if name not in self.names:
                raise UsageError(
                    f"there is no attribute '{name}'{options.did_you_mean(name, self.names) or ':'} there are {known}"
                )
        return {name: float(value) for name, value in wanted.items()}


def of(data: Any) -> Condition:
    """What a data set says of its samples: attributes where it has some, else labels.

    Args:
        data: a spec.

    Raises:
        UsageError: for data with neither.
    """
    names: tuple[str, ...] = getattr(data, "attributes", ())
    return Attributes(names) if names else Labels(getattr(data, "classes", 0))


def read(text: str | None) -> Wanted:
    """A wish as it is written: "3", or "smiling=1, glasses=0".

    Raises:
        UsageError: for anything else.
    """
    if text is None:
        return None
    try:
        if "=" not in text:
            return int(text)
        pairs = (part.partition("=") for part in text.split(","))
        return {name.strip(): float(value) for name, _, value in pairs}
    except ValueError:
        raise UsageError(f"a label is a number, or name=value with commas, not '{text}'") from None


def _spelled(wanted: Wanted) -> str:
    return ", ".join(wanted) if isinstance(wanted, Mapping) else str(wanted)
