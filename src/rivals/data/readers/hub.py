"""Data sets in the form of Hugging Face's `datasets`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from rivals.data.readers import loading, plain
from rivals.data.sources import Found, Source
from rivals.data.specs import Images, Points, Spec
from rivals.errors import RivalsError, UsageError


def hub(
    path: Path,
    *,
    split: str = "train",
    config: str = "",
    image: str = "",
    label: str = "",
    size: int = 0,
    limit: int = 0,
) -> Source:
    """Pictures or points of a data set of Hugging Face's `datasets`, by its name or in a folder.

    A column of pictures gives images; without one, the columns of floats (or one column of float lists of one length)
    give points. A column of classes gives labels. Where "train" is read and there is a "test", that is held out, else a
    tenth of what is read.

    Args:
        path: a folder that `save_to_disk` wrote or that `load_dataset` understands, or a name on the hub.
        split: which part is read.
        config: which form of the data set, where there are several.
        image: the column of pictures; by default the first.
        label: the column of classes; by default the first.
        size: side to which pictures are cut and scaled; 0 where all have one size.
        limit: number of samples that are read at most, the first ones; 0 for all.

    Raises:
        RivalsError: where `datasets` is missing, the hub cannot be reached, or nothing fits.
    """
    if size < 0 or limit < 0:
        raise UsageError(f"hub: size and limit are at least 0, not {size} and {limit}")
    found = Found()
    parts = _loaded(path, config)
    if split not in parts:
        raise RivalsError(f"{path} has no split '{split}': it has {', '.join(parts)}; --read split=…")
    pictures, classes = _columns(parts[split], image, label, path)
    read = [_read(parts[split], pictures, classes, size, limit, path)]
    own = split == "train" and "test" in parts and len(parts["test"]) > 0
    if own:
        read.append(_read(parts["test"], pictures, classes, size, limit, path))
    x = np.concatenate([part for part, _ in read])
    labels = np.concatenate([part for _, part in read]) if classes else None
    fields: dict[str, np.ndarray] = {}
    count = loading.count(labels)
    spec: Spec
    if pictures:
        x = loading.without_colour(x).transpose(0, 3, 1, 2)
        names = getattr(parts[split].features[classes], "names", None) if classes else None
        spec = Images(x.shape[1], x.shape[2], x.shape[3], max(count, len(names or ())))
        fields["image"] = x
        found.facts["pictures"] = f"{len(x):,} of {x.shape[3]}×{x.shape[2]}, column '{pictures}'"
    else:
        spec = Points(x.shape[1], classes=count)
        fields["point"] = x
        found.facts["points"] = f"{len(x):,} of {x.shape[1]} numbers"
    if labels is not None:
        fields["label"] = labels
        found.facts["classes"] = f"{spec.classes}, column '{classes}'"
    if not own:
        return loading.split(spec, fields, path, found)
    found.facts["held out"] = f"the split 'test', {len(read[1][0]):,}"
    cut = len(read[0][0])
    return loading.parted(spec, fields, np.arange(len(x)) >= cut, path, found)


def _loaded(path: Path, config: str) -> dict[str, Any]:
    """Split -> rows."""
    datasets = plain.needed("datasets", "hub", "hub:")
    try:
        saved = path.is_dir() and any((path / n).is_file() for n in ("dataset_dict.json", "state.json"))
        data = datasets.load_from_disk(str(path)) if saved else datasets.load_dataset(str(path), config or None)
    except Exception as error:  # the library lets through what its own libraries raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        mend = "see what the folder holds" if path.exists() else "see its name, and that this machine is on line"
        raise RivalsError(f"{path} cannot be read as a data set ({reason}): {mend}") from error
    return dict(data) if isinstance(data, dict) else {str(data.split or "train"): data}


def _columns(rows: Any, image: str, label: str, path: Path) -> tuple[str, str]:
    """The columns of pictures and of classes, "" where there is none."""
    datasets = plain.needed("datasets", "hub", "hub:")
    kinds = dict(rows.features)
    for name in (image, label):
        if name and name not in kinds:
            raise RivalsError(f"{path} has no column '{name}': it has {', '.join(kinds)}")
    if image and not isinstance(kinds[image], datasets.Image):
        raise RivalsError(f"{path}: the column '{image}' holds no pictures but {kinds[image]}: name another")
    pictures = image or next((name for name, kind in kinds.items() if isinstance(kind, datasets.Image)), "")
    classes = label or next((name for name, kind in kinds.items() if isinstance(kind, datasets.ClassLabel)), "")
    return pictures, classes


def _read(
    rows: Any, pictures: str, classes: str, size: int, limit: int, path: Path
) -> tuple[np.ndarray, np.ndarray | None]:
    """uint8 (N, H, W, 3) or float32 (N, D), and labels."""
    rows = rows.select(range(min(limit, len(rows)))) if limit else rows
    if not len(rows):
        raise RivalsError(f"{path} is empty: name another split")
    labels = None
    if classes:
        labels = np.array(rows.with_format("numpy")[classes][:])
        if labels.dtype.kind not in "iu" or labels.ndim != 1 or labels.min() < 0:
            raise RivalsError(f"{path}: the column '{classes}' is not one integer from 0 each: name another label")
        labels = labels.astype(np.int64)
    return (_pictures(rows, pictures, size, path) if pictures else _points(rows, classes, path)), labels


def _pictures(rows: Any, column: str, size: int, path: Path) -> np.ndarray:
    sizes = Counter[tuple[int, int]]()
    pictures: list[np.ndarray] = []
    try:
        for i, picture in enumerate(rows[column]):
            if picture is None:
                raise RivalsError(f"{path} has no picture in row {i:,} of '{column}': leave such rows out")
            sizes[picture.size] += 1
            if not pictures:
                width, height = (size, size) if size else picture.size
                loading.bounded(len(rows) * width * height * 3, path, "give a smaller size, or a limit")
            if not size and len(sizes) > 1:
                (a, b), (c, d) = list(sizes)[:2]
                raise RivalsError(
                    f"{path} has pictures of several sizes, {a}×{b} and {c}×{d}: give one, --read size=64"
                )
            pictures.append(loading.square(picture, size) if size else loading.coloured(picture))
    except (OSError, ValueError, SyntaxError) as error:
        raise RivalsError(f"{path} has a picture that cannot be read, row {len(pictures):,} ({error})") from error
    return np.stack(pictures)


def _points(rows: Any, classes: str, path: Path) -> np.ndarray:
    kinds = {name: str(getattr(kind, "dtype", "")) for name, kind in rows.features.items() if name != classes}
    floats = [name for name, kind in kinds.items() if kind.startswith("float")]
    table = rows.with_format("numpy")
    columns = [np.asarray(table[name][:]) for name in floats]
    if not floats:
        lists = [
            name
            for name, kind in rows.features.items()
            if name != classes and str(getattr(getattr(kind, "feature", None), "dtype", "")).startswith("float")
        ]
        columns = [np.asarray(table[name][:]) for name in lists[:1]]
    if not columns:
        has = ", ".join(
            f"{name}: {getattr(kind, 'dtype', type(kind).__name__)}" for name, kind in rows.features.items()
        )
        raise RivalsError(
            f"{path} has no pictures and no floats ({has}): columns of pictures or floats are read; "
            "save other columns to a file for the readers text:, table: or audio:"
        )
    columns = [column[:, None] if column.ndim == 1 else column for column in columns]
    if any(column.ndim != 2 or column.dtype.kind != "f" for column in columns):
        raise RivalsError(f"{path}: the lists in its rows have several lengths: points have one number of coordinates")
    x = np.concatenate(columns, 1).astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(x).all(1))
    if len(bad):
        raise RivalsError(f"{path} has NaN or infinity in {len(bad):,} rows, first in row {bad[0]:,}: leave them out")
    return x
