"""What was decoded once: rows in one file that later loads map, with a seal that shows whether they are whole.

A key gives a folder below `$RIVALS_CACHE`, or `rivals` in `$XDG_CACHE_HOME` or `~/.cache`: `rows.npy` and `notes.json`.
It appears at once or not at all. Deleting any of it is safe: it is decoded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from rivals.errors import RivalsError

IN_MEMORY = 2**31
"""Bytes that are held in memory where the cache cannot be written; more are refused."""
STALE = 24 * 3600
"""Seconds after which an unfinished folder belongs to nobody."""


@dataclass
class Rows:
    """What is to be stored.

    Attributes:
        dtype: of a number.
        shape: of a row.
        most: an upper bound of how many there will be.
        each: the rows.
        notes: plain data that are kept beside them, complete when the rows are used up.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    most: int
    each: Iterator[np.ndarray]
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What is stored.

    Attributes:
        array: (N, *shape), mapped from the file or in memory; writes to it never reach the file.
        digest: SHA-256 of the .npy file, the same whether it is mapped or in memory.
        notes: as they were.
        place: a sentence on where it is.
    """

    array: np.ndarray
    digest: str
    notes: dict[str, Any]
    place: str


def directory() -> Path:
    """The folder of the cache."""
    own, base = os.environ.get("RIVALS_CACHE"), os.environ.get("XDG_CACHE_HOME", "")
    return Path(own) if own else (Path(base) if os.path.isabs(base) else Path("~/.cache").expanduser()) / "rivals"


def stored(key: Mapping[str, Any]) -> Kept | None:
    """The rows of a key, or None where they are not stored, damaged or cut short."""
    return _opened(_folder(key))


def keep(key: Mapping[str, Any], make: Callable[[], Rows]) -> Kept:
    """The rows of a key: mapped where they are stored and whole, else made and stored.

    Args:
        key: plain data that change whenever the rows would.
        make: called where they are not stored, and once more where writing them fails half-way.

    Raises:
        RivalsError: where they can be neither written nor held in memory.
    """
    home, folder = directory(), _folder(key)
    there = stored(key)
    if there is not None:
        return there
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        part = Path(tempfile.mkdtemp(prefix=f"{folder.name[:16]}.", suffix=".part", dir=home))
    except OSError as error:
        return _held(make(), f"in memory: the cache {home} cannot be written ({error.strerror})")
    reason = "it changed meanwhile"
    try:
        _store(part, make())
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    except OSError as error:
        reason = error.strerror or str(error)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    # a folder that another process finished first is as good as this one's
    return stored(key) or _held(make(), f"in memory: the cache {home} cannot be written ({reason})")


def _folder(key: Mapping[str, Any]) -> Path:
    return directory() / hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def _store(folder: Path, rows: Rows) -> None:
    with (folder / "rows.npy").open("w+b") as file:
        _write(file, rows)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.flush()
        os.fsync(file.fileno())
    seal = _seal(digest, rows.notes)
    with (folder / "notes.json").open("w") as text:
        json.dump({"digest": digest, "seal": seal, "notes": rows.notes}, text)
        text.flush()
        os.fsync(text.fileno())


def _held(rows: Rows, place: str) -> Kept:
    size = rows.most * int(np.prod(rows.shape)) * rows.dtype.itemsize
    if size > IN_MEMORY:
        raise RivalsError(f"{size / 2**30:.1f} GiB are too much {place}: set RIVALS_CACHE to a folder with room for it")
    buffer = io.BytesIO()
    start = _write(buffer, rows)
    digest = hashlib.file_digest(buffer, "sha256").hexdigest()
    array = np.frombuffer(buffer.getbuffer(), rows.dtype, offset=start).reshape(-1, *rows.shape)
    return Kept(array, digest, rows.notes, place)


def _write(file: BinaryIO, rows: Rows) -> int:
    """The rows as .npy, one after another: a full disk is an error here, where writing to a map would kill the process.

    Returns:
        The header's length. The file is left at its beginning.
    """
    count, start = 0, _header(file, rows, rows.most)
    for row in rows.each:
        if row.shape != rows.shape or row.dtype != rows.dtype:
            raise AssertionError(f"a row is {row.dtype} {row.shape}, not {rows.dtype} {rows.shape}")
        file.write(row.tobytes())
        count += 1
    file.seek(0)
    # numpy leaves room in the header for a first axis that is counted later
    if _header(file, rows, count) != start:
        raise AssertionError("the header's length changed with the number of rows")
    file.seek(0)
    return start


def _header(file: BinaryIO, rows: Rows, count: int) -> int:
    descr = np.lib.format.dtype_to_descr(rows.dtype)
    header = {"descr": descr, "fortran_order": False, "shape": (count, *rows.shape)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()


def _opened(folder: Path) -> Kept | None:
    """What is stored, or None where it is not there, damaged or cut short."""
    try:
        stored = json.loads((folder / "notes.json").read_text())
        with (folder / "rows.npy").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if stored["seal"] != _seal(digest, stored["notes"]):
            return None
        # mode c: the tensor may be written to, as torch wants it, and the file stays what it is
        array = np.load(folder / "rows.npy", mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Kept(np.asarray(array), digest, stored["notes"], f"{folder}, {array.nbytes / 2**20:,.0f} MiB")


def _seal(digest: str, notes: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{digest}{json.dumps(notes, sort_keys=True)}".encode()).hexdigest()


def _sweep(home: Path) -> None:
    """Remove what killed processes left behind."""
    for part in home.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > STALE:
                shutil.rmtree(part, ignore_errors=True)
