"""Claims that belong together as one table: recipes against the paper's figure, ours, and what was recorded beside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rivals.errors import UsageError
from rivals.metrics import intervals
from rivals.options import did_you_mean, listed

if TYPE_CHECKING:
    from rivals.benchmark.board import Row


def tables(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Heading -> its rows; headings and rows in the order of the board, rows without a heading in none."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.table:
            found.setdefault(row.table, []).append(row)
    return found


def find(rows: Sequence[Row], heading: str) -> list[Row]:
    """The rows of one table.

    Raises:
        UsageError: where no claim belongs to it.
    """
    found = tables(rows)
    if heading not in found:
        known = f"There are {listed(found)}" if found else "No claim belongs to any"
        raise UsageError(f"there is no table '{heading}'{did_you_mean(heading, found) or '.'} {known}")
    return found[heading]


def about(rows: Sequence[Row]) -> str:
    """On what data the rows of a table were measured; how that is smaller than the paper's, where it is so in all."""
    data, notes = dict.fromkeys(f"`{row.data}`" for row in rows), {row.note for row in rows}
    smaller = f" Smaller than the paper's: {rows[0].note}" if len(notes) == 1 and rows[0].note else ""
    return f"On {listed(data)}.{smaller}"


def lines(rows: Sequence[Row]) -> list[list[str]]:
    """Head and rows of one table as text.

    What is the same in all rows, the name of the metric, stands in the head; where rows differ in their data or metric
    they say so themselves.
    """
    metrics, data = {row.metric for row in rows}, {row.data for row in rows}
    names = list(dict.fromkeys(name for row in rows for name in row.also))
    measured = _plain(rows[0]) if len(metrics) == 1 else "ours"
    head = ["recipe", *["data"] * (len(data) > 1), "paper", measured, *names, "seeds", "verdict"]
    body = []
    for row, name in zip(rows, _names(rows), strict=True):
        figure = spelled(row) if len(metrics) == 1 else f"{_plain(row)} {spelled(row)}"
        line = [name, *[row.data] * (len(data) > 1), "" if row.paper is None else f"{row.paper:g}", figure]
        line += [_beside(row.also.get(each, [])) for each in names]
        body.append([*line, str(row.seeds or ""), f"{row.verdict}{', stale' * row.stale}"])
    return [head, *body]


def spelled(row: Row) -> str:
    """Ours with its interval; a dash where there is none."""
    if row.ours is None:
        return "–"
    return f"{row.ours:.4g}" if row.low is None else f"{row.ours:.4g} [{row.low:.4g}, {row.high:.4g}]"


def _plain(row: Row) -> str:
    return row.metric.removeprefix("measure:")


def _names(rows: Sequence[Row]) -> list[str]:
    """Recipes, with the options in which their claims differ; with the claim where those do not tell them apart."""
    told = []
    for row in rows:
        others = [each for each in rows if each.recipe == row.recipe]
        keys = dict.fromkeys(key for each in others for key in each.options)
        differ = [key for key in keys if len({json.dumps(each.options.get(key)) for each in others}) > 1]
        told.append(", ".join([row.recipe, *(f"{key}={row.options[key]}" for key in differ if key in row.options)]))
    return [f"{name}, {row.claim}" if told.count(name) > 1 else name for row, name in zip(rows, told, strict=True)]


def _beside(values: Sequence[float]) -> str:
    """Mean ± half the 95 % interval over seeds; a dash for no figure."""
    if not values:
        return "–"
    found = intervals.over_seeds(values)
    return f"{found.mean:.3g} ± {found.high - found.mean:.2g}" if found.known else f"{found.mean:.3g}"
