"""Few labels: a second stream of labelled samples beside the data, for semi-supervised games."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rivals import noise
from rivals.data.sources import FEW, Arrays, Source
from rivals.errors import UsageError

ENDLESS = 100
"""From how many times as many samples labels are taken, where data have no end."""


class FewLabels(Source):
    """A source, and beside it a balanced subset of it with labels that is drawn as a stream of its own.

    Args:
        source: with a field "label".
        labels: how many labelled samples; the first classes have one more where they do not come out even.
        subset: which; a number, of which the subset is a function.

    Raises:
        UsageError: for data without labels, or a number of labels that they cannot give.
    """

    def __init__(self, source: Source, labels: int, subset: int = 0) -> None:
        if "label" not in source.fields:
            raise UsageError(f"learning from a few labels needs data with labels, and '{source.name}' has none")
        self._whole = source
        self.spec, self.main, self.fields = source.spec, source.main, (*source.fields, *FEW)
        self.test, self.truth, self.name, self.found = source.test, source.truth, source.name, source.found
        known = source.first("label", source.size or ENDLESS * labels)
        rows = balanced(known, labels, subset)
        x = source.first(source.main, len(known))[rows]
        self._few = Arrays(source.spec, dict(zip(FEW, (x, known[rows]), strict=True)), name=source.name)

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """See `Source.draw`."""
        return self._of(fields).draw(fields, seed=seed, start=start, size=size)

    def first(self, field: str, n: int) -> Tensor:
        """See `Source.first`."""
        return self._of([field]).first(field, n)

    def stream(self, fields: Sequence[str]) -> str:
        """See `Source.stream`."""
        return FEW[0] if self._of(fields) is self._few else self._whole.stream(fields)

    @property
    def size(self) -> int | None:
        """See `Source.size`."""
        return self._whole.size

    def fingerprint(self) -> str:
        """Of the whole data: the subset is a function of the game's options."""
        return self._whole.fingerprint()

    def _of(self, fields: Sequence[str]) -> Source:
        return self._few if set(fields) <= set(FEW) else self._whole


def balanced(labels: Tensor, n: int, subset: int = 0) -> Tensor:
    """Rows of n samples, as many of each class as can be, in a random order that `subset` fixes.

    Args:
        labels: of all samples, int64 (N,).
        n: how many, at least one of each class.
        subset: which draw.

    Raises:
        UsageError: for fewer than the classes, or more of a class than there are.
    """
    classes = labels.unique().tolist()
    if n < len(classes):
        raise UsageError(f"{n} labels are fewer than the {len(classes)} classes: give at least one of each")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(noise.key("few labels", subset)))
    rows = []
    for i, one in enumerate(classes):
        mine, wanted = order[labels[order] == one], n // len(classes) + (i < n % len(classes))
        if len(mine) < wanted:
            raise UsageError(f"class {one} has {len(mine)} samples, and {n} labels would take {wanted}: ask for fewer")
        rows.append(mine[:wanted])
    return torch.cat(rows)


def only(source: Source, label: int) -> Source:
    """The samples of a source with one label; its held-out part as it is.

    Raises:
        UsageError: for data without labels, or without this one.
    """
    if "label" not in source.fields:
        raise UsageError(f"a normal class needs data with labels, and '{source.name}' has none: leave normal out")
    known = source.first("label", source.size or 100 * ENDLESS)
    rows = known == label
    if not rows.any():
        raise UsageError(f"no sample of '{source.name}' has label {label}: give a normal class that there is")
    fields = {name: source.first(name, len(known))[rows] for name in source.fields}
    return Arrays(source.spec, fields, test=source.test, truth=source.truth, name=source.name)
