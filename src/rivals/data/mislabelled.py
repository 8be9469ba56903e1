"""Wrong labels: a training set some of whose labels are another class's."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.data.sources import Arrays, Source
from rivals.errors import UsageError

ENDLESS = 20_000
"""How many samples are taken where data have no end."""


def mislabelled(source: Source, share: float, which: int = 0) -> Arrays:
    """The same samples, a share of them with the label of another class, each other one as likely; test stays right.

    A sample keeps its label, right or wrong, for good.

    Args:
        source: with a field "label".
        share: of labels that are wrong, in expectation, in [0, 1].
        which: a number, of which the wrong ones are a function.

    Raises:
        UsageError: for data without labels, or another share.
    """
    classes = getattr(source.spec, "classes", 0)
    if "label" not in source.fields or classes < 2:
        raise UsageError(f"labels are made wrong where there are at least 2 classes, and '{source.name}' has fewer")
    if not 0 <= share <= 1:
        raise UsageError(f"the share of wrong labels must be in [0, 1], not {share}")
    label = source.first("label", source.size or ENDLESS)
    fields = {source.main: source.first(source.main, len(label)), "label": wrong(label, classes, share, which)}
    return Arrays(source.spec, fields, test=source.test, truth=source.truth, name=source.name)


def wrong(label: Tensor, classes: int, share: float, which: int) -> Tensor:
    """Labels (N,), a share of which has moved on by 1 to classes - 1 places."""
    generator = torch.Generator().manual_seed(noise.key("mislabelled", which))
    moved = torch.rand(len(label), generator=generator) < share
    places = torch.randint(1, classes, (len(label),), generator=generator)
    return (label + places * moved) % classes
