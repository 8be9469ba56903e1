"""Downloads that go on where they stopped, and archives that are unpacked whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import ssl
import tarfile
import tempfile
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from rivals.errors import RivalsError, UsageError

SCHEMES = ("http", "https", "file")
UNKNOWN = 2**31
"""Bytes that are taken at most from a server that does not say how many there are."""
UNPACKED = 2**36
"""Bytes that an archive may unpack to."""
MEMBERS = 5_000_000
"""Files that an archive may hold."""
PIECE, WAIT, TRIES = 2**18, 30, 4
"""Bytes read at once; seconds without a byte after which a connection counts as lost; connections for one file."""

Told = Callable[[int, int | None], None]
"""Called with the bytes that are there and those that there will be, None where the server does not say."""


class _Lost(Exception):
    """A connection ended before the file did."""


def fetch(url: str, path: Path, checksum: str | None = None, progress: Told | None = None) -> Path:
    """Download one file; it appears under its name whole and checked, or not at all.

    What has come is kept as `path.part`. A later call, or the next try of this one, asks the server for the rest only,
    where the server says that the file is still the same. A file that is there already is checked and left.

    Args:
        url: http, https or file.
        path: where to.
        checksum: "md5:…" or "sha256:…", or None.
        progress: told how far it is.

    Raises:
        UsageError: for another kind of url or checksum.
        RivalsError: where it cannot be had: there is no way to the server, it refuses, the connection is lost again and
            again, the disk is full, or the checksum is another.
    """
    _verified(checksum)
    if urlsplit(url).scheme not in SCHEMES:
        raise UsageError(f"{url} cannot be fetched: it must begin with http://, https:// or file://")
    if path.is_file() and (checksum is None or _sum(path, checksum) == checksum):
        return path
    part, mark = path.with_name(path.name + ".part"), path.with_name(path.name + ".part.mark")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _complete(url, part, mark, progress)
        if checksum is not None and (found := _sum(part, checksum)) != checksum:
            part.unlink()
            raise RivalsError(
                f"{url} is not what it should be: its checksum is {found}, not {checksum}; it was deleted"
            )
        os.replace(part, path)
    except OSError as error:
        raise RivalsError(f"{path} cannot be written: {error.strerror or error}; what has come is kept") from error
    mark.unlink(missing_ok=True)
    return path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a .zip, .tar.gz, .tgz or .tar into a new folder, which appears whole or not at all.

    Raises:
        RivalsError: where the folder is there, the archive is damaged, holds more than `UNPACKED` bytes, or names files
            outside it.
    """
    if folder.exists():
        raise RivalsError(f"{folder} is there already: name another folder, or delete it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                _bounded(archive, [i.file_size for i in packed.infolist()])
                packed.extractall(new)  # nosec B202 # of a zip it drops leading / and .. by itself
        else:
            with tarfile.open(archive) as tar:
                _bounded(archive, [m.size for m in _members(tar)])
                tar.extractall(new, filter="data")
        new.chmod(0o755)
        new.replace(folder)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise RivalsError(f"{archive} cannot be unpacked: {error}; delete it and fetch it again") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def _complete(url: str, part: Path, mark: Path, progress: Told | None) -> None:
    """Connect until the part is whole; a connection that brought nothing is the last."""
    for left in reversed(range(TRIES)):
        before = part.stat().st_size if part.exists() else 0
        try:
            return _connect(url, part, mark, progress)
        except (_Lost, TimeoutError, ConnectionError, ssl.SSLError, http.client.HTTPException) as error:
            there = part.stat().st_size if part.exists() else 0
            if not left or there <= before:
                raise RivalsError(
                    f"{url}: the connection was lost at {there:,} bytes ({error or type(error).__name__}); "
                    "run it again, it goes on from there"
                ) from error
        except HTTPError as error:
            error.close()
            if error.code == 416 and before:  # the part is no beginning of what is there now
                part.unlink()
                continue
            raise RivalsError(f"{url}: {_refused(error)}") from error
        except URLError as error:
            if urlsplit(url).scheme == "file":
                raise RivalsError(f"{url} is not there: {error.reason}") from error
            host = urlsplit(url).hostname
            raise RivalsError(
                f"there is no way to {host} ({error.reason}): check the network, then run it again"
            ) from error
    raise RivalsError(f"{url}: the server does not agree on what it has: delete {part} and run it again")


def _connect(url: str, part: Path, mark: Path, progress: Told | None) -> None:
    """One connection: append to the part what is missing."""
    known = mark.read_text() if mark.is_file() else ""
    start = part.stat().st_size if part.exists() and known else 0
    request = urllib.request.Request(url, headers={"User-Agent": "rivals", "Accept-Encoding": "identity"})
    if start:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", known)
    with _opener().open(request, timeout=WAIT) as answer:
        status, headers = getattr(answer, "status", None), answer.headers
        if start and not (status == 206 and headers.get("Content-Range", "").startswith(f"bytes {start}-")):
            start = 0
        length = headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        free = shutil.disk_usage(part.parent).free
        if total is not None and total - start > free:
            raise RivalsError(f"{url} is {total:,} bytes, and {part.parent} has room for {free:,}: name another folder")
        etag = headers.get("ETag", "")  # a weak one, W/"…", does not promise the same bytes
        mark.write_text(etag if etag.startswith('"') else headers.get("Last-Modified", ""))
        with part.open("ab" if start else "wb") as file:
            there = start
            while piece := answer.read(PIECE):
                there += len(piece)
                if there > (total if total is not None else UNKNOWN):
                    raise RivalsError(f"{url} sends more than {there - len(piece):,} bytes, more than it said or may")
                file.write(piece)
                if progress is not None:
                    progress(there, total)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and there < total:
        raise _Lost(f"there are {total:,}")


def _opener() -> urllib.request.OpenerDirector:
    """What opens http, https and files and nothing else, also after a redirection."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.UnknownHandler, urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler, urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPRedirectHandler,
        urllib.request.FileHandler, urllib.request.HTTPErrorProcessor,
    ):  # fmt: skip
        opener.add_handler(handler())
    return opener


def _refused(error: HTTPError) -> str:
    if error.code in (404, 410):
        return f"it is not there any more ({error.code}); look at the set's own page for the new address"
    if error.code in (401, 403):
        return f"the server does not give it to everyone ({error.code}); fetch it by hand from the set's own page"
    return f"the server answers {error.code} {error.reason}; try again later"


def _verified(checksum: str | None) -> None:
    kind, _, digits = (checksum or "md5:" + "0" * 32).partition(":")
    if {"md5": 32, "sha256": 64}.get(kind) != len(digits) or set(digits) - set("0123456789abcdef"):
        raise UsageError(f"'{checksum}' is no checksum: write md5: or sha256: and its digits, in lower case")


def _sum(path: Path, like: str) -> str:
    kind = like.partition(":")[0]
    with path.open("rb") as file:
        return f"{kind}:{hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()}"


def _members(tar: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """What is in a tar; bounded, since its list is as long as the archive says."""
    members, size = [], 0
    for member in tar:
        members.append(member)
        size += member.size
        if len(members) > MEMBERS or size > UNPACKED:
            break
    return members


def _bounded(archive: Path, sizes: list[int]) -> None:
    if len(sizes) > MEMBERS or sum(sizes) > UNPACKED:
        raise RivalsError(f"{archive} holds {len(sizes):,} files or more, {sum(sizes):,} bytes: it is not unpacked")
