"""Pictures: folders and zips of files, and arrays of pixels, with classes and attributes where there are some."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as default
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from rivals.data import arrays
from rivals.data.readers.album import Album, Bits, Channels, Fit, Pictures, Wanted, album, reshaped, stored
from rivals.data.readers.plain import arrays_of, shuffled
from rivals.data.sources import Found, Source
from rivals.data.specs import Images
from rivals.errors import RivalsError

SPLITS = {"train": "train", "test": "test", "val": "val", "valid": "val", "validation": "val"}
"""Folder -> the part that it holds."""
ATTRIBUTES = ("list_attr_celeba.txt", "list_attr_celeba.csv", "attributes.csv")
UNLABELLED = ("unlabelled", "unlabeled")
"""Names of a folder beside those of the classes whose pictures have no label."""
MOST_TEXT = 2**28
"""Bytes of a file of labels or attributes."""
TOLD = 8
"""Names that are listed in a sentence."""


@dataclass
class Marks:
    """What is known of pictures besides their pixels.

    Attributes:
        label: int64 (N,), or None.
        attribute: float32 (N, A) of 0 and 1, or None.
        classes: number of labels.
        attributes: names.
        facts: sentences.
    """

    label: Tensor | None = None
    attribute: Tensor | None = None
    classes: int = 0
    attributes: tuple[str, ...] = ()
    facts: dict[str, str] = default(default_factory=dict)


def images(
    path: Path,
    *,
    size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    channels: Channels = "auto",
    bits: Bits = "auto",
    labels: Literal["auto", "none"] = "auto",
) -> Source:
    """Pictures from a folder, a zip, one file, .npy, .npz or IDX.

    Classes are the folders of the first level, if every picture lies in one and there are several; or StyleGAN's
    dataset.json; or `labels` in an .npz; or the labels beside an IDX file. Pictures in a folder `unlabelled` beside
    those of the classes have none, nor those whose label in an .npz is -1: recipes that learn from few labels take
    such data. Attributes are list_attr_celeba.txt or attributes.csv, in the folder or beside it. Folders train and
    test (or val) on the first level are kept apart.

    Args:
        path: what to read. A zip is never unpacked on disk.
        size: side, or (height, width), in pixels. Pictures of one size keep it by default; of several sizes they become
            squares whose side is the largest power of two that is at most the median short side, and at most 64.
        fit: crop scales to cover the size and cuts out the middle, pad scales to fit into it and continues the edges,
            stretch ignores the ratio of the sides.
        channels: auto is grey where all are grey, rgba where all have opacity, else rgb with opacity laid over white.
        bits: of a stored channel; auto is 16 where all have more than 8.
        labels: none leaves out labels and attributes.

    Raises:
        RivalsError: where there are no pictures, none can be read, or labels do not match them.
        UsageError: for a size outside 1 to 4096.
    """
    wanted = Wanted(size, fit, channels, bits)
    idx = _idx_files(path)
    if idx or path.suffix.lower() in (".npy", ".npz"):
        return _from_arrays(path, idx, wanted, labels == "auto")
    book = album(path)
    pictures = stored(book, wanted)
    splits, inside = splits_of(pictures.names)
    marks = _marks(book, pictures.names, inside) if labels == "auto" else Marks()
    return built(path, pictures, marks, splits)


def built(path: Path, pictures: Pictures, marks: Marks, splits: Sequence[str], spec: Images | None = None) -> Source:
    """A source from pictures and what is known of them.

    Args:
        path: where they are from.
        pictures: as they are stored.
        marks: labels and attributes.
        splits: of each picture, as `splits_of` gives it.
        spec: of them, where it is not plain `Images`.
    """
    _, c, h, w = pictures.array.shape
    deep = 16 if pictures.array.dtype == np.uint16 else 8
    fields = {"image": arrays.tensor(pictures.array)}
    for name, known in (("label", marks.label), ("attribute", marks.attribute)):
        if known is not None:
            fields[name] = known
    train, test, fact = rows_of(splits)
    source = arrays.divided(
        spec or Images(c, h, w, marks.classes, deep, marks.attributes),
        fields,
        dict.fromkeys(fields, train),
        dict.fromkeys(fields, test),
        digests={"image": pictures.digest},
    )
    source.found = Found({**pictures.found.facts, **marks.facts, **fact}, pictures.found.bad)
    return named(source, path)


def named(source: Source, path: Path) -> Source:
    """The held-out part with a name for sentences; the whole gets the one that the user wrote."""
    if source.test is not None:
        source.test.name = f"{path}, held out"
    return source


def splits_of(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of each picture train, test or val, and its name below that folder; "" where the first level is no such part."""
    parts = [PurePosixPath(name).parts for name in names]
    first = {part[0].lower() if len(part) > 1 else "" for part in parts}
    if "train" in first and len(first) > 1 and first <= set(SPLITS):
        return [SPLITS[part[0].lower()] for part in parts], ["/".join(part[1:]) for part in parts]
    return [""] * len(names), list(names)


