"""Windows of numbers in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from rivals.data.readers import tables
from rivals.data.readers.plain import LARGEST, one_array, shuffled, some
from rivals.data.sources import Arrays, Bad, Found, Source
from rivals.data.specs import Series
from rivals.errors import RivalsError

LENGTH = 24
"""Steps of a window where none are given."""
GAPS = 0.5
"""Share of missing values from which a channel is left out."""


def series(
    path: Path, *, length: int = 0, stride: int = 1, columns: tuple[str, ...] = (), delimiter: str = ""
) -> Source:
    """Windows of a series in a .csv (gz, too), .npy or .npz file.

    Each channel is scaled to [-1, 1] by its least and its largest value. A missing value is interpolated between its
    neighbours in time. Columns of text, and those that only count the rows, are left out. The last tenth of one
    long series is held out, and no window is over its border; of many series a tenth is held out. Field "series",
    float32 (N, length, channels).

    Args:
        path: of the file: a table with a row for each step, an array (T,) or (T, C), or many series (N, T, C).
        length: steps of a window, at least 2; by default 24, or the whole of each of many series.
        stride: steps from one window to the next, at least 1.
        columns: of a .csv, the only ones to read; by default all of numbers.
        delimiter: of a .csv; see `tables.table`.

    Raises:
        RivalsError: where the file is no series, or too short.
    """
    if length < 0 or length == 1 or stride < 1:
        raise RivalsError(f"{path}: length={length}, stride={stride}: give at least 2 and 1")
    facts: dict[str, str] = {}
    bad: list[Bad] = []
    names: tuple[str, ...] = ()
    if path.suffix.lower() in (".npy", ".npz"):
        if columns:
            raise RivalsError(f"{path} is an array without names: leave the option 'columns' out")
        x = one_array(path)
        if x.ndim not in (1, 2, 3) or x.dtype.kind not in "iuf":
            raise RivalsError(f"{path} is {x.dtype} {x.shape}: give numbers T, T×C, or N×T×C for many series")
        x = x[:, None] if x.ndim == 1 else x
        x = x.astype(np.float64)
    else:
        x, names = _table(path, columns, delimiter, facts, bad)
    many = x if x.ndim == 3 else x[None]
    many = _filled(path, many, names, facts)
    low, high = many.min((0, 1)), many.max((0, 1))
    span = np.where(high > low, high - low, 1.0)
    scaled = np.where(high > low, 2 * (many - low) / span - 1, 0.0).astype(np.float32)
    length = length or (many.shape[1] if x.ndim == 3 else LENGTH)
    if many.shape[1] < length:
        raise RivalsError(f"{path} has {many.shape[1]:,} steps, and a window has {length}: choose a smaller length")
    if (many.shape[1] - length) // stride * length * many.shape[0] * many.shape[2] > LARGEST // 4:
        raise RivalsError(f"{path} makes too many windows for memory: choose stride={stride * 10} or more")
    train, test = _apart(path, scaled, length, stride) if x.ndim == 2 else _many(scaled, length, stride)
    spec = Series(length, many.shape[2], _floats(low), _floats(high), names)
    held = Arrays(spec, {"series": torch.from_numpy(test)}, name=str(path)) if len(test) else None
    source = Arrays(spec, {"series": torch.from_numpy(train)}, test=held, name=str(path))
    steps = f"{many.shape[1]:,}" if x.ndim == 2 else f"{many.shape[1]:,} in each of {len(many):,} series"
    channels = f"{many.shape[2]}: {', '.join(names)}" if names else f"{many.shape[2]}"
    windows = f"{len(train) + len(test):,} of {length} steps, of which {len(test):,} are held out"
    source.found = Found({"steps": steps, "channels": channels, "windows": windows, **facts}, some(bad, path))
    return source


def _table(
    path: Path, columns: tuple[str, ...], delimiter: str, facts: dict[str, str], bad: list[Bad]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The columns of numbers of a .csv, (T, C), NaN where a value is missing."""
    cells = tables.read(path, delimiter)
    facts |= cells.facts
    bad += cells.bad
    for name in columns:
        if name not in cells.names:
            raise RivalsError(f"{path} has no column '{name}': it has {', '.join(cells.names)}")
    kept: dict[str, np.ndarray] = {}
    dropped = []
    for name, column in zip(cells.names, cells.columns, strict=True):
        if columns and name not in columns:
            continue
        x, known = tables.numbers_of(column, cells.comma)
        texts = {cell for cell, number in known.items() if number is None}
        gaps = float(np.isnan(x).mean())
        if sum(cell in texts for cell in column) > tables.STRAY * len(column):
            why = "text"
        elif gaps >= GAPS:
            why = f"{gaps:.0%} missing"
        elif tables.counts(x) and name not in columns:
            why = "it counts the rows"
        else:
            kept[name] = x
            for cell, line in zip(column, cells.lines, strict=True):
                if cell in texts:
                    what = f"column '{name}', line {line:,}: '{cell[:40]}' is no number, taken for missing"
                    bad.append(Bad(str(path), what, "put a number there, or leave it empty"))
            continue
        if name in columns:
            raise RivalsError(f"{path}: column '{name}' cannot be a channel ({why}): leave it out")
        dropped.append(f"{name} ({why})")
    if not kept:
        raise RivalsError(f"{path} has no column of numbers: {', '.join(dropped)}; name the delimiter if it is wrong")
    if dropped:
        facts["left out"] = ", ".join(dropped)
    chosen = columns or tuple(kept)
    return np.stack([kept[name] for name in chosen], 1), chosen


