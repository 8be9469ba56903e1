"""Pictures in a folder or a zip: which there are, and how they become rows of one array."""

from __future__ import annotations

import contextlib
import hashlib
import io
import math
import os
import stat
import statistics
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from rivals.data import cache
from rivals.data.readers import PICTURES
from rivals.data.sources import Bad, Found
from rivals.errors import STARVED, RivalsError, UsageError
from rivals.errors import told as in_words

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
"""What is decoded, whatever a file's ending: others (EPS) would start programs."""
MOST_PIXELS = 64_000_000
"""Of one picture: a header may ask for more memory than there is."""
MOST_BYTES = 2**29
"""Of one picture's file."""
LARGEST = 4096
"""The longest side that can be asked for."""
DEFAULT = 64
"""The side of pictures of several sizes is at most this, unless one is given."""
CHUNK = 64 * 2**20
"""Bytes of decoded rows that wait to be written."""
WIDE = 1.2
"""Width over height below which a picture is not two side by side: pairs of upright pictures are narrower than 2."""
RUN = 16
"""Pictures that a thread decodes in a row, at most."""
VERSION = 1
"""Of the decoding: a change of what comes out changes this, so that old caches are left alone."""

Fit = Literal["crop", "pad", "stretch"]
Channels = Literal["auto", "grey", "rgb", "rgba"]
Bits = Literal["auto", 8, 16]
Box = tuple[float, float, float, float]
MODES = {"grey": "L", "rgb": "RGB", "rgba": "RGBA"}


class Refused(Exception):
    """A picture that cannot be used: (reason, what to do)."""


@dataclass(frozen=True)
class Wanted:
    """How pictures are asked for; see `rivals.data.readers.images.images`."""

    size: int | tuple[int, int] | None = None
    fit: Fit = "crop"
    channels: Channels = "auto"
    bits: Bits = "auto"

    def __post_init__(self) -> None:
        sides = () if self.size is None else (self.size,) if isinstance(self.size, int) else self.size
        if any(not 1 <= side <= LARGEST for side in sides):
            raise UsageError(f"size is {self.size}: give a side, or (height, width), from 1 to {LARGEST} pixels")

    @property
    def sides(self) -> tuple[int, int] | None:
        """(height, width), where a size is given."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size


@dataclass(frozen=True)
class Seen:
    """A picture's header: pixels as it is shown, whether it has colour, opacity, 16 bits, several frames."""

    height: int
    width: int
    grey: bool
    alpha: bool
    deep: bool
    animated: bool


@dataclass(frozen=True)
class How:
    """What every row becomes: pixels, mode L, RGB or RGBA, bits; `halves` are scaled apart and put side by side."""

    height: int
    width: int
    fit: Fit
    mode: str
    bits: int
    halves: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of a row."""
        return ({"L": 1, "RGB": 3, "RGBA": 4}[self.mode], self.height, self.width * (1 + self.halves))


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures.

    Attributes:
        array: uint8 or uint16 (N, C, H, W); of halves the width is twice.
        digest: of the array.
        names: of its rows.
        found: what was done, and what was left out.
    """

    array: np.ndarray
    digest: str
    names: tuple[str, ...]
    found: Found


