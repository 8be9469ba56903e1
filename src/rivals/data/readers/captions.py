"""Pictures with a sentence each."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from rivals.data.readers import loading
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
        size: side of a picture; pictures are cut to their middle square and scaled to it.
        length: words of a caption, longer ones are cut off; 0 for the longest there is, at most 64.
        vocabulary: number of words that are kept, the most frequent ones, the filler among them.

    Raises:
        RivalsError: where there is no such file, or no picture of it can be used.
    """
    loading.positive("captions", size=size)
    if length < 0 or vocabulary < 2:
        raise UsageError(f"captions: length is at least 0 and vocabulary at least 2, not {length} and {vocabulary}")
    found = Found()
    said = _said(path, found)
    loading.bounded(len(said) * size * size * 3, path, "give a smaller size, or a part of it")
    pictures, sentences = [], []
    sizes = Counter[tuple[int, int]]()
    for name, sentence in said.items():
        words = re.findall(r"\w+(?:['’-]\w+)*", sentence.lower())
        if not words:
            found.bad.append(Bad(name, "has a caption without words", "describe it, or leave it out"))
            continue
        try:
            pictures.append(_picture(path, name, size, sizes))
            sentences.append(words)
        except FileNotFoundError:
            found.bad.append(Bad(name, f"is not in {path}", "add the picture, or leave its caption out"))
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            found.bad.append(Bad(name, f"cannot be read as a picture ({error})", "save it anew, or leave it out"))
    if not pictures:
        first = found.bad[0]
        raise RivalsError(
            f"{path} holds no captioned picture that can be used: {first.file} {first.reason}; {first.mend}"
        )
    counts = Counter(word for words in sentences for word in words)
    # by frequency, then by alphabet: the order of the files does not matter
    kept = sorted(counts, key=lambda word: (-counts[word], word))[: vocabulary - 1]
    place = {word: i for i, word in enumerate(["", *kept])}
    rows = [[place[word] for word in words if word in place] for words in sentences]
    most = max(1, max(map(len, rows)))
    long = length or min(64, most)
    caption = np.array([(row[:long] + [0] * long)[:long] for row in rows], np.int64)
    width, height = sizes.most_common(1)[0][0]
    several = f" and {len(sizes) - 1:,} other sizes" if len(sizes) > 1 else ""
    found.facts["pictures"] = f"{len(pictures):,} of {width}×{height}{several}, now {size}×{size} in colour"
    found.facts["captions"] = f"up to {most} words, cut or filled to {long}"
    dropped = len(counts) - len(kept)
    found.facts["words"] = f"{len(kept):,}" + (f"; {dropped:,} rarer ones are dropped" if dropped else "")
    x = np.stack(pictures).transpose(0, 3, 1, 2)
    spec = Captioned(3, size, size, length=long, words=("", *kept))
    return loading.split(spec, {"image": x, "caption": caption}, path, found)


def _picture(path: Path, name: str, size: int, sizes: Counter[tuple[int, int]]) -> np.ndarray:
    file = path / name
    if not file.resolve().is_relative_to(path.resolve()):
        raise ValueError("it is outside the folder")
    with Image.open(file) as picture:
        x = loading.square(picture, size)
        sizes[picture.size] += 1
    return x


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
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError, csv.Error) as error:
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
