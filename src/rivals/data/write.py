"""Samples of a source as files that the readers take."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from rivals.data.sources import Source
from rivals.data.specs import (
    Captioned,
    Domains,
    Environment,
    Images,
    Pairs,
    Points,
    Sentences,
    Spec,
    Table,
    Tokens,
    Unpaired,
    Video,
    Voxels,
)
from rivals.errors import RivalsError, UsageError


def write(source: Source, folder: Path, n: int) -> list[Path]:
    """Write the first n samples into a new folder, which appears whole or not at all.

    Pictures become PNG files, in a folder for each class, with attributes.csv or captions.csv; pairs the folders A and
    B, unpaired domains trainA and trainB; points points.npy, or points.npz with `labels`; tables table.csv; sequences
    with written symbols text.txt; everything else data.npz. Further fields go to fields.npz, in the same order.

    Args:
        source: what to write.
        folder: where to; it may be there if it is empty.
        n: how many samples, fewer where a finite source has fewer.

    Returns:
        What lies in the folder.

    Raises:
        UsageError: where the folder has something in it.
        RivalsError: where it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"'{folder}' is there already and not an empty folder: name a new one")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(source.spec, dict(zip(source.fields, _rows(source, n), strict=True)), new)
            new.chmod(0o755)
            new.replace(folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise RivalsError(f"{folder} cannot be written: {error.strerror or error}") from error
    return sorted(folder.iterdir())


def _rows(source: Source, n: int) -> list[Tensor]:
    """The first n samples of all fields; of an endless source all of one draw, so that they belong together."""
    if source.size is None:
        return list(source.draw(source.fields, seed=0, start=-1, size=n))
    return [source.first(name, n) for name in source.fields]


def _write(spec: Spec, fields: dict[str, Tensor], folder: Path) -> None:
    arrays = {name: x.numpy() for name, x in fields.items()}
    main = next(iter(arrays))
    if isinstance(spec, Pairs | Unpaired) and isinstance(spec.x, Images) and isinstance(spec.y, Images):
        names = ("A", "B") if isinstance(spec, Pairs) else ("trainA", "trainB")
        for field, name in zip(("x", "y"), names, strict=True):
            _pictures(arrays.pop(field), folder, [name] * len(fields[field]))
    elif isinstance(spec, Images):
        _images(spec, arrays, folder)
    elif isinstance(spec, Table):
        from rivals.data.readers.tables import decode

        columns = decode(fields[main], spec)
        _csv(folder / "table.csv", list(columns), zip(*columns.values(), strict=True))
        del arrays[main]
    elif isinstance(spec, Tokens) and spec.symbols:
        lines = [spec.joined.join(spec.symbols[i] for i in row if i) for row in arrays.pop(main).tolist()]
        if isinstance(spec, Sentences) and "label" in arrays:
            classes = [spec.names[k] if spec.names else k for k in arrays.pop("label").tolist()]
            _csv(folder / "sentences.csv", ["text", "label"], zip(lines, classes, strict=True))
        else:
            (folder / "text.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    elif isinstance(spec, Points) and "label" not in arrays:
        np.save(folder / "points.npy", arrays.pop(main))
    elif isinstance(spec, Environment):
        told = {"states": arrays.pop("state"), "actions": arrays.pop("action")}
        _npz(folder / "data.npz", told | {"id": np.array(spec.id), "horizon": np.array(spec.horizon)})
    elif not isinstance(spec, Pairs | Unpaired):
        x = arrays.pop(main)
        x = np.moveaxis(_bytes(x), 1, -1) if isinstance(spec, Video | Voxels) else x
        labels = {"labels": arrays.pop("label")} if "label" in arrays else {}
        _npz(folder / ("points.npz" if isinstance(spec, Points) else "data.npz"), {"samples": x, **labels})
    if arrays:
        _npz(folder / "fields.npz", arrays)


def _images(spec: Images, arrays: dict[str, np.ndarray], folder: Path) -> None:
    image, label = arrays.pop("image"), arrays.pop("label", None)
    digits = len(str(max(0, spec.classes - 1)))
    named = spec.names if isinstance(spec, Domains) else ()
    below = [""] * len(image)
    if label is not None:
        below = [named[k] if named else f"{k:0{digits}d}" for k in label.tolist()]
    files = _pictures(image, folder, below)
    if spec.attributes and "attribute" in arrays:
        rows = ([file, *map(int, row)] for file, row in zip(files, arrays.pop("attribute").tolist(), strict=True))
        _csv(folder / "attributes.csv", ["file", *spec.attributes], rows)
    if isinstance(spec, Captioned) and "caption" in arrays:
        said = (" ".join(spec.words[i] for i in row if i) for row in arrays.pop("caption").tolist())
        _csv(folder / "captions.csv", ["file", "caption"], zip(files, said, strict=True))


def _pictures(x: np.ndarray, folder: Path, below: Sequence[str]) -> list[str]:
    """Write pictures (N, C, H, W), uint8 or in [-1, 1]; their names from the folder."""
    x = _bytes(x)
    if x.dtype != np.uint8 or x.shape[1] not in (1, 2, 3, 4):
        raise RivalsError(f"pictures of {x.dtype} with {x.shape[1]} channels cannot be written as PNG")
    digits = max(5, len(str(len(x) - 1)))
    names = []
    for i, (picture, where) in enumerate(zip(x, below, strict=True)):
        file = folder / where / f"{i:0{digits}d}.png"
        file.parent.mkdir(exist_ok=True)
        channels = picture[0] if len(picture) == 1 else np.ascontiguousarray(picture.transpose(1, 2, 0))
        Image.fromarray(channels).save(file)
        names.append(str(file.relative_to(folder).as_posix()))
    return names


def _bytes(x: np.ndarray) -> np.ndarray:
    """Numbers in [-1, 1] as uint8; what is not float stays."""
    return ((x + 1) * 127.5).round().clip(0, 255).astype(np.uint8) if x.dtype.kind == "f" else x


def _npz(file: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # a field may not be called allow_pickle


def _csv(file: Path, header: list[str], rows: Iterable[Iterable[Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        out = csv.writer(text)
        out.writerow(header)
        out.writerows(rows)