@dataclass(frozen=True)
class Album:
    """The pictures in a folder or a zip, in the order of their names.

    Args:
        path: of the folder or the zip.
        sizes: name with "/" -> bytes of its file.
        stamp: changes with the names, sizes or times of anything in it.
        others: names of what is no picture by its ending, or hidden.
        zipped: whether it is a zip.
    """

    path: Path
    sizes: dict[str, int]
    stamp: str
    others: tuple[str, ...] = ()
    zipped: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the pictures."""
        return tuple(self.sizes)

    def part(self, names: Sequence[str]) -> Album:
        """Some of its pictures."""
        stamp = hashlib.sha256("\n".join((self.stamp, *names)).encode("utf-8", "surrogateescape")).hexdigest()
        return replace(self, sizes={name: self.sizes[name] for name in names}, stamp=stamp)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Callable[[str], IO[bytes]]]:
        """A function that opens a file in it, for several threads at once."""
        if self.zipped:
            with zipfile.ZipFile(self.path) as zipped:
                yield lambda name: io.BytesIO(zipped.read(name))
        else:
            yield lambda name: (self.path / name).open("rb")

    @cached_property
    def seen(self) -> dict[str, Seen | Bad]:
        """What the headers say, without decoding."""
        with self.opened() as read, _quiet():
            return {name: _tried(_seen, read, name, size) for name, size in self.sizes.items()}

    @property
    def good(self) -> list[Seen]:
        """The headers of pictures that can be read."""
        return [seen for seen in self.seen.values() if isinstance(seen, Seen)]


def album(path: Path) -> Album:
    """What pictures there are.

    Args:
        path: a folder, a zip, or one picture.

    Raises:
        RivalsError: where there are none, or a zip's entry lies outside of it.
    """
    if not path.exists():
        raise RivalsError(f"there is no file or folder {path}")
    try:
        if path.is_dir():
            entries, zipped = sorted(_walk(path)), False
        elif zipfile.is_zipfile(path):
            entries, zipped = sorted(_zipped(path)), True
        elif path.suffix.lower() in PICTURES:
            facts = path.stat()
            entries, zipped, path = [(path.name, facts.st_size, facts.st_mtime_ns)], False, path.parent
        else:
            raise RivalsError(f"{path} is neither a folder nor a zip of pictures: give one of them, .npy, .npz or IDX")
    except OSError as error:
        raise RivalsError(f"{path} cannot be read: {in_words(error)}") from error
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:  # what zipfile raises for damage
        raise RivalsError(f"{path} cannot be read: {error}; make the zip anew") from error
    pictures = {name: size for name, size, _ in entries if _is_picture(name)}
    others = tuple(name for name, _, _ in entries if name not in pictures)
    if not pictures:
        raise RivalsError(f"{path} holds no pictures: {', '.join(sorted(PICTURES))} are read")
    lines = "\n".join([str(path.resolve()), *(f"{name}\t{size}\t{time}" for name, size, time in entries)])
    stamp = hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
    return Album(path, pictures, stamp, others, zipped)


def decided(albums: Sequence[Album], wanted: Wanted, *, halves: bool = False) -> tuple[int, int, bool]:
    """(height, width) that the pictures of all albums get, and whether any changes for it.

    With one size among them it is that one; with several, a square whose side is the largest power of two that is at
    most the median of the short sides, and at most 64.

    Raises:
        RivalsError: where no picture of an album can be read, or one is no wider than high and should be two.
    """
    for one in albums:
        if not one.good:
            raise _none_good(one, [bad for bad in one.seen.values() if isinstance(bad, Bad)])
        if halves:
            _wide(one)
    sizes = {(s.height, s.width // (1 + halves)) for one in albums for s in one.good}
    if wanted.sides is not None:
        return (*wanted.sides, sizes != {wanted.sides})
    if len(sizes) == 1:
        return (*next(iter(sizes)), False)
    shorts = [max(1, min(s.height, s.width // (1 + halves))) for one in albums for s in one.good]
    side = min(DEFAULT, 2 ** int(math.log2(statistics.median(shorts))))
    return (side, side, True)


def stored(album: Album, wanted: Wanted, *, beside: Sequence[Album] = (), halves: bool = False) -> Pictures:
    """The pictures as one array, decoded once and from then on mapped from the cache.

    Args:
        album: the pictures.
        wanted: how.
        beside: albums whose pictures get the same size.
        halves: whether each picture is two, left and right.

    Raises:
        RivalsError: where none can be read.
    """

    def make() -> cache.Rows:
        height, width, changed = decided([album, *beside], wanted, halves=halves)
        how, facts = _how(album.good, wanted, (height, width), changed, halves)
        bad = [asdict(bad) for bad in album.seen.values() if isinstance(bad, Bad)]
        rows, notes = _rows(album, how, bad), {"facts": facts, "bad": bad}
        return cache.Rows(np.dtype(np.uint16 if how.bits == 16 else np.uint8), how.shape, len(album.good), rows, notes)

    key = {"pictures": VERSION, "stamp": album.stamp, "beside": [b.stamp for b in beside], "halves": halves}
    kept = cache.keep(key | asdict(wanted), make)
    bad = [Bad(**one) for one in kept.notes["bad"]]
    missing = {one.file for one in bad}
    names = tuple(name for name in album.names if name not in missing)
    facts = {"pictures": f"{len(names):,} {kept.notes['facts'].pop('sizes')}", **kept.notes["facts"]}
    if album.others:
        facts["ignored"] = f"{counted(len(album.others), 'other file')}"
    return Pictures(kept.array, kept.digest, names, Found(facts | {"cache": kept.place}, bad))


def reshaped(x: np.ndarray, wanted: Wanted, name: str, digest: str) -> Pictures:
    """Pictures (N, C, H, W) in memory as they are asked for, through the cache.

    Raises:
        RivalsError: for other channels of pictures that have 2 or 5, or several of 16 bits.
    """
    n, count, height, width = x.shape
    deep, same = x.dtype == np.uint16, wanted.channels == "auto"
    if not same and (count not in (1, 3, 4) or (deep and count > 1)):
        raise RivalsError(f"{name} has {count} channels of {16 if deep else 8} bits: leave channels=auto")
    seen = [Seen(height, width, count == 1, count == 4, deep, False)] * n
    changed = wanted.sides not in (None, (height, width))
    how, facts = _how(seen, wanted, wanted.sides or (height, width), changed, False)
    if same:
        facts["channels"] = f"{count}"

    def row(one: np.ndarray) -> np.ndarray:
        pixels = np.ascontiguousarray(one.transpose(1, 2, 0))
        if not same:
            grey = pixels[:, :, 0] if count == 1 else pixels
            pixels = _repeated(pixels, how.mode) if deep else _plain(Image.fromarray(grey), how.mode)
        return _fitted(_in_bits(pixels, how.bits), how).transpose(2, 0, 1)

    def make() -> cache.Rows:
        shape = (count, how.height, how.width) if same else how.shape
        dtype = np.dtype(np.uint16 if how.bits == 16 else np.uint8)
        return cache.Rows(dtype, shape, n, map(row, x), {"facts": facts})

    kept = cache.keep({"arrays": VERSION, "digest": digest} | asdict(wanted), make)
    facts = {"pictures": f"{n:,} {kept.notes['facts'].pop('sizes')}", **kept.notes["facts"], "cache": kept.place}
    return Pictures(kept.array, kept.digest, (), Found(facts))


def single(blob: bytes, how: How, most: int = MOST_PIXELS) -> np.ndarray:
    """One picture from a file's content, decoded as those of an album are and kept nowhere: (C, H, W).

    Args:
        blob: the content.
        how: what becomes of it.
        most: pixels that it may have.

    Raises:
        RivalsError: for what is no picture, damaged, or too large.
    """
    try:
        with _quiet(), _picture(lambda name: io.BytesIO(blob), "") as picture:
            if picture.width * picture.height > most:
                size = f"{picture.width:,} × {picture.height:,}"
                raise Refused(f"has more than {most:,} pixels: {size}", "scale it down first")
            return np.ascontiguousarray(_decoded(picture, how))
    except Refused as refused:
        raise RivalsError("the picture {}: {}".format(*refused.args)) from None


def _wide(album: Album) -> None:
    for name, seen in album.seen.items():
        if isinstance(seen, Seen) and seen.width < WIDE * seen.height:
            raise RivalsError(
                f"{album.path} has no folders A and B, and {name} is not twice as wide as high ({seen.height} × "
                f"{seen.width}): put A on the left of B in one file, or into folders A and B"
            )


# ---- where pictures are ----------------------------------------------------------------------------------------------


def _is_picture(name: str) -> bool:
    parts = PurePosixPath(name).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and PurePosixPath(name).suffix.lower() in PICTURES


def _walk(root: Path) -> Iterator[tuple[str, int, int]]:
    """(name, bytes, time) of all regular files below a folder; linked folders are followed, circles are not."""
    waiting: list[tuple[Path, str, frozenset[tuple[int, int]]]] = [(root, "", frozenset())]
    while waiting:
        folder, prefix, above = waiting.pop()
        facts = folder.stat()
        if (facts.st_dev, facts.st_ino) in above:
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    facts_of = entry.stat()
                except OSError:
                    continue  # a link to nothing
                if stat.S_ISDIR(facts_of.st_mode):
                    inside = above | {(facts.st_dev, facts.st_ino)}
                    waiting.append((Path(entry.path), f"{prefix}{entry.name}/", inside))
                elif stat.S_ISREG(facts_of.st_mode):
                    yield f"{prefix}{entry.name}", facts_of.st_size, facts_of.st_mtime_ns


def _zipped(path: Path) -> Iterator[tuple[str, int, int]]:
    """(name, bytes, checksum) of a zip's files.

    Raises:
        RivalsError: for a name that would leave the zip.
    """
    with zipfile.ZipFile(path) as zipped:
        for entry in zipped.infolist():
            name = entry.orig_filename.replace("\\", "/")
            if name.startswith("/") or name[1:2] == ":" or ".." in PurePosixPath(name).parts or "\0" in name:
                said = ascii(name[:100])  # of a damaged zip it may be anything
                raise RivalsError(f"{path} has an entry {said} that lies outside of it: make the zip anew without it")
            if not entry.is_dir():
                yield entry.filename, entry.file_size, entry.CRC


# ---- looking ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Pillow warns of odd metadata; what matters here is whether the pixels can be had."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _tried(look: Callable[[Image.Image], Seen], read: Callable[[str], IO[bytes]], name: str, size: int) -> Seen | Bad:
    try:
        if not size:
            raise Refused("is empty, 0 bytes", "copy it again from where it came")
        if size > MOST_BYTES:
            raise Refused(f"is a file of {size:,} bytes, more than {MOST_BYTES:,}", "scale it down first")
        with _picture(read, name) as picture:
            return look(picture)
    except Refused as refused:
        return Bad(name, *refused.args)


@contextlib.contextmanager
def _picture(read: Callable[[str], IO[bytes]], name: str) -> Iterator[Image.Image]:
    """An opened picture; whatever goes wrong with it is `Refused`."""
    too_large = (f"has more than {MOST_PIXELS:,} pixels", "scale it down first")
    try:
        with read(name) as file, Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(f"{too_large[0]}: {picture.width:,} × {picture.height:,}", too_large[1])
            if not picture.width * picture.height:
                raise Refused("has no pixels", "leave it out")
            yield picture
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused(*too_large) from None
    except UnidentifiedImageError:
        raise Refused("is not a picture, or a damaged one", "save it again as PNG, or leave it out") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in STARVED:
            raise RivalsError(f"{name} could not be opened: {in_words(error)}") from error  # it says nothing about it
        # decoders raise nearly anything for damaged bytes: SyntaxError, struct.error, zlib.error, KeyError
        told = str(error).split("\n")[0][:120] or type(error).__name__
        raise Refused(f"is cut short or damaged ({told})", "copy it again from where it came") from None


def _seen(picture: Image.Image) -> Seen:
    height, width = picture.height, picture.width
    # of a PNG without this entry getexif would decode all pixels
    if picture.format != "PNG" or "exif" in picture.info:
        turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        height, width = (width, height) if turned else (height, width)
    grey = picture.mode in ("1", "L", "LA", "La", "F") or picture.mode.startswith("I")
    alpha = picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info
    deep = _deep(picture)
    return Seen(height, width, grey, alpha and not deep, deep, bool(getattr(picture, "is_animated", False)))


def _deep(picture: Image.Image) -> bool:
    return picture.mode == "F" or picture.mode.startswith("I")


def _how(
    seen: Sequence[Seen], wanted: Wanted, sides: tuple[int, int], changed: bool, halves: bool
) -> tuple[How, dict[str, str]]:
    """What the rows become, and sentences that tell it."""
    n, facts = len(seen), {}
    sizes = sorted({(s.height, s.width // (1 + halves)) for s in seen}, key=lambda s: s[0] * s[1])
    named = [f"{h} × {w}" for h, w in sizes]
    facts["sizes"] = f"of {named[0]}" if len(sizes) == 1 else f"of {len(sizes):,} sizes, {named[0]} to {named[-1]}"
    if changed:
        target = f"{sides[0]} × {sides[1]}"
        facts["size"] = {
            "crop": f"scaled to cover {target}, and the middle cut out",
            "pad": f"scaled to fit into {target}, and the edges continued",
            "stretch": f"stretched to {target}",
        }[wanted.fit]
    alpha, grey, deep = (sum(getattr(s, what) for s in seen) for what in ("alpha", "grey", "deep"))
    mode = MODES.get(wanted.channels) or ("RGBA" if alpha == n else "L" if grey == n else "RGB")
    told = {"L": "1, grey", "RGB": "3, red, green and blue", "RGBA": "4, red, green, blue and opacity"}[mode]
    if mode == "L" and grey < n:
        told += f"; the colours of {n - grey:,} of {n:,} were dropped"
    if mode != "L" and grey > 0:
        told += f"; {grey:,} of {n:,} were grey"
    if mode != "RGBA" and alpha:
        told += f"; the opacity of {alpha:,} of {n:,} was laid over white"
    if mode == "RGBA" and alpha < n:
        told += f"; {n - alpha:,} of {n:,} had no opacity and are opaque"
    facts["channels"] = told
    bits = (16 if deep == n else 8) if wanted.bits == "auto" else wanted.bits
    scaled = Counter(16 if s.deep else 8 for s in seen if s.deep != (bits == 16))
    facts["bits"] = f"{bits}" + "".join(f"; {k:,} of {n:,} had {had} and were scaled" for had, k in scaled.items())
    animated = sum(s.animated for s in seen)
    if animated:
        facts["frames"] = f"{animated:,} of {n:,} move: their first picture was taken"
    return How(*sides, wanted.fit, mode, bits, halves), facts


# ---- decoding --------------------------------------------------------------------------------------------------------


def _rows(album: Album, how: How, bad: list[dict[str, str]]) -> Iterator[np.ndarray]:
    """Decoded pictures in their order; those that fail are added to `bad`."""
    names = [name for name, seen in album.seen.items() if isinstance(seen, Seen)]
    row = math.prod(how.shape) * how.bits // 8
    threads = max(1, min(4, os.cpu_count() or 1))
    step = max(threads, min(256, CHUNK // row))
    many = max(1, min(RUN, step // threads))
    good = 0

    def decode(name: str) -> np.ndarray | Bad:
        try:
            with _picture(read, name) as picture:
                return _decoded(picture, how)
        except Refused as refused:
            return Bad(name, *refused.args)

    def run(part: list[str]) -> list[np.ndarray | Bad]:
        return [decode(name) for name in part]

    with album.opened() as read, _quiet(), ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(names), step):
            # handing over single small pictures takes longer than decoding them
            stop = min(start + step, len(names))
            parts = [names[i : min(i + many, stop)] for i in range(start, stop, many)]
            for done in chain.from_iterable(pool.map(run, parts)):
                if isinstance(done, Bad):
                    bad.append(asdict(done))
                else:
                    good += 1
                    yield done
    if not good:
        raise _none_good(album, [Bad(**one) for one in bad])


def _decoded(picture: Image.Image, how: How) -> np.ndarray:
    """A picture as (C, H, W)."""
    deep = _deep(picture)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    pixels = _repeated(_sixteen(upright), how.mode) if deep else _plain(upright, how.mode)
    pixels = _in_bits(pixels, how.bits)
    if how.halves:
        half = pixels.shape[1] // 2
        if not half:
            raise Refused("is one pixel wide: it cannot hold two pictures side by side", "leave it out")
        left, right = pixels[:, :half], pixels[:, pixels.shape[1] - half :]
        pixels = np.concatenate([_fitted(left, how), _fitted(right, how)], 1)
    else:
        pixels = _fitted(pixels, how)
    return pixels.transpose(2, 0, 1)


def _plain(picture: Image.Image, mode: str) -> np.ndarray:
    """8 bits, (H, W, C); opacity is laid over white where the mode has none."""
    if mode != "RGBA" and (picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info):
        clear = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    pixels = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _sixteen(picture: Image.Image) -> np.ndarray:
    """A picture of more than 8 bits as uint16 (H, W, 1); floats are meant to be in [0, 1]."""
    pixels = np.asarray(picture)
    low, high = pixels.min(), pixels.max()
    most = 1 if picture.mode == "F" else 65535
    if not (low >= 0 and high <= most):  # NaN is refused, too
        raise Refused(f"has values outside 0 to {most}: {low} to {high}", "scale them and save it again")
    whole = np.rint(pixels * 65535.0) if picture.mode == "F" else pixels
    return whole.astype(np.uint16)[:, :, None]


def _repeated(grey: np.ndarray, mode: str) -> np.ndarray:
    """Grey (H, W, 1) in the mode's channels, opaque."""
    if mode == "L":
        return grey
    opaque = [np.full_like(grey, 65535)] if mode == "RGBA" else []
    return np.concatenate([grey, grey, grey, *opaque], 2)


