"""Sources from arrays and pictures in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from rivals.data.sources import Arrays, Source
from rivals.data.specs import Images, Points, Spec
from rivals.errors import RivalsError

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


def file(path: Path) -> Source:
    """An .npy array, or an .npz with one array and optional integer `labels`."""
    try:
        data = np.load(path, allow_pickle=False)
        if isinstance(data, np.ndarray):
            arrays = {"data": data}
        else:
            with data:
                arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError, EOFError) as error:
        raise RivalsError(f"{path} cannot be read as an array: {error}") from error
    return from_arrays(arrays, str(path))


def from_arrays(arrays: dict[str, np.ndarray], name: str) -> Source:
    """Points or images from one array, with optional labels; a tenth is held out."""
    labels = arrays.pop("labels", None)
    if len(arrays) != 1:
        raise RivalsError(
            f"{name} holds {', '.join(arrays) or 'nothing'}: give one array, and 'labels' beside it if any"
        )
    (x,) = arrays.values()
    if len(x) == 0:
        raise RivalsError(f"{name} is empty: it holds an array of shape {x.shape}")
    if x.dtype == np.uint8 and x.ndim in (3, 4):
        x = x[:, None] if x.ndim == 3 else x.transpose(0, 3, 1, 2)
        if not 1 <= x.shape[1] <= 5:
            raise RivalsError(
                f"{name} has {x.shape[1]} channels: images are N×H×W or N×H×W×C with 1 to 5 channels, last"
            )
    elif x.dtype.kind == "f" and x.ndim == 2:
        x = x.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(x).all(1))
        if len(bad):
            raise RivalsError(
                f"{name} has NaN or infinity in {len(bad)} rows, the first is row {bad[0]}: leave them out"
            )
    else:
        raise RivalsError(f"{name} is {x.dtype} {x.shape}: give N×D floats for points, or N×H×W[×C] uint8 for images")
    if labels is not None and (labels.shape != (len(x),) or labels.dtype.kind not in "iu" or labels.min() < 0):
        raise RivalsError(
            f"{name}: labels are {labels.dtype} {labels.shape}; give one integer from 0 for each of {len(x)}"
        )
    order = np.random.default_rng(0).permutation(len(x))
    cut = max(1, len(x) - max(1, len(x) // 10)) if len(x) > 1 else 1
    train, test = order[:cut], order[cut:] if len(x) > 1 else order
    both = ((x[part], labels[part].astype(np.int64) if labels is not None else None) for part in (train, test))
    return labelled(name, *both)


def folder(path: Path) -> Source:
    """All images below a folder, which must be of one size and mode; a tenth is held out."""
    from PIL import Image, UnidentifiedImageError

    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURES)
    if not files:
        raise RivalsError(f"{path} holds no images: {', '.join(sorted(PICTURES))} are read")
    pictures = []
    for name in files:
        try:
            with Image.open(name) as picture:
                pictures.append(np.asarray(picture.convert("L" if picture.mode in ("1", "L", "I;16") else "RGB")))
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise RivalsError(f"{name} cannot be read as an image: {error}") from error
        if pictures[-1].shape != pictures[0].shape:
            shapes = f"{pictures[-1].shape}, and {files[0]} is {pictures[0].shape}"
            raise RivalsError(f"{name} is {shapes}: bring all images to one size and mode")
    return from_arrays({"data": np.stack(pictures)}, str(path))


def labelled(name: str, *parts: tuple[np.ndarray, np.ndarray | None]) -> Source:
    """A source from (x, labels) for training and for test."""
    (x, labels), (y, test_labels) = parts
    classes = int(labels.max()) + 1 if labels is not None else 0
    pictures = x.dtype == np.uint8
    spec: Spec = Images(x.shape[1], x.shape[2], x.shape[3], classes) if pictures else Points(x.shape[1], classes)
    field = "image" if pictures else "point"

    def source(x: np.ndarray, labels: np.ndarray | None, test: Source | None = None) -> Arrays:
        fields = {field: torch.from_numpy(np.ascontiguousarray(x))}
        if labels is not None:
            fields["label"] = torch.from_numpy(np.ascontiguousarray(labels)).long()
        return Arrays(spec, fields, test=test, name=name)

    return source(x, labels, source(y, test_labels))
