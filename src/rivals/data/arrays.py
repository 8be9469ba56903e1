"""Sources from arrays, in memory or in files."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rivals.data.readers.plain import arrays_of, shuffled
from rivals.data.sources import FEW, Arrays, Found, Source
from rivals.data.specs import Images, Points, Spec
from rivals.errors import RivalsError

MOST_CLASSES = 1_000_000
"""A larger label is a mistake, not a class: networks keep a row for each."""
LARGEST = 2**33
"""Bytes that an IDX file may unpack to."""
PIECE = 2**20
"""Bytes that are read at once."""


def file(path: Path) -> Source:
    """An .npy array, or an .npz with one array of samples and optional integer `labels`; others are left aside."""
    return from_arrays(arrays_of(path), str(path))


def from_arrays(arrays: dict[str, np.ndarray], name: str) -> Source:
    """Points or images from one array, with optional labels; a tenth is held out. The arrays are not copied.

    Raises:
        RivalsError: for anything else than N×D finite floats, or N×H×W[×C] uint8 or uint16, or labels that do not fit.
    """
    labels = arrays.pop("labels", None)
    arrays, aside = fitting(arrays)
    if len(arrays) != 1:
        raise RivalsError(
            f"{name} holds {', '.join(arrays) or 'nothing'}: give one array, and 'labels' beside it if any"
        )
    (x,) = map(native, arrays.values())
    if x.ndim == 0 or len(x) == 0:
        raise RivalsError(f"{name} is empty: it holds an array of shape {x.shape}")
    if is_pictures(x):
        x = channels_first(x, name)
        field, what = "image", f"{len(x):,} of {x.shape[2]} × {x.shape[3]}"
    elif is_points(x):
        x = x.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(x).all(1))
        if len(bad):
            raise RivalsError(
                f"{name} has NaN or infinity in {len(bad)} rows, the first is row {bad[0]}: leave them out"
            )
        field, what = "point", f"{len(x):,} of {x.shape[1]} coordinates"
    else:
        raise RivalsError(f"{name} is {x.dtype} {x.shape}: give N×D floats for points, or N×H×W[×C] uint8 for images")
    fields, facts = {field: tensor(x)}, {f"{field}s": what} | aside
    if labels is not None:
        label = labels_of(labels, len(x), name, missing=True)
        fields["label"] = tensor(label)
        facts["classes"] = f"{int(label.max()) + 1}{without(label)}"
    train, test = map(torch.from_numpy, shuffled(len(x)))
    source = divided(_spec(x, fields.get("label")), fields, _all(fields, train), _all(fields, test), name=name)
    source.found = Found(facts)
    return source


def is_pictures(x: np.ndarray) -> bool:
    """Whether this is N×H×W or N×H×W×C of pixels."""
    return x.dtype in (np.uint8, np.uint16) and x.ndim in (3, 4)


def is_points(x: np.ndarray) -> bool:
    """Whether this is N×D of floats."""
    return x.dtype.kind == "f" and x.ndim == 2


def holds_pictures(path: Path) -> bool:
    """Whether the samples of an .npy or .npz are pictures, whatever its labels, which an option may leave out."""
    found, _ = fitting({name: native(x) for name, x in arrays_of(path).items() if name != "labels"})
    return any(map(is_pictures, found.values()))


def fitting(arrays: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Where one of several arrays alone can be samples that one, and a fact that names those beside it."""
    can = {name: x for name, x in arrays.items() if is_pictures(x) or is_points(x)}
    if len(arrays) < 2 or len(can) != 1:
        return arrays, {}
    (x,) = can.values()
    beside = {name: y for name, y in arrays.items() if name not in can}
    integers = any(y.dtype.kind in "iu" and y.shape == x.shape[:1] for y in beside.values())
    return can, {"left aside": ", ".join(beside) + "; classes are an array named 'labels'" * integers}


def labelled(name: str, *parts: tuple[np.ndarray, np.ndarray | None]) -> Source:
    """A source from (x, labels) for training and for test, pictures as N×C×H×W."""
    (x, labels), (y, test_labels) = parts

    def source(x: np.ndarray, labels: np.ndarray | None, test: Source | None = None) -> Arrays:
        fields = {"image" if x.ndim == 4 else "point": tensor(x)}
        if labels is not None:
            fields["label"] = tensor(labels.astype(np.int64))
        return Arrays(spec, fields, test=test, name=name)

    spec = _spec(x, torch.from_numpy(labels) if labels is not None else None)
    return source(x, labels, source(y, test_labels))


