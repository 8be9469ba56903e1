"""Few samples: the beginning of a training set, with all that is held out."""

from __future__ import annotations

from rivals.data.sources import Arrays, Found, Source
from rivals.errors import UsageError


def few(source: Source, first: int) -> Arrays:
    """The first samples of a training set in its own order; what is held out stays whole.

    Args:
        source: finite or endless, of any fields.
        first: how many, at least 1 and at most as many as there are.

    Raises:
        UsageError: for another number.
    """
    if first < 1 or (source.size is not None and first > source.size):
        most = "" if source.size is None else f" and at most {source.size:,}"
        raise UsageError(f"'{source.name}': first must be at least 1{most}, not {first:,}")
    fields = {name: source.first(name, first).clone() for name in source.fields}
    groups = {name: source.stream([name]) for name in fields}
    part = Arrays(source.spec, fields, groups=groups, test=source.test, truth=source.truth, name=source.name)
    found = source.found or Found()
    part.found = Found(found.facts | {"training": f"the first {first:,} samples"}, found.bad)
    return part