def _in_bits(x: np.ndarray, bits: int) -> np.ndarray:
    if bits == 16:
        return x if x.dtype == np.uint16 else x.astype(np.uint16) * np.uint16(257)
    return x if x.dtype == np.uint8 else np.rint(x / 257.0).astype(np.uint8)


def _fitted(x: np.ndarray, how: How) -> np.ndarray:
    """Pixels (h, w, C) in the size that they get."""
    h, w = x.shape[:2]
    if (h, w) == (how.height, how.width):
        return x
    if how.fit == "stretch":
        return _resized(x, how.height, how.width)
    if how.fit == "crop":
        # the part of the picture that is seen is cut and scaled at once, so a strip never becomes something huge
        scale = max(how.height / h, how.width / w)
        seen_h, seen_w = min(h, how.height / scale), min(w, how.width / scale)
        top, left = (h - seen_h) / 2, (w - seen_w) / 2
        return _resized(x, how.height, how.width, (left, top, min(w, left + seen_w), min(h, top + seen_h)))
    scale = min(how.height / h, how.width / w)
    inner = min(how.height, max(1, round(h * scale))), min(how.width, max(1, round(w * scale)))
    top, left = (how.height - inner[0]) // 2, (how.width - inner[1]) // 2
    around = ((top, how.height - inner[0] - top), (left, how.width - inner[1] - left), (0, 0))
    return np.pad(_resized(x, *inner), around, mode="edge")