def divided(
    spec: Spec, fields: Mapping[str, Tensor], train: Mapping[str, Tensor], test: Mapping[str, Tensor], **rest: Any
) -> Arrays:
    """Whole fields and the rows of each that are for training and held out: nothing is copied.

    Labels below 0 stand for none: instead of "label" there is then the stream of `FEW`, of the samples that have one. A
    class whose labelled samples are all held out gives them back.

    Args:
        spec: of both.
        fields: name -> (N, ...) tensor.
        train: name -> rows, int64.
        test: likewise; where one of them is empty nothing is held out.
        rest: as `Arrays` takes it.

    Raises:
        RivalsError: where a class has no sample to learn from.
    """
    if "label" not in fields or fields["label"].min() >= 0:
        held = Arrays(spec, fields, index=test, **rest) if all(map(len, test.values())) else None
        return Arrays(spec, fields, index=train, test=held, **rest)
    label, pictures = fields["label"], {name: x for name, x in fields.items() if name != "label"}
    few, few_held = (rows["label"][label[rows["label"]] >= 0] for rows in (train, test))
    lost = ~torch.isin(label[few_held], label[few])
    few, few_held = torch.cat([few, few_held[lost]]), few_held[~lost]
    if missing := sorted(set(range(getattr(spec, "classes", 0))) - set(label[few].tolist())):
        raise RivalsError(f"class {missing[0]} has no labelled sample to learn from: label one, or leave it out")
    main = next(iter(pictures))
    both = pictures | dict(zip(FEW, (pictures[main], label), strict=True))
    rest |= {"groups": dict.fromkeys(pictures, "main") | dict.fromkeys(FEW, FEW[0])}
    if main in (digests := dict(rest.get("digests") or {})):
        rest["digests"] = digests | {FEW[0]: digests[main]}

    def part(rows: Mapping[str, Tensor], named: Tensor, held: Source | None = None) -> Arrays:
        there = both if len(named) else pictures
        index = {name: named if name in FEW else rows[name] for name in there}
        groups = {name: rest["groups"][name] for name in there}
        return Arrays(spec, there, index=index, test=held, **rest | {"groups": groups})

    return part(train, few, part(test, few_held) if len(test[main]) else None)


def native(x: np.ndarray) -> np.ndarray:
    """An array with its bytes in this machine's order."""
    return x.astype(x.dtype.newbyteorder("="), copy=False)


def tensor(x: np.ndarray) -> Tensor:
    """An array as a tensor over the same memory where torch can have it."""
    x = native(x)
    return torch.from_numpy(x if x.flags.writeable and min(x.strides, default=0) >= 0 else x.copy())


def channels_first(x: np.ndarray, name: str) -> np.ndarray:
    """Pictures N×H×W[×C] as N×C×H×W, without a copy.

    Raises:
        RivalsError: for more than 5 channels, or pictures without pixels.
    """
    x = x[:, None] if x.ndim == 3 else x.transpose(0, 3, 1, 2)
    if not 1 <= x.shape[1] <= 5:
        raise RivalsError(f"{name} has {x.shape[1]} channels: images are N×H×W or N×H×W×C with 1 to 5 channels, last")
    if not x.size:
        raise RivalsError(f"{name} holds pictures of {x.shape[2]} × {x.shape[3]} pixels: give some with pixels in them")
    return x


def labels_of(labels: np.ndarray, n: int, name: str, *, missing: bool = False) -> np.ndarray:
    """Labels as int64 (N,).

    Args:
        labels: as they were found.
        n: how many there should be.
        name: of the data.
        missing: whether some may be -1, of samples that have none.

    Raises:
        RivalsError: where they are not one integer from 0 for each of n samples.
    """
    fits = labels.shape == (n,) and labels.dtype.kind in "iu"
    if not fits or labels.min() < -missing or not 0 <= labels.max() < MOST_CLASSES:
        raise RivalsError(
            f"{name}: labels are {labels.dtype} {labels.shape}; give one integer from 0 for each of {n}, "
            f"below {MOST_CLASSES:,}{', or -1 where there is none' if missing else ''}"
        )
    return labels.astype(np.int64)


def without(label: np.ndarray) -> str:
    """How many samples have no label, as the end of a sentence; nothing where all have one."""
    count = int((label < 0).sum())
    return f"; {count:,} without a label" if count else ""


def idx(path: Path) -> np.ndarray:
    """An IDX file of bytes, gz or not: two zero bytes, type 8, number of dimensions, big-endian sizes, data.

    Raises:
        RivalsError: where it is something else, cut short, or larger than `LARGEST` bytes.
    """
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.GzipFile(fileobj=raw) if zipped else raw as data:
                head = data.read(4)
                if head[:3] != b"\0\0\x08" or head[3:] not in (b"\1", b"\2", b"\3", b"\4"):
                    raise RivalsError(f"{path} is no IDX file of bytes: it begins with {head!r}")
                shape = tuple(int.from_bytes(data.read(4), "big") for _ in range(head[3]))
                size = int(np.prod(shape, dtype=object))
                if not size:
                    raise RivalsError(f"{path} is empty: it holds an array of shape {shape}")
                if size > LARGEST:
                    raise RivalsError(f"{path} says that it holds {size:,} bytes, more than {LARGEST:,}: it is damaged")
                body = bytearray()
                while len(body) < size and (part := data.read(min(PIECE, size - len(body)))):
                    body += part  # so that memory is taken for what is there, not for what the header says
    except (OSError, EOFError, zlib.error) as error:
        raise RivalsError(f"{path} cannot be read: {error}; copy it again from where it came") from error
    if len(body) < size:
        raise RivalsError(f"{path} is cut short, {len(body):,} of {size:,} bytes: copy it again from where it came")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _spec(x: np.ndarray, labels: Tensor | None) -> Spec:
    classes = int(labels.max()) + 1 if labels is not None else 0
    if x.ndim != 4:
        return Points(x.shape[1], classes)
    return Images(x.shape[1], x.shape[2], x.shape[3], classes, 16 if x.dtype == np.uint16 else 8)


def _all(fields: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    return dict.fromkeys(fields, rows)
