"""Nested state to safetensors and JSON, and back: no pickle, checksums, all or nothing.

A state is any nesting of dicts, lists, tuples, tensors, numbers, strings and None. Tensors go into one safetensors
file, the rest into a JSON tree that refers to them; a tensor that occurs twice is stored once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from rivals.errors import STARVED, RivalsError

DAMAGED = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, SafetensorError)
"""What reading bytes that nobody vouches for may raise; a nesting without end is a `RecursionError`, a RuntimeError."""


def flatten(state: Any) -> tuple[dict[str, Tensor], Any]:
    """Split a nested state into tensors by name and a JSON tree.

    Raises:
        TypeError: for a value that is neither a tensor nor plain data.
    """
    tensors: dict[str, Tensor] = {}
    seen: dict[tuple[Any, ...], str] = {}

    def walk(value: Any, path: str) -> Any:
        if isinstance(value, Tensor):
            data = value.detach()
            while path in tensors:  # keys may hold a slash
                path += "'"
            identity = (data.data_ptr(), data.shape, data.stride(), data.dtype, data.device)
            name = seen.setdefault(identity, path) if data.numel() else path
            if name == path:
                tensors[path] = data.cpu().contiguous()
            return {"~tensor": name}
        if isinstance(value, dict):
            return {"~dict": [[k, walk(v, f"{path}/{k}" if path else str(k))] for k, v in value.items()]}
        if isinstance(value, tuple | list):
            items = [walk(v, f"{path}/{i}") for i, v in enumerate(value)]
            return {"~tuple": items} if isinstance(value, tuple) else items
        if value is None or isinstance(value, bool | int | float | str):
            return value
        raise TypeError(f"state '{path}' is a {type(value).__name__}: keep state in tensors and plain numbers")

    return tensors, walk(state, "")


def unflatten(tensors: dict[str, Tensor], tree: Any) -> Any:
    """Inverse of `flatten`."""
    if isinstance(tree, list):
        return [unflatten(tensors, v) for v in tree]
    if isinstance(tree, dict):
        if "~tensor" in tree:
            return tensors[tree["~tensor"]]
        if "~tuple" in tree:
            return tuple(unflatten(tensors, v) for v in tree["~tuple"])
        return {k: unflatten(tensors, v) for k, v in tree["~dict"]}
    return tree


def write(folder: Path, state: Any, name: str = "state") -> None:
    """Write `name`.safetensors and `name`.json into a new folder that appears whole or not at all."""
    tensors, tree = flatten(state)
    blob = save_tensors(tensors)
    header = {"format": 2, "sha256": hashlib.sha256(blob).hexdigest(), "state": tree}
    header["seal"] = _seal(header)
    write_folder(folder, {f"{name}.safetensors": blob, f"{name}.json": json.dumps(header).encode()})


def write_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a new folder that appears whole or not at all; an older one of that name is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.writing-{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        for name, data in files.items():
            write_file(temporary / name, data)
        _sync(temporary)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)  # a full disk is not kept full
        raise
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    temporary.rename(folder)
    _sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def portable(tensors: dict[str, Tensor]) -> bytes:
    """Named tensors as a safetensors file that any reader takes: each a copy of its own, on the CPU."""
    return save_tensors({name: x.detach().cpu().contiguous().clone() for name, x in tensors.items()})


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file.

    Raises:
        RivalsError: where it is missing or damaged.
    """
    try:
        return load_tensors(path.read_bytes())
    except DAMAGED as error:
        raise RivalsError(f"{path} cannot be read as safetensors: {error}") from error


def read(folder: Path, name: str = "state", device: str | torch.device = "cpu") -> Any:
    """Read what `write` wrote.

    Raises:
        RivalsError: where a file is missing, cut short, or not what was written.
    """
    try:
        blob = (folder / f"{name}.safetensors").read_bytes()
        header = json.loads((folder / f"{name}.json").read_text())
        if header["format"] > 1 and header.get("seal") != _seal(header):
            raise RivalsError(f"{folder / name}.json is damaged: its checksum is not that of what it holds")
        if hashlib.sha256(blob).hexdigest() != header["sha256"]:
            raise RivalsError(
                f"{folder / name}.safetensors is damaged: its checksum differs from the one in {name}.json"
            )
        tensors = {k: v.to(device) for k, v in load_tensors(blob).items()}
        return unflatten(tensors, header["state"])
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno in STARVED:
            raise  # it says nothing about the files: they are not passed over for older ones
        raise RivalsError(f"{folder} cannot be read as a saved {name}: {error}") from error


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that it is on the disk when this returns."""
    try:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = error.filename or str(path)  # of a full disk the system does not say which file it was
        raise


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file's content at one stroke: readers see the old or the new one."""
    temporary = path.with_name(f".{path.name}.writing-{os.getpid()}")
    try:
        write_file(temporary, data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _seal(header: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([header["sha256"], header["state"]]).encode()).hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
