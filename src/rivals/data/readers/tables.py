"""Tables with typed columns, and plain numbers."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from rivals.data.arrays import labelled, labels_of
from rivals.data.readers.plain import arrays_of, needed, shuffled, some, text_of
from rivals.data.sources import Arrays, Bad, Found, Source
from rivals.data.specs import Column, Table
from rivals.errors import RivalsError

MISSING = {"", "?", "na", "n/a", "nan", "null"}
"""What stands for a missing value, whatever its case."""
CODES, CATEGORIES, MOST = 10, 100, 1_000
"""Distinct values: of whole numbers that are categories, of texts that are, of those that the user says are."""
RAGGED, STRAY = 0.01, 0.01
"""Shares at most: of rows with another number of columns, of texts in a column of numbers."""
COUNTED = 20
"""Rows from which a column that counts them is left out."""


@dataclass(frozen=True)
class Cells:
    """A table as text: the columns' names, each column's cells, each row's line, and what was left out or changed."""

    names: list[str]
    columns: list[tuple[str, ...]]
    lines: list[int]
    facts: dict[str, str]
    bad: list[Bad]
    comma: bool = False


def table(
    path: Path,
    *,
    columns: tuple[str, ...] = (),
    categorical: tuple[str, ...] = (),
    numeric: tuple[str, ...] = (),
    delimiter: str = "",
    header: bool | None = None,
) -> Source:
    """Rows of a .csv (gz, too) or .parquet file, numbers standardised and categories one-hot.

    A column is of numbers where at least 99 % of what is there are numbers; what is not counts as missing. Whole
    numbers are categories where they have at most 10 distinct values, each in 10 rows on average. Any other column
    is of categories where it has at most 100 distinct texts, and is left out where it has more, as is one that
    only counts the rows. Missing are the empty cell, ?, NA, N/A, NaN, null and infinite numbers; one more
    coordinate says so, beside a number 0 or categories all 0. Field "row", float32 (N, dim); a tenth is held out.

    Args:
        path: of the file.
        columns: the only ones to read; all by default.
        categorical: columns that are categories, of at most 1,000 distinct values.
        numeric: columns that are numbers, however few distinct ones.
        delimiter: of a .csv; by default that of , ; tab | which splits the rows most evenly.
        header: whether the first row names the columns; by default where it holds no number.

    Raises:
        RivalsError: where the file is no such table, saying why.
    """
    cells = _parquet(path) if path.suffix.lower() == ".parquet" else read(path, delimiter, header)
    for name in (*columns, *categorical, *numeric):
        _place(path, cells.names, name)
    found = Found(dict(cells.facts), list(cells.bad))
    kept: list[Column] = []
    parts: list[np.ndarray] = []
    dropped: list[str] = []
    for name, column in zip(cells.names, cells.columns, strict=True):
        if columns and name not in columns:
            continue
        as_what: Literal["", "categories", "numbers"] = (
            "categories" if name in categorical else "numbers" if name in numeric else ""
        )
        typed = _typed(path, name, column, cells, as_what, found.bad)
        if isinstance(typed, str):
            dropped.append(f"{name} ({typed})")
        else:
            kept.append(typed[0])
            parts.append(typed[1])
    if not kept:
        raise RivalsError(f"{path} has no column to learn from: {', '.join(dropped)}; name one as categorical")
    spec, rows = Table(tuple(kept)), np.concatenate(parts, 1)
    train, test = shuffled(len(rows))
    numbers = sum(not c.values for c in kept)
    found.facts |= {
        "rows": f"{len(rows):,}, of which {len(test):,} are held out",
        "columns": f"{len(kept)}: {numbers} of numbers, {len(kept) - numbers} of categories; {spec.dim} coordinates",
    }
    gaps = [f"{c.name} {_share(p[:, -1].mean())}" for c, p in zip(kept, parts, strict=True) if c.missing]
    if gaps:
        found.facts["missing"] = ", ".join(gaps)
    if dropped:
        found.facts["left out"] = ", ".join(dropped)
    found.bad = some(found.bad, path)
    held = Arrays(spec, {"row": torch.from_numpy(rows[test])}, name=str(path)) if len(test) else None
    source = Arrays(spec, {"row": torch.from_numpy(rows[train])}, test=held, name=str(path))
    source.found = found
    return source


