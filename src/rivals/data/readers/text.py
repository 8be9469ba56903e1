"""Lines of text, sentences with classes, and sequences of numbered symbols."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from rivals.data.readers.plain import one_array, shuffled, some, text_of
from rivals.data.sources import Arrays, Bad, Found, Source
from rivals.data.specs import Sentences, Tokens
from rivals.errors import RivalsError

RARE = "<?>"
"""The symbol in the place of those that the vocabulary has no room for."""
KINDS = 1000
"""Classes of sentences at most."""
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
    data, symbols, facts = numbered(lines, length, vocabulary, unit)
    cut = int((sizes > length).sum())
    facts["length"] = f"{length}; {cut:,} longer lines are cut" if cut else f"{length}"
    spec = Tokens(len(symbols), length, symbols, " " if unit == "word" else "")
    return _source(path, data, spec, "lines", facts, [])


def sentences(
    path: Path, *, text: str = "text", label: str = "label", length: int = 0, vocabulary: int = 5_000
) -> Source:
    """Sentences with a class each, from the columns of a table: .csv, or .tsv where tabs part them (gz, too).

    Sentences are lower-cased and cut into words and signs, which are numbered as `text` does. Labels are names, or
    ratings: where all are numbers and some are negative or no whole ones, those above 0 are "positive", those below
    "negative", and 0 is left out. Fields "token", int64 (N, length), and "label"; a tenth is held out.

    Args:
        path: of the table.
        text, label: headers of the two columns; or their numbers from 1, then there is no header.
        length: words of a sentence, at least 2; by default the 95th percentile, at most 64.
        vocabulary: words at most, filler and <?> with them, at least 3.

    Raises:
        RivalsError: where there are no such columns, or not two classes in them.
    """
    if length < 0 or length == 1 or vocabulary < 3:
        raise RivalsError(f"{path}: length={length}, vocabulary={vocabulary}: give at least 2 and 3")
    said, told, bad = _columns(path, text, label)
    kinds, names = _classes(path, told)
    kept = [i for i, kind in enumerate(kinds) if kind >= 0]
    lines = [re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", said[i].lower()) for i in kept]
    sizes = np.array([len(line) for line in lines])
    length = length or int(np.clip(np.ceil(np.percentile(sizes, 95)), 2, LONGEST))
    data, symbols, facts = numbered(lines, length, vocabulary, "word")
    labels = np.array([kinds[i] for i in kept])
    counts = np.bincount(labels, minlength=len(names))
    facts["classes"] = ", ".join(f"{name} {n:,}" for name, n in zip(names, counts, strict=True))
    spec = Sentences(len(symbols), length, symbols, classes=len(names), names=names)
    return _source(path, data, spec, "sentences", facts, bad, labels)


def _columns(path: Path, text: str, label: str) -> tuple[list[str], list[str], list[Bad]]:
    """The two columns, row by row, and the rows that lack one."""
    lines = text_of(path).splitlines()
    tabs = path.name.lower().removesuffix(".gz").endswith((".tsv", ".txt"))
    rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(lines))
    if text.isdigit() and label.isdigit():
        first, second, body = int(text) - 1, int(label) - 1, rows
    else:
        header = [name.strip() for name in rows[0]]
        if not {text, label} <= set(header):
            raise RivalsError(
                f"{path} has the columns {', '.join(header)[:80]}: name two of them with text= and label=, or give "
                "their numbers where there is no header"
            )
        first, second, body = header.index(text), header.index(label), rows[1:]
    said, told, bad = list[str](), list[str](), list[Bad]()
    for at, row in enumerate(body, 1):
        if min(first, second) >= 0 and max(first, second) < len(row) and row[first].strip() and row[second].strip():
            said.append(row[first])
            told.append(row[second].strip())
        elif row:
            bad.append(Bad(str(path), f"row {at:,} has no sentence with a label", "fill it up, or leave it out"))
    if not said:
        raise RivalsError(f"{path} has no row with a sentence and a label: name its columns with text= and label=")
    return said, told, bad


def _classes(path: Path, told: list[str]) -> tuple[list[int], tuple[str, ...]]:
    """The class of each row, -1 for those that have none, and the classes' names."""
    try:
        ratings = [float(one) for one in told]
    except ValueError:
        ratings = []
    if any(r < 0 or r != int(r) for r in ratings if np.isfinite(r)):
        return [1 if r > 0 else 0 if r < 0 else -1 for r in ratings], ("negative", "positive")
    names = sorted(set(told), key=lambda name: (float(name), name) if ratings else (0.0, name))
    if not 2 <= len(names) <= KINDS:
        raise RivalsError(f"{path} has {len(names):,} different labels: give from 2 to {KINDS:,}")
    place = {name: i for i, name in enumerate(names)}
    return [place[one] for one in told], tuple(names)


def numbered(
    lines: list[list[str]], length: int, vocabulary: int, unit: str
) -> tuple[np.ndarray, tuple[str, ...], dict[str, str]]:
    """Symbols as numbers, the filler 0, then <?> where some are too rare, then the others, the most frequent first.

    Args:
        lines: symbols.
        length: to which a line is cut, or filled up.
        vocabulary: symbols at most.
        unit: what a symbol is called.

    Returns:
        int64 (N, length), the symbols, and what is told of them.
    """
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
    return data, tuple(symbols), facts


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


def _source(
    path: Path, data: np.ndarray, spec: Tokens, what: str, facts: dict[str, str], bad: list[Bad],
    labels: np.ndarray | None = None,
) -> Source:  # fmt: skip
    train, test = shuffled(len(data))

    def part(rows: np.ndarray, held: Source | None) -> Source:
        fields = {"token": data[rows]} | ({} if labels is None else {"label": labels[rows]})
        return Arrays(spec, {k: torch.from_numpy(v) for k, v in fields.items()}, test=held, name=str(path))

    source = part(train, part(test, None) if len(test) else None)
    source.found = Found({what: f"{len(data):,}, of which {len(test):,} are held out", **facts}, some(bad, path))
    return source