def _resized(x: np.ndarray, height: int, width: int, box: Box | None = None) -> np.ndarray:
    """Lanczos; channels that Pillow has no mode for one by one, as floats."""
    lanczos, size = Image.Resampling.LANCZOS, (width, height)
    if x.dtype == np.uint8 and x.shape[2] in (1, 3, 4):
        y = np.asarray(Image.fromarray(x[:, :, 0] if x.shape[2] == 1 else x).resize(size, lanczos, box))
        return y[:, :, None] if y.ndim == 2 else y
    planes = [Image.fromarray(np.ascontiguousarray(x[:, :, c], np.float32)) for c in range(x.shape[2])]
    y = np.stack([np.asarray(plane.resize(size, lanczos, box)) for plane in planes], 2)
    most = 65535 if x.dtype == np.uint16 else 255
    whole: np.ndarray = np.clip(np.rint(y), 0, most).astype(x.dtype)
    return whole


# ---- sentences -------------------------------------------------------------------------------------------------------


def _none_good(album: Album, bad: list[Bad]) -> RivalsError:
    first = bad[0]
    which = f"none of the {len(bad):,} pictures in {album.path} can be read; the first, {first.file},"
    if len(bad) == 1:
        which = f"the only picture in {album.path}, {first.file},"
    return RivalsError(f"{which} {first.reason}: {first.mend}")


def counted(n: int, what: str) -> str:
    """A number and a noun."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