def decode(samples: Tensor, spec: Table) -> dict[str, list[float | int | str | None]]:
    """Rows as the table's own values, column by column: the inverse of what `table` does.

    A value is missing where its coordinate for that is above ½, else a category is the largest coordinate's, and a
    number is mean + std · z, rounded: to integers where all are whole, else to about 1e-5 std.

    Args:
        samples: (N, dim), as generated.
        spec: of the table.

    Returns:
        name -> N values: numbers, texts, or None where missing.
    """
    decoded: dict[str, list[float | int | str | None]] = {}
    pieces = samples.detach().double().cpu().split([column.size for column in spec.columns], 1)
    for column, piece in zip(spec.columns, pieces, strict=True):
        values: list[float | int | str | None]
        if column.values:
            values = [column.values[i] for i in piece[:, : len(column.values)].argmax(1).tolist()]
        else:
            numbers = (column.mean + column.std * piece[:, 0]).tolist()
            digits = None if column.whole else 5 - math.floor(math.log10(column.std))  # as many as float32 z has
            values = [round(x, digits) if math.isfinite(x) else x for x in numbers]
        gone = (piece[:, -1] > 0.5).tolist() if column.missing else itertools.repeat(False)
        decoded[column.name] = [None if g else value for value, g in zip(values, gone, strict=False)]
    return decoded


def points(path: Path, *, columns: tuple[str, ...] = (), delimiter: str = "", header: bool | None = None) -> Source:
    """Vectors of numbers from a .csv, .npy or .npz file; none may be missing.

    Args:
        path: of the file; an .npz may have integer `labels` beside its array.
        columns: of a .csv, the only ones to read; all by default.
        delimiter: of a .csv; see `table`.
        header: of a .csv; see `table`.

    Raises:
        RivalsError: where a value is missing or no number, naming its line or row.
    """
    labels = None
    if path.suffix.lower() in (".npy", ".npz"):
        if columns:
            raise RivalsError(f"{path} is an array without names: leave the option 'columns' out")
        arrays = arrays_of(path)
        labels = arrays.pop("labels", None)
        if len(arrays) != 1:
            raise RivalsError(f"{path} holds {', '.join(arrays) or 'nothing'}: give one array, and 'labels' if any")
        (x,) = arrays.values()
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.dtype.kind not in "iuf" or not x.size:
            raise RivalsError(f"{path} is {x.dtype} {x.shape}: give N×D numbers")
        where, lines, facts, bad = "row", list(range(len(x))), {}, []
        labels = None if labels is None else labels_of(labels, len(x), str(path))
    else:
        cells = read(path, delimiter, header)
        chosen = [_place(path, cells.names, name) for name in columns] or range(len(cells.names))
        x = np.stack([_numbers(path, cells, i) for i in chosen], 1)
        where, lines, facts, bad = "line", cells.lines, dict(cells.facts), list(cells.bad)
    x = x.astype(np.float32)
    gone = np.flatnonzero(~np.isfinite(x).all(1))
    if len(gone):
        first = f"{path} has no finite number in {len(gone):,} rows, the first is {where} {lines[gone[0]]:,}"
        raise RivalsError(f"{first}: fill them in or leave them out")
    train, test = shuffled(len(x))
    test_part = test if len(test) else train
    marks = labels.astype(np.int64) if labels is not None else None
    source = labelled(str(path), *((x[p], marks[p] if marks is not None else None) for p in (train, test_part)))
    if not len(test):
        source.test = None
    count = f"{len(x):,} of {x.shape[1]} numbers, of which {len(test):,} are held out"
    source.found = Found(facts | {"points": count}, some(bad, path))
    return source


