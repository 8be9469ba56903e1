"""A folder that any file server shows: a generator that runs in its visitors' browsers.

The page loads `model.onnx` into onnxruntime-web, whose files lie beside it, and asks nobody else. Latents come from a
bank that was drawn from the game's prior, so the page knows no prior, and shows the same samples for the same seed
everywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rivals import pack
from rivals.data import cache
from rivals.errors import RivalsError, UsageError

PAGE = ("index.html", "style.css", "visitor.mjs")

PACKAGE = "onnxruntime-web@1.30.0"
RUNTIME = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""Files of the package's folder dist -> SHA-256."""


def write(folder: Path, facts: Mapping[str, Any], latents: np.ndarray) -> None:
    """Put everything but model.onnx into a folder.

    Args:
        folder: of the page; what it holds of an earlier one is replaced.
        facts: what the page says and needs to know, see `visitor.mjs`.
        latents: float32 (seeds · n, L).

    Raises:
        UsageError: where the runtime's files are not there, or others.
        RivalsError: where npm could not fetch them.
    """
    source = runtime()
    (folder / "ort").mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        shutil.copyfile(source / name, folder / "ort" / name)
    for name in PAGE:
        shutil.copyfile(Path(__file__).parent / name, folder / name)
    pack.replace_file(folder / "latents.bin", np.ascontiguousarray(latents, dtype="<f4").tobytes())
    pack.replace_file(folder / "facts.json", json.dumps(dict(facts), indent=1).encode())


def runtime() -> Path:
    """The folder with the runtime's files: `$RIVALS_ONNXRUNTIME_WEB`, or the cache, which npm fills once.

    Raises:
        UsageError: without npm, or where the named folder holds others.
        RivalsError: where npm fails.
    """
    if named := os.environ.get("RIVALS_ONNXRUNTIME_WEB"):
        return _checked(Path(named))
    place = cache.directory() / PACKAGE.replace("@", "-")
    if all(_good(place / name, digest) for name, digest in RUNTIME.items()):
        return place
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError(
            f"the page needs {PACKAGE}: install npm, which fetches it, or name its dist in RIVALS_ONNXRUNTIME_WEB"
        )
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [npm, "pack", PACKAGE, "--silent", "--pack-destination", scratch],
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
        archives = list(Path(scratch).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            told = done.stderr.strip().splitlines()
            raise RivalsError(f"npm could not fetch {PACKAGE}: {told[-1] if told else 'it gave no archive'}")
        fetched = Path(scratch) / "files"
        fetched.mkdir()
        with tarfile.open(archives[0]) as archive:
            for name in RUNTIME:
                member = archive.extractfile(f"package/dist/{name}")
                if member is None:
                    raise RivalsError(f"{PACKAGE} has no dist/{name}")
                (fetched / name).write_bytes(member.read())
        _checked(fetched)
        place.mkdir(parents=True, exist_ok=True)
        for name in RUNTIME:
            pack.replace_file(place / name, (fetched / name).read_bytes())
    return place


def _checked(folder: Path) -> Path:
    """The folder itself, where its files are those of the version that the page was written for."""
    for name, digest in RUNTIME.items():
        if not (folder / name).is_file():
            raise UsageError(f"{folder} has no {name}: it is one of the files in dist of {PACKAGE}")
        if not _good(folder / name, digest):
            raise UsageError(f"{folder / name} is not that of {PACKAGE}")
    return folder


def _good(path: Path, digest: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