def rows_of(splits: Sequence[str]) -> tuple[Tensor, Tensor, dict[str, str]]:
    """Rows for training and held out, both in a fixed random order, and a sentence.

    Args:
        splits: "train", "test" or "val" of each row; where there is no "train" with another a tenth is held out. With
            both "test" and "val" it is "test" that is held out.
    """
    there = set(splits)
    held = "test" if "test" in there else "val"
    if "train" in there and held in there:
        train, test = (_mixed(splits, part) for part in ("train", held))
        unused = len(splits) - len(train) - len(test)
        told = f"{len(train):,} in train, {len(test):,} held out in {held}"
        return train, test, {"parts": told + (f"; {unused:,} in val are left out" if unused else "")}
    train, test = map(torch.from_numpy, shuffled(len(splits)))
    told = f"{len(train):,} to train with, {len(test):,} held out" if len(test) else "one only, so nothing is held out"
    return train, test, {"parts": told}


def _mixed(splits: Sequence[str], part: str) -> Tensor:
    rows = np.flatnonzero(np.array(splits) == part)
    return torch.from_numpy(np.random.default_rng(0).permutation(rows))


def classes_of(names: Sequence[str]) -> tuple[list[str], np.ndarray] | None:
    """The folders of the first level and the place of each picture's among them; None unless every picture is in one.

    Folders with whole numbers for names are in the numbers' order.
    """
    firsts = [PurePosixPath(name).parts[0] if "/" in name else "" for name in names]
    there = set(firsts)
    if "" in there:
        return None
    classes = sorted(there, key=int) if all(name.isascii() and name.isdigit() for name in there) else sorted(there)
    places = {name: i for i, name in enumerate(classes)}
    return classes, np.array([places[name] for name in firsts], np.int64)


def listed(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:TOLD]) + (", …" if len(names) > TOLD else "")


# ---- labels and attributes -------------------------------------------------------------------------------------------


def _marks(book: Album, names: Sequence[str], inside: Sequence[str]) -> Marks:
    """Labels and attributes of an album's pictures; `inside` are the names below train and test."""
    marks = Marks()
    json_file = _shallowest(book, ("dataset.json",))
    bare = np.array([PurePosixPath(name).parts[0].lower() in UNLABELLED for name in inside])
    folders = classes_of([name for name, one in zip(inside, bare, strict=True) if not one])
    if json_file is not None:
        known = _json_labels(book, json_file)
        if known:
            base = PurePosixPath(json_file).parent
            label = np.array([known.get(_below(name, base), -1) for name in names])
            missing = [name for name, one in zip(names, label, strict=True) if one < 0]
            _all_there(f"{book.path}: {json_file} has no label", missing)
            marks.label, marks.classes = torch.from_numpy(label), int(label.max()) + 1
            marks.facts["classes"] = f"{marks.classes:,}, from {json_file}"
    elif folders is not None and len(folders[0]) > 1:
        label = np.full(len(names), -1)
        label[~bare] = folders[1]
        marks.label, marks.classes = torch.from_numpy(label), len(folders[0])
        marks.facts["classes"] = f"{marks.classes:,} folders: {listed(folders[0])}{arrays.without(label)}"
    elif folders is not None and folders[0] and bare.any():
        raise RivalsError(
            f"{book.path} has one class beside the unlabelled pictures: give folders of two or more, or read with "
            "labels=none"
        )
    _add_attributes(marks, book, names)
    return marks