def read(path: Path, delimiter: str = "", header: bool | None = None) -> Cells:
    """A .csv file (gz, too) as text, with its delimiter and header found out.

    Args:
        path: of the file.
        delimiter: between columns, or "" for that of , ; tab | which splits the rows most evenly.
        header: whether the first row names the columns, or None for "where it holds no number".

    Raises:
        RivalsError: where it is no text, has no rows, an open quote, or more than 1 % of its rows are ragged.
    """
    if len(delimiter) > 1:
        raise RivalsError(f"{path}: the delimiter is one character, not '{delimiter}'")
    text = text_of(path)
    delimiter = delimiter or _delimiter(text)
    rows, lines = [], []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row) or (len(row) > 1):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise RivalsError(f"{path}, line {reader.line_num:,}: {error}; look for a quote that is not closed") from error
    if not rows:
        raise RivalsError(f"{path} holds nothing but blanks: give a table with rows")
    comma = delimiter == ";"
    numbers = any(_number(cell, comma) is not None for cell in rows[0] if not missing(cell))
    first = not numbers if header is None else header
    names, facts = _names(rows[0], first)
    if delimiter != ",":
        facts["delimiter"] = f"{delimiter!r}{', a comma before decimals' if comma else ''}"
    wanted = len(names)
    body, at = (rows[1:], lines[1:]) if first else (rows, lines)
    if not body:
        raise RivalsError(f"{path} has no rows below its header: give at least one, or header=false")
    ragged = [(line, len(row)) for row, line in zip(body, at, strict=True) if len(row) != wanted]
    if len(ragged) > RAGGED * len(body):
        line, columns = ragged[0]
        what = f"{path}, line {line:,}: {columns} columns, and line {lines[0]:,} has {wanted}"
        raise RivalsError(f"{what} ({len(ragged):,} rows differ): give every row {wanted}, or name the delimiter")
    bad = [
        Bad(str(path), f"line {line:,} has {columns} columns, not {wanted}", "give it as many as the first line")
        for line, columns in ragged
    ]
    kept = [(row, line) for row, line in zip(body, at, strict=True) if len(row) == wanted]
    if bad:
        facts["rows left out"] = f"{len(bad):,} with another number of columns"
    columns_of_cells = list(zip(*(row for row, _ in kept), strict=True))
    return Cells(names, columns_of_cells, [line for _, line in kept], facts, bad, comma)


def numbers_of(column: Iterable[str], comma: bool = False) -> tuple[np.ndarray, dict[str, float | None]]:
    """A column as float64, NaN where it is missing or no number, and what each distinct text is (None: no number)."""
    cells = list(column)
    known = {cell: _number(cell, comma) for cell in set(cells)}
    value = {cell: math.nan if x is None or not math.isfinite(x) else x for cell, x in known.items()}
    return np.fromiter((value[cell] for cell in cells), float, len(cells)), known


def counts(x: np.ndarray) -> bool:
    """Whether numbers only count the rows: 0, 1, 2, … or 1, 2, 3, …, at least 20 of them."""
    return len(x) >= COUNTED and x[0] in (0, 1) and bool((np.diff(x) == 1).all())


def missing(cell: str) -> bool:
    """Whether a cell stands for a missing value."""
    return cell.lower() in MISSING


def _typed(
    path: Path, name: str, column: tuple[str, ...], cells: Cells, as_what: str, bad: list[Bad]
) -> tuple[Column, np.ndarray] | str:
    """A column's type and its coordinates, or why it is left out."""
    x, known = numbers_of(column, cells.comma)
    present = {cell for cell in known if not missing(cell)}
    if not present:
        return "no values"
    there = np.fromiter((cell in present for cell in column), bool, len(column))
    texts = {cell for cell in present if known[cell] is None}
    stray = sum(cell in texts for cell in column)
    numeric = stray <= STRAY * there.sum() and bool(np.isfinite(x).any())
    if as_what == "numbers" and not numeric:
        cell, line = next((c, n) for c, n in zip(column, cells.lines, strict=True) if c in (texts or present))
        raise RivalsError(f"{path}: column '{name}' is not numeric, line {line:,} has '{cell[:40]}': leave it out")
    finite = x[np.isfinite(x)]
    whole = bool((finite == np.round(finite)).all())
    distinct = len(np.unique(finite))
    codes = whole and not stray and distinct <= CODES and len(finite) >= CODES * distinct
    if numeric and as_what != "categories" and (as_what == "numbers" or not codes):
        if counts(x) and as_what != "numbers":
            return "it counts the rows"
        for cell, line in zip(column, cells.lines, strict=True):
            if stray and cell in texts:
                what = f"column '{name}', line {line:,}: '{cell[:40]}' is no number, taken for missing"
                bad.append(Bad(str(path), what, "put a number there, or leave it empty"))
        gone = ~np.isfinite(x)
        std = float(finite.std())
        typed = Column(name, (), float(finite.mean()), std if std > 0 else 1.0, bool(gone.any()), whole)
        number = np.where(gone, 0.0, (x - typed.mean) / typed.std)
        return typed, np.stack([number, gone] if typed.missing else [number], 1).astype(np.float32)
    if len(present) > CATEGORIES and as_what != "categories":
        return f"{len(present):,} different texts"
    if len(present) > MOST:
        raise RivalsError(f"{path}: column '{name}' has {len(present):,} categories, at most {MOST:,} can be taken")
    all_numbers = not texts
    values = sorted(present, key=lambda cell: (known[cell] or 0.0, cell) if all_numbers else (0.0, cell))
    typed = Column(name, tuple(values), missing=not there.all())
    place = {cell: i for i, cell in enumerate(values)}
    one_hot = np.zeros((len(column), typed.size), np.float32)
    at = np.fromiter((place.get(cell, typed.size - 1) for cell in column), int, len(column))
    one_hot[np.arange(len(column)), at] = 1.0
    return typed, one_hot


