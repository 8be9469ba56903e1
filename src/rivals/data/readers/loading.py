"""What readers of arrays of many axes share: the one array, its labels, pictures of one size, a tenth held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from rivals.data.arrays import labels_of as checked
from rivals.data.readers.plain import shuffled
from rivals.data.sources import Arrays, Found
from rivals.data.specs import Spec
from rivals.errors import RivalsError, UsageError

LARGEST = 4 * 2**30
"""Bytes that one data set may take in memory."""


def one(arrays: Mapping[str, np.ndarray], path: Path, beside: Sequence[str] = ("labels",)) -> np.ndarray:
    """The only array that is not one of `beside`.

    Raises:
        RivalsError: where there are none or several.
    """
    names = [name for name in arrays if name not in beside]
    if len(names) != 1:
        also = f" (and {', '.join(beside)} beside it)" if beside else ""
        raise RivalsError(f"{path} holds {', '.join(arrays) or 'nothing'}: give one array{also}")
    if arrays[names[0]].ndim == 0 or not arrays[names[0]].size:
        raise RivalsError(f"{path} is empty: its array '{names[0]}' has the shape {arrays[names[0]].shape}")
    return arrays[names[0]]


def labels_of(arrays: Mapping[str, np.ndarray], n: int, path: Path) -> np.ndarray | None:
    """The array "labels", int64 (n,), or None.

    Raises:
        RivalsError: where it is not an integer from 0 for each sample.
    """
    labels = arrays.get("labels")
    return None if labels is None else checked(labels, n, str(path))


def count(labels: np.ndarray | None) -> int:
    """Number of classes, 0 without labels."""
    return 0 if labels is None else int(labels.max()) + 1


def classes_of(names: Sequence[str], found: Found) -> np.ndarray | None:
    """Labels, int64 (n,), from one class name a sample, told in `found`; None where there is one class only."""
    distinct = sorted(set(names))
    if len(distinct) < 2:
        return None
    shown = ", ".join(distinct[:8]) + (", …" if len(distinct) > 8 else "")
    found.facts["classes"] = f"{len(distinct)}, by folder: {shown}"
    place = {name: i for i, name in enumerate(distinct)}
    return np.array([place[name] for name in names], np.int64)


def bounded(size: int, path: Path, mend: str) -> None:
    """Refuse what would not fit in memory.

    Raises:
        RivalsError: where `size` bytes are more than `LARGEST`.
    """
    if size > LARGEST:
        raise RivalsError(f"{path} would take {size / 2**30:.1f} GiB, more than {LARGEST / 2**30:.0f}: {mend}")


def positive(word: str, **given: int) -> None:
    """Refuse options below 1.

    Raises:
        UsageError: naming the option.
    """
    for name, value in given.items():
        if value < 1:
            raise UsageError(f"{word}: option '{name}' must be at least 1, not {value}")


def square(picture: Image.Image, size: int) -> np.ndarray:
    """A picture as uint8 (size, size, 3): its middle square, scaled."""
    return np.asarray(ImageOps.fit(_opaque(picture), (size, size), Image.Resampling.BICUBIC))


def coloured(picture: Image.Image) -> np.ndarray:
    """A picture as uint8 (H, W, 3)."""
    return np.asarray(_opaque(picture))


def _opaque(picture: Image.Image) -> Image.Image:
    """Red, green and blue; opacity is laid over white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return picture.convert("RGB")


def without_colour(x: np.ndarray) -> np.ndarray:
    """(..., 3) -> (..., 1) where red, green and blue are the same everywhere; else x."""
    return x[..., :1] if (x[..., :1] == x[..., 1:]).all() else x


def split(
    spec: Spec, fields: Mapping[str, np.ndarray], path: Path, found: Found, groups: np.ndarray | None = None
) -> Arrays:
    """A source with a tenth of the samples held out, at random but always the same ones.

    Args:
        spec: what a batch is.
        fields: name -> (N, ...).
        path: what the source is called.
        found: what the reader saw; what is held out is added.
        groups: (N,), samples of one group (windows of one clip) are on the same side, where there are several groups.
    """
    n = len(next(iter(fields.values())))
    kinds, member = np.unique(groups, return_inverse=True) if groups is not None else (np.arange(n), np.arange(n))
    if len(kinds) < 2:
        kinds = member = np.arange(n)
    test = np.isin(member, shuffled(len(kinds))[1])
    found.facts["held out"] = f"{test.sum():,} of {n:,}" if test.any() else "nothing: there is one sample only"
    return parted(spec, fields, test, path, found)


def parted(spec: Spec, fields: Mapping[str, np.ndarray], test: np.ndarray, path: Path, found: Found) -> Arrays:
    """A source with the samples where `test`, bool (N,), is true held out; both parts in a fixed random order."""

    def part(which: np.ndarray, held: Arrays | None) -> Arrays:
        places = np.random.default_rng(0).permutation(np.flatnonzero(which))
        # x[places] of a transposed array keeps its axes' order in memory
        tensors = {name: torch.from_numpy(np.ascontiguousarray(x[places])) for name, x in fields.items()}
        return Arrays(spec, tensors, test=held, name=str(path))

    source = part(~test, part(test, None) if test.any() else None)
    source.found = found
    return source
