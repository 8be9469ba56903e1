"""Lines of text, and sequences of numbered symbols."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from rivals.data.readers.plain import one_array, shuffled, some, text_of
from rivals.data.sources import Arrays, Bad, Found, Source
from rivals.data.specs import Tokens
from rivals.errors import RivalsError

RARE = "<?>"
"""The symbol in the place of those that the vocabulary has no room for."""
LONGEST = 64
"""Symbols that a line keeps where no length is given."""
SYMBOLS = 1_000_000
"""The largest vocabulary: each symbol takes a row in every table of embeddings."""


def text(
    path: Path, *, unit: Literal["word", "character"] = "word", length: int = 0, vocabulary: int = 5_000
) -> Source:
    """Lines of a UTF-8 text (gz, too) as sequences of words or of characters.

    Symbol 0 is the filler after a short line; where some symbols are too rare for the vocabulary, symbol 1 is <?> and
    stands for them; the others follow, the most frequent first. A longer line is cut. Field "token", int64
    (N, length); a tenth of the lines is held out.

    Args:
        path: of the file.
        unit: what a symbol is; words are what stands between blanks.
        length: symbols of a line, at least 2; by default the 95th percentile of the lines' own, at most 64.
        vocabulary: symbols at most, filler and <?> with them, at least 3.

    Raises:
        RivalsError: where the file is no UTF-8 text or has nothing in its lines.
    """
    if length < 0 or length == 1 or vocabulary < 3:
        raise RivalsError(f"{path}: length={length}, vocabulary={vocabulary}: give at least 2 and 3")
    stripped = (line.strip() for line in text_of(path).splitlines())
    lines = [line.split() if unit == "word" else list(line) for line in stripped if line]
    sizes = np.array([len(line) for line in lines])
    length = length or int(np.clip(np.ceil(np.percentile(sizes, 95)), 2, LONGEST))
    seen = Counter(symbol for line in lines for symbol in line)
    ranked = sorted(seen, key=lambda symbol: (-seen[symbol], symbol))
    symbols = ["", *ranked]
    if len(symbols) > vocabulary:
        symbols = ["", RARE, *[s for s in ranked if s != RARE][: vocabulary - 2]]
    place = {symbol: i for i, symbol in enumerate(symbols)}
    data = np.zeros((len(lines), length), np.int64)
    for i, line in enumerate(lines):
        numbers = [place.get(symbol, 1) for symbol in line[:length]]
        data[i, : len(numbers)] = numbers
    facts = {"symbols": f"{len(symbols):,}, each a {unit}; the most frequent is {ranked[0]!r}"}
    if len(symbols) <= len(ranked):
        rare = sum(seen[symbol] for symbol in ranked if symbol not in place)
        left = len(ranked) - sum(symbol in place for symbol in ranked)
        facts["rare"] = f"{left:,} {unit}s, {rare / sum(seen.values()):.1%} of the text, are {RARE}"
    cut = int((sizes > length).sum())
    facts["length"] = f"{length}; {cut:,} longer lines are cut" if cut else f"{length}"
    spec = Tokens(len(symbols), length, tuple(symbols), " " if unit == "word" else "")
    return _source(path, data, spec, "lines", facts, [])


def tokens(path: Path, *, length: int = 0, vocabulary: int = 0) -> Source:
    """Sequences of symbols that are numbers from 0: an .npy or .npz array (N, T), or lines of integers (gz, too).

    Field "token", int64 (N, length); a tenth is held out.

    Args:
        path: of the file.
        length: to which longer sequences are cut; shorter ones are left out. By default all must be equally long.
        vocabulary: number of symbols; by default the largest in the file and one.

    Raises:
        RivalsError: where a symbol is no whole number from 0, or the sequences differ in length.
    """
    if length < 0 or length == 1:
        raise RivalsError(f"{path}: length={length}: give at least 2")
    bad: list[Bad] = []
    if path.suffix.lower() in (".npy", ".npz"):
        data = one_array(path)
        if data.ndim != 2 or data.dtype.kind not in "iu":
            raise RivalsError(f"{path} is {data.dtype} {data.shape}: give integers N×T, a row for each sequence")
        if length > data.shape[1]:
            raise RivalsError(f"{path} has sequences of {data.shape[1]} symbols: choose a length up to that")
        data = data[:, : length or None]
    else:
        data = _lines(path, length, bad)
    low, high = int(data.min()), int(data.max())
    if low < 0:
        raise RivalsError(f"{path} has the symbol {low}: number the symbols from 0")
    if high >= (vocabulary or SYMBOLS):
        most = f"vocabulary={vocabulary}" if vocabulary else f"{SYMBOLS:,} symbols at most"
        raise RivalsError(
            f"{path} has the symbol {high:,}, and there are {most}: number the symbols from 0 without gaps"
        )
    if data.shape[1] < 2:
        raise RivalsError(f"{path} has sequences of one symbol: give at least 2")
    spec = Tokens(vocabulary or high + 1, data.shape[1])
    return _source(path, data.astype(np.int64), spec, "sequences", {"symbols": f"{spec.vocabulary:,}"}, bad)


def _lines(path: Path, length: int, bad: list[Bad]) -> np.ndarray:
    """Lines of integers between blanks or commas."""
    rows: list[list[int]] = []
    first = 0
    for at, line in enumerate(text_of(path).splitlines(), 1):
        cells = line.replace(",", " ").split()
        if not cells:
            continue
        try:
            row = [int(cell) for cell in cells]
        except ValueError:
            cell = next(c for c in cells if not c.lstrip("+-").isdigit())
            raise RivalsError(f"{path}, line {at:,}: '{cell[:40]}' is no integer; read words as text:") from None
        if abs(max(row, key=abs)) >= 2**62:
            raise RivalsError(f"{path}, line {at:,}: {max(row, key=abs)} is too large for a symbol")
        if length and len(row) < length:
            what = f"line {at:,} has {len(row)} symbols, not {length}"
            bad.append(Bad(str(path), what, "choose a smaller length, or fill the line up"))
            continue
        if rows and not length and len(row) != len(rows[0]):
            what = f"{path}, line {at:,}: {len(row)} symbols, and line {first:,} has {len(rows[0])}"
            raise RivalsError(f"{what}: bring all to one length, or choose one with length=")
        first = first or at
        rows.append(row[: length or None])
    if not rows:
        raise RivalsError(f"{path} has no line of {length} symbols: choose a smaller length")
    return np.array(rows)


def _source(path: Path, data: np.ndarray, spec: Tokens, what: str, facts: dict[str, str], bad: list[Bad]) -> Source:
    train, test = shuffled(len(data))
    held = Arrays(spec, {"token": torch.from_numpy(data[test])}, name=str(path)) if len(test) else None
    source = Arrays(spec, {"token": torch.from_numpy(data[train])}, test=held, name=str(path))
    source.found = Found({what: f"{len(data):,}, of which {len(test):,} are held out", **facts}, some(bad, path))
    return source