def _number(cell: str, comma: bool = False) -> float | None:
    """The number that a cell is, NaN where it is missing, None where it is text."""
    if missing(cell):
        return math.nan
    try:
        return float(cell.replace(",", ".") if comma else cell) if "_" not in cell else None
    except ValueError:
        return None


def _numbers(path: Path, cells: Cells, i: int) -> np.ndarray:
    """A column of numbers alone."""
    x, known = numbers_of(cells.columns[i], cells.comma)
    for cell, line in zip(cells.columns[i], cells.lines, strict=True):
        if known[cell] is None:
            what = f"{path}, line {line:,}, column '{cells.names[i]}': '{cell[:40]}' is no number"
            raise RivalsError(f"{what}; name the columns to read, or read it as table:")
        if not math.isfinite(known[cell] or 0.0):
            what = f"{path}, line {line:,}, column '{cells.names[i]}': '{cell}' is missing or not finite"
            raise RivalsError(f"{what}; fill it in, leave the row out, or read it as table:")
    return x


def _names(first: list[str], header: bool) -> tuple[list[str], dict[str, str]]:
    """Names of the columns, each once."""
    if not header:
        return [str(i + 1) for i in range(len(first))], {"header": f"none: the columns are named 1 to {len(first)}"}
    names: list[str] = []
    changed = []
    for i, cell in enumerate(first):
        plain = cell or f"column {i + 1}"
        name = next(n for n in (plain, *(f"{plain}.{k}" for k in range(2, len(first) + 2))) if n not in names)
        if name != plain:
            changed.append(f"'{plain}' is there twice, the later one is '{name}'")
        names.append(name)
    return names, {"header": "; ".join(changed)} if changed else {}


def _delimiter(text: str) -> str:
    """Of , ; tab | the one for which most of the first rows are as long as the very first, or the comma."""
    best, best_score = ",", (0.0, 0)
    start = [line for line in text[:200_000].splitlines() if line.strip()][:100]
    for delimiter in ",;\t|":
        try:
            widths = [len(row) for row in csv.reader(start, delimiter=delimiter, skipinitialspace=True)]
        except csv.Error:
            continue
        width = widths[0] if widths else 0
        score = (Counter(widths)[width] / len(widths), width) if width > 1 else (0.0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _parquet(path: Path) -> Cells:
    """A .parquet file as text; what is null is empty."""
    parquet = needed("pyarrow.parquet", "parquet", f"{path}")
    try:
        data = parquet.read_table(path)
        columns = [tuple("" if v is None else str(v).strip() for v in column.to_pylist()) for column in data.columns]
    except Exception as error:  # pyarrow's errors have no common base
        raise RivalsError(f"{path} cannot be read as parquet: {str(error).splitlines()[0]}") from error
    if not columns or not columns[0]:
        raise RivalsError(f"{path} is empty: give a table with rows")
    names, facts = _names([str(name) for name in data.column_names], True)
    return Cells(names, columns, list(range(1, len(columns[0]) + 1)), facts, [])


def _place(path: Path, names: list[str], name: str) -> int:
    if name not in names:
        raise RivalsError(f"{path} has no column '{name}': it has {', '.join(names)}")
    return names.index(name)


def _share(x: float) -> str:
    return f"{x:.1%}" if x >= 0.001 else "below 0.1%"
