"""Pictures with a sentence each."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from rivals.data.arrays import divided, tensor
from rivals.data.readers.album import Wanted, album, stored
from rivals.data.readers.images import named, rows_of
from rivals.data.sources import Bad, Found, Source
from rivals.data.specs import Captioned
from rivals.errors import RivalsError, UsageError

MEND = 'write {"file": "sentence"}, or a list of {"file": …, "caption": …}'


def captions(path: Path, *, size: int = 64, length: int = 0, vocabulary: int = 5000) -> Source:
    """Pictures and what is said of them, from a folder with captions.json or captions.csv.

    Sentences are lower-cased and cut into words; signs are dropped, and so are words beyond the vocabulary. A caption
    that is shorter than `length` is filled with word 0, "".

    Args:
        path: the folder. captions.json is {"file": "sentence"} or a list of {"file": …, "caption": …}; captions.csv has
            the header file,caption. Files are named from the folder. Of several sentences for one picture the first
            counts.
        size: side of a picture; pictures are scaled to cover it, and the middle is cut out. They become colour.
        length: words of a caption, longer ones are cut off; 0 for the longest there is, at most 64.
        vocabulary: number of words that are kept, the most frequent ones, the filler among them.

    Raises:
        RivalsError: where there is no such file, or no picture of it can be used.
    """
    if length < 0 or vocabulary < 2:
        raise UsageError(f"captions: length is at least 0 and vocabulary at least 2, not {length} and {vocabulary}")
    wanted, found = Wanted(size, channels="rgb"), Found()
    spoken: dict[str, list[str]] = {}
    for name, sentence in _said(path, found).items():
        spoken[name] = re.findall(r"\w+(?:['’-]\w+)*", sentence.lower())
        if not spoken[name]:
            found.bad.append(Bad(name, "has a caption without words", "describe it, or leave it out"))
    book = album(path)
    found.bad += [
        Bad(name, f"is not a picture in {path}", "add the picture, or leave its caption out")
        for name in spoken
        if name not in book.sizes
    ]
    names = [name for name in book.names if spoken.get(name)]
    if not names:
        first = found.bad[0]
        raise RivalsError(
            f"{path} holds no captioned picture that can be used: {first.file} {first.reason}; {first.mend}"
        )
    pictures = stored(book.part(names), wanted)
    sentences = [spoken[name] for name in pictures.names]
    counts = Counter(word for words in sentences for word in words)
    # by frequency, then by alphabet: the order of the files does not matter
    kept = sorted(counts, key=lambda word: (-counts[word], word))[: vocabulary - 1]
    place = {word: i for i, word in enumerate(["", *kept])}
    rows = [[place[word] for word in words if word in place] for words in sentences]
    most = max(1, max(map(len, rows)))
    long = length or min(64, most)
    caption = np.array([(row[:long] + [0] * long)[:long] for row in rows], np.int64)
    dropped = len(counts) - len(kept)
    found.facts |= pictures.found.facts | {
        "captions": f"up to {most} words, cut or filled to {long}",
        "words": f"{len(kept):,}" + (f"; {dropped:,} rarer ones are dropped" if dropped else ""),
    }
    train, test, parts = rows_of([""] * len(rows))
    fields = {"image": tensor(pictures.array), "caption": torch.from_numpy(caption)}
    channels, height, width = pictures.array.shape[1:]
    spec = Captioned(channels, height, width, length=long, words=("", *kept))
    both = (dict.fromkeys(fields, train), dict.fromkeys(fields, test))
    source = divided(spec, fields, *both, digests={"image": pictures.digest})
    source.found = Found(found.facts | parts, found.bad + pictures.found.bad)
    return named(source, path)


def _said(path: Path, found: Found) -> dict[str, str]:
    """File -> its first sentence."""
    there = {p.name.lower(): p for p in path.iterdir()} if path.is_dir() else {}
    file = there.get("captions.json") or there.get("captions.csv")
    if file is None:
        raise RivalsError(
            f"{path} has no captions.json or captions.csv: name a folder that has one beside its pictures"
        )
    try:
        pairs = _json(file) if file.suffix.lower() == ".json" else _csv(file)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise RivalsError(f"{file} cannot be read ({error}): save it anew as UTF-8") from error
    said: dict[str, str] = {}
    for name, sentence in pairs:
        said.setdefault(name, sentence)
    if not said:
        raise RivalsError(f"{file} holds no captions: {MEND if file.suffix.lower() == '.json' else 'add rows'}")
    if len(pairs) > len(said):
        found.facts["several"] = f"{len(pairs):,} captions for {len(said):,} pictures: the first of each is used"
    return said


def _json(file: Path) -> list[tuple[str, str]]:
    data = json.loads(file.read_text(encoding="utf-8-sig"))
    pairs: list[tuple[object, object]] = []
    if isinstance(data, dict):
        for name, value in data.items():
            pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
    elif isinstance(data, list):
        pairs = [(row.get("file"), row.get("caption")) if isinstance(row, dict) else (None, None) for row in data]
    else:
        raise RivalsError(f"{file} holds a {type(data).__name__}: {MEND}")
    for i, (name, sentence) in enumerate(pairs):
        if not (isinstance(name, str) and name and isinstance(sentence, str)):
            raise RivalsError(f"{file}: entry {i} is no file with a sentence: {MEND}")
    return [(str(name), str(sentence)) for name, sentence in pairs]


def _csv(file: Path) -> list[tuple[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, skipinitialspace=True)
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        if not {"file", "caption"} <= set(header):
            raise RivalsError(f"{file} has the columns {', '.join(header) or 'none'}: its header is file,caption")
        return [(row["file"] or "", row["caption"] or "") for row in reader if row["file"]]
