"""What readers of plain files share: text, arrays, an optional library, and the held-out tenth."""

from __future__ import annotations

import importlib
import zipfile
import zlib
from gzip import GzipFile
from pathlib import Path
from typing import Any

import numpy as np

from rivals.data.sources import Bad
from rivals.errors import RivalsError, told

LARGEST = 2**31
"""Bytes of text, or numbers in an array, above which a file is refused."""
UNPACKED = 2**33
"""Bytes that an .npz may unpack to."""
TOLD = 20
"""Bad lines that are listed one by one; of more only the number is told."""


def text_of(path: Path) -> str:
    """A file of UTF-8 text, gz or not, without its byte order mark.

    Raises:
        RivalsError: where it is empty, no text, of another encoding, or larger than `LARGEST` bytes.
    """
    if path.is_dir():
        raise RivalsError(f"{path} is a folder: give a file in it")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            raw = GzipFile(fileobj=file).read(LARGEST + 1) if zipped else file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RivalsError(f"{path} cannot be read: {error}") from error
    if len(raw) > LARGEST:
        raise RivalsError(f"{path} holds more than {LARGEST:,} bytes: cut it into parts and read one")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RivalsError(f"{path} is UTF-16, not UTF-8: write it anew with {_converted(path, 'utf-16', zipped)}")
    if 0 in raw:
        raise RivalsError(f"{path} is not text: byte {raw.index(0):,} is 0; give a text file")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        where = f"{path} is not UTF-8: byte {error.start:,} is 0x{raw[error.start]:02x}"
        raise RivalsError(f"{where}; write it anew with {_converted(path, 'latin1', zipped)}") from error
    if not text.strip():
        raise RivalsError(f"{path} is empty: give a file with lines in it")
    return text.removeprefix("\ufeff")


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npy (named "data") or .npz file.

    Raises:
        RivalsError: where it cannot be read without unpickling, or holds more than `LARGEST` numbers.
    """
    try:
        _bounded(path)
        with path.open("rb") as file:  # numpy leaves a damaged one open
            data = np.load(file, allow_pickle=False)
            arrays = {"data": data} if isinstance(data, np.ndarray) else {name: data[name] for name in data.files}
    except RivalsError:
        raise
    except Exception as error:  # headers are Python literals in a zip: damaged, they raise nearly anything
        if isinstance(error, OSError) and error.errno:
            raise RivalsError(f"{path} cannot be read: {told(error)}") from error
        if "allow_pickle" in str(error) or "pickled" in str(error):
            raise RivalsError(f"{path} holds Python objects, which are never unpickled: save plain numbers") from None
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise RivalsError(f"{path} cannot be read as an array: {reason[:200]}; save it again with numpy") from error
    for name, array in arrays.items():
        if array.size > LARGEST:
            raise RivalsError(
                f"{path}: '{name}' holds {array.size:,} numbers, more than {LARGEST:,}: give a part of it"
            )
    return arrays


def _bounded(path: Path) -> None:
    """Refuse a zip that says it unpacks to more than `UNPACKED` bytes, before anything is unpacked."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > UNPACKED:
            raise RivalsError(f"{path} unpacks to {size:,} bytes, more than {UNPACKED:,}: give a part of it")


def one_array(path: Path) -> np.ndarray:
    """The array of an .npy file; of an .npz the one named "samples", or its only one.

    Raises:
        RivalsError: where it is not clear which one is meant, or it is empty.
    """
    arrays = arrays_of(path)
    if len(arrays) != 1 and "samples" not in arrays:
        raise RivalsError(f"{path} holds {', '.join(arrays) or 'no array'}: give one array, or name it 'samples'")
    array = arrays["samples"] if "samples" in arrays else next(iter(arrays.values()))
    if not array.size:
        raise RivalsError(f"{path} is empty: it holds an array of shape {array.shape}")
    return array


def needed(module: str, extra: str, what: str) -> Any:
    """An optional library.

    Args:
        module: what to import.
        extra: of this package, that brings it.
        what: the layout that needs it, as a sentence begins.

    Raises:
        RivalsError: where it is not installed, saying how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise RivalsError(f"{what} needs the extra '{extra}': pip install 'rivals[{extra}]'") from error


def shuffled(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the training part and of the held-out tenth, always the same; of one sample nothing is held out."""
    order = np.random.default_rng(0).permutation(n)
    cut = n - max(1, n // 10) if n > 1 else n
    return order[:cut], order[cut:]


def some(bad: list[Bad], file: Path) -> list[Bad]:
    """The first `TOLD` of many, and one that says how many more there are."""
    more = len(bad) - TOLD
    return bad if more <= 0 else [*bad[:TOLD], Bad(str(file), f"{more:,} more of the kind", "see those above")]


def _converted(path: Path, encoding: str, zipped: bool) -> str:
    new = path.with_name(f"utf8-{path.name.removesuffix('.gz')}").name
    if zipped:
        return f"`gunzip -c {path.name} | iconv -f {encoding} -t utf-8 > {new}`"
    return f"`iconv -f {encoding} -t utf-8 {path.name} > {new}`"