def _filled(path: Path, x: np.ndarray, names: tuple[str, ...], facts: dict[str, str]) -> np.ndarray:
    """Missing and infinite values interpolated in time, (N, T, C); beyond the ends the nearest value holds."""
    gone = ~np.isfinite(x)
    if not gone.any():
        return x
    x = x.copy()
    steps = np.arange(x.shape[1])
    for i, c in zip(*np.nonzero(gone.any(1)), strict=True):
        there = ~gone[i, :, c]
        if not there.any():
            where = f"series {i} of {len(x)}, " if len(x) > 1 else ""
            raise RivalsError(f"{path}: {where}channel {names[c] if names else c + 1} has no number: leave it out")
        x[i, ~there, c] = np.interp(steps[~there], steps[there], x[i, there, c])
    told = [f"{names[c] if names else c + 1} {gone[..., c].mean():.1%}" for c in np.flatnonzero(gone.any((0, 1)))]
    facts["interpolated"] = ", ".join(told)
    return x


def _apart(path: Path, x: np.ndarray, length: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows before and after the border of one series (1, T, C): the last tenth, or one window if that is more."""
    steps = x.shape[1]
    border = steps - max(length, steps // 10)
    if border < length:
        most = steps // 2
        what = f"{path} has {steps} steps, too few for two windows of {length}, one to learn from and one held out"
        raise RivalsError(f"{what}: choose a length up to {most}" if most > 1 else f"{what}: give more")
    return _windows(x[:, :border], length, stride), _windows(x[:, border:], length, stride)


def _many(x: np.ndarray, length: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of nine tenths of the series, and of the others."""
    train, test = shuffled(len(x))
    return _windows(x[train], length, stride), _windows(x[test], length, stride)


def _windows(x: np.ndarray, length: int, stride: int) -> np.ndarray:
    """(N, T, C) -> (windows, length, C)."""
    views = np.lib.stride_tricks.sliding_window_view(x, length, 1)[:, ::stride]
    return views.transpose(0, 1, 3, 2).reshape(-1, length, x.shape[2]).copy()


def _floats(x: np.ndarray) -> tuple[float, ...]:
    return tuple(float(v) for v in x)