def _shallowest(book: Album, wanted: Sequence[str]) -> str | None:
    fits = [other for other in book.others if PurePosixPath(other).name in wanted]
    return min(fits, key=lambda name: (name.count("/"), name), default=None)


def _below(name: str, base: PurePosixPath) -> str:
    return str(PurePosixPath(name).relative_to(base)) if PurePosixPath(name).is_relative_to(base) else name


def _all_there(sentence: str, missing: Sequence[str]) -> None:
    if missing:
        what = "picture" if len(missing) == 1 else "pictures"
        raise RivalsError(
            f"{sentence} for {len(missing):,} {what}, the first is {missing[0]}: add it, or read with labels=none"
        )


def _text(book: Album, name: str) -> str:
    with book.opened() as read, read(name) as file:
        raw = file.read(MOST_TEXT + 1)
    return _as_text(raw, f"{book.path}: {name}")


def _as_text(raw: bytes, where: str) -> str:
    if len(raw) > MOST_TEXT:
        raise RivalsError(f"{where} is larger than {MOST_TEXT:,} bytes: cut it down, or read with labels=none")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RivalsError(f"{where} is not UTF-8: write it anew, or read with labels=none") from None


def _json_labels(book: Album, name: str) -> dict[str, int]:
    """StyleGAN's {"labels": [["00000/img00000000.png", 3], ...]}; nothing where the labels are null."""
    where = f"{book.path}: {name}"
    mend = 'give {"labels": [["name.png", 3], ...]} with integers from 0, or read with labels=none'
    try:
        listing: Any = json.loads(_text(book, name))
        labels = listing["labels"]
        pairs = {str(file).replace("\\", "/"): label for file, label in labels or ()}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RivalsError(f"{where} is not read as labels ({type(error).__name__}): {mend}") from None
    for file, label in pairs.items():
        if type(label) is not int or not 0 <= label < arrays.MOST_CLASSES:
            raise RivalsError(f"{where} has the label {str(label)[:40]} for {file}: {mend}")
    return pairs


def _add_attributes(marks: Marks, book: Album, names: Sequence[str]) -> None:
    """Attributes from the file in the album; or from the one beside it, where that names any of the pictures."""
    inner = _shallowest(book, ATTRIBUTES)
    beside = next((p for p in (book.path.parent / name for name in ATTRIBUTES) if p.is_file()), None)
    if inner is not None:
        where, text = f"{book.path}: {inner}", _text(book, inner)
    elif beside is not None:
        with beside.open("rb") as file:
            where, text = str(beside), _as_text(file.read(MOST_TEXT + 1), str(beside))
    else:
        return
    header, rows = _table(text, where)
    keys = [name if name in rows else PurePosixPath(name).name for name in names]
    if inner is None and not any(key in rows for key in keys):
        return
    _all_there(f"{where} has no line", [name for name, key in zip(names, keys, strict=True) if key not in rows])
    values = {"-1": 0.0, "0": 0.0, "1": 1.0}
    table = np.empty((len(keys), len(header)), np.float32)
    for i, key in enumerate(keys):
        row = rows[key]
        if len(row) != len(header) or not values.keys() >= set(row):
            raise RivalsError(
                f"{where} has a line for {key} that is not {len(header)} values of 1 and 0, or 1 and -1: mend it, or "
                "read with labels=none"
            )
        table[i] = [values[value] for value in row]
    marks.attribute, marks.attributes = torch.from_numpy(table), header
    marks.facts["attributes"] = f"{len(header):,}: {listed(header)}"


def _table(text: str, where: str) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """Names of attributes and file -> values as they are written: CelebA's text (a count first), or CSV."""
    lines = text.splitlines()
    if lines and lines[0].strip().isdigit():
        header, rows = lines[1].split() if len(lines) > 1 else [], [line.split() for line in lines[2:] if line.strip()]
        if len(rows) < int(lines[0]):
            raise RivalsError(
                f"{where} says that it has {int(lines[0]):,} lines and has {len(rows):,}: copy it again, or mend the "
                "number"
            )
    else:
        header, *rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if row] or [[]]
        header = header[1:]
    if not header:
        raise RivalsError(f"{where} names no attributes: give a header, file,name,name,…, or read with labels=none")
    return tuple(header), {row[0].replace("\\", "/"): row[1:] for row in rows}


# ---- arrays ----------------------------------------------------------------------------------------------------------


def _idx_files(path: Path) -> list[tuple[Path, str]]:
    """IDX files of pictures and the part that each is; a folder is asked for MNIST's names."""
    if path.is_file():
        return [(path, "")] if path.name.lower().removesuffix(".gz").endswith("ubyte") else []
    there = [(path / f"{stem}-images-idx3-ubyte{gz}", part)
             for stem, part in (("train", "train"), ("t10k", "test")) for gz in ("", ".gz")]  # fmt: skip
    files = {part: (file, part) for file, part in reversed(there) if file.is_file()}
    return [files[part] for part in ("train", "test") if part in files] if "train" in files else []


def _from_arrays(path: Path, idx: Sequence[tuple[Path, str]], wanted: Wanted, with_labels: bool) -> Source:
    splits: list[str] = []
    if idx:
        loaded = [(*_idx_pair(file), part) for file, part in idx]
        if len({x.shape[1:] for x, _, _ in loaded}) > 1:
            raise RivalsError(f"{path} has pictures of different sizes for training and test: give one of the files")
        x = np.concatenate([x for x, _, _ in loaded]) if len(loaded) > 1 else loaded[0][0]
        splits = [part for x_part, _, part in loaded for _ in range(len(x_part))]
        known = [y for _, y, _ in loaded if y is not None]
        labels = np.concatenate(known) if len(known) == len(loaded) else None
        found = {"data": x} | ({} if labels is None else {"labels": labels})
    else:
        found = {name: arrays.native(array) for name, array in arrays_of(path).items()}
    if not with_labels:
        found.pop("labels", None)
    labels = found.get("labels")
    several, aside = arrays.fitting({name: x for name, x in found.items() if name != "labels"})
    pixels = next(iter(several.values())) if len(several) == 1 else None
    if pixels is not None and not arrays.is_pictures(pixels):
        raise RivalsError(
            f"{path} is {pixels.dtype} {pixels.shape}: pictures are N×H×W or N×H×W×C of uint8 or uint16 (floats in "
            "[0, 1] times 255, rounded)"
        )
    plain = wanted == Wanted(fit=wanted.fit)
    if pixels is None or not len(pixels) or (plain and not splits):
        return named(arrays.from_arrays(found, str(path)), path)
    x = arrays.channels_first(pixels, str(path))
    digest = hashlib.sha256(np.ascontiguousarray(x).tobytes() + f"{x.dtype}{x.shape}".encode()).hexdigest()
    if plain:
        pictures = Pictures(x, digest, (), Found({"pictures": f"{len(x):,} of {x.shape[2]} × {x.shape[3]}"}))
    else:
        pictures = reshaped(x, wanted, str(path), digest)
    pictures.found.facts.update(aside)
    marks = Marks()
    if labels is not None:
        label = arrays.labels_of(labels, len(x), str(path), missing=True)
        marks = Marks(torch.from_numpy(label), classes=int(label.max()) + 1)
        marks.facts["classes"] = f"{marks.classes:,}{arrays.without(label)}"
    return built(path, pictures, marks, splits or [""] * len(x))


def _idx_pair(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Pictures and, from the file beside them, labels."""
    x = arrays.idx(path)
    if x.ndim not in (3, 4):
        raise RivalsError(f"{path} holds an array of shape {x.shape}, no pictures: give the file of images")
    name = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    beside = next((p for p in (path.with_name(name), path.with_name(f"{name}.gz")) if p.is_file() and p != path), None)
    if beside is None:
        return x, None
    y = arrays.idx(beside)
    if y.shape != (len(x),):
        raise RivalsError(
            f"{beside} holds {y.size:,} labels for {len(x):,} pictures in {path.name}: put the right one beside it, or "
            "read with labels=none"
        )
    return x, y
