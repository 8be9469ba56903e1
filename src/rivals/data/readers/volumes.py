"""Clips, solids and sets of points."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from rivals.data.readers import PICTURES, loading, plain
from rivals.data.sources import Bad, Found, Source
from rivals.data.specs import Cloud, Video, Voxels
from rivals.errors import RivalsError

LONGEST = 10_000
"""Frames that are read of one clip."""

FILMS = {".mp4", ".avi", ".mov", ".webm", ".mkv"}


class Unfit(Exception):
    """One file among many cannot be used.

    Args:
        reason: why.
        mend: what to do about it.
    """

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason, self.mend = reason, mend


def video(path: Path, *, frames: int = 16, size: int = 64, order: Literal["clips", "frames"] = "clips") -> Source:
    """Clips from a folder of folders of frames, from .gif files, or from one array.

    Longer clips are cut into windows of `frames` frames without overlap; a clip is held out whole. Clips whose red,
    green and blue are the same everywhere have one channel.

    Args:
        path: a folder, in which every folder with pictures is a clip (frames in the order of the numbers in their
            names) and every .gif file is one, the folders that clips lie in are classes; or .npy or .npz, uint8
            (N, T, H, W) or (N, T, H, W, C) with C = 1 or 3, and `labels` beside it if any.
        frames: in a sample; shorter clips are left out.
        size: side of a frame; pictures are cut to their middle square and scaled to it. An array's frames stay as they
            are where they are no larger.
        order: of an array's first two axes; "frames" for (T, N, ...), as Moving MNIST is stored.

    Raises:
        RivalsError: where no clip can be used.
    """
    loading.positive("video", frames=frames, size=size)
    found = Found()
    if path.is_dir():
        clips, clip, names = _films(path, frames, size, found)
        labels = loading.classes_of(names, found)
    else:
        clips, clip, labels = _film_array(path, frames, size, order == "frames", found)
    x = loading.without_colour(clips) if clips.shape[-1] == 3 else clips
    found.facts["channels"] = "1, grey" if x.shape[-1] == 1 else "3, colour"
    x = x.transpose(0, 4, 1, 2, 3)
    fields = {"video": x} | ({} if labels is None else {"label": labels})
    channels, length, height, width = x.shape[1:]
    spec = Video(channels, length, height, width, loading.count(labels))
    return loading.split(spec, fields, path, found, groups=clip)


def _films(path: Path, frames: int, size: int, found: Found) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Windows (N, frames, size, size, 3) of the clips below a folder, each one's clip, and its class."""
    files = sorted(p for p in path.rglob("*") if p.is_file())
    stills = [p for p in files if p.suffix.lower() in PICTURES - {".gif"}]
    clips: dict[Path, list[Path]] = {p: [] for p in files if p.suffix.lower() == ".gif"}
    for still in stills:
        clips.setdefault(still.parent, []).append(still)
    films = [p for p in files if p.suffix.lower() in FILMS]
    if not clips:
        mend = f"{films[0].name} and others are not read, cut them into frames first" if films else "see what it holds"
        raise RivalsError(f"{path} holds no clips (folders of frames, or .gif files): {mend}")
    windows, clip, names, total = [], [], [], 0
    lengths, sizes = Counter[int](), Counter[tuple[int, int]]()
    nested = all(clip.parent not in (path, path.parent) for clip in clips)
    for i, (where, own) in enumerate(clips.items()):
        try:
            film = list(_gif(where, size, sizes) if not own else _stills(own, size, sizes))
            if len(film) < frames:
                raise Unfit(
                    f"has {len(film)} frames, fewer than {frames}", f"leave it out, or --read frames={len(film)}"
                )
        except Unfit as unfit:
            found.bad.append(Bad(str(where), unfit.reason, unfit.mend))
            continue
        lengths[len(film)] += 1
        count = len(film) // frames
        total += count * frames * size * size * 3
        loading.bounded(total, path, "give a smaller size, or a part of it")
        windows.append(np.stack(film[: count * frames]).reshape(count, frames, size, size, 3))
        clip += [i] * count
        names += [where.parent.relative_to(path).as_posix() if nested else ""] * count
    if not windows:
        first = found.bad[0]
        raise RivalsError(f"{path} holds no clip that can be used: {first.file} {first.reason}; {first.mend}")
    if films:
        found.bad.append(
            Bad(
                str(films[0]),
                f"is a film, and {len(films) - 1:,} more: they are not read",
                "cut them into frames first",
            )
        )
    found.facts["clips"] = f"{sum(lengths.values()):,} of {_range(lengths)} frames, {len(clip):,} windows of {frames}"
    several = f" and {len(sizes) - 1:,} other sizes" if len(sizes) > 1 else ""
    width, height = sizes.most_common(1)[0][0]
    found.facts["frames"] = f"{width}×{height}{several}, now {size}×{size}"
    return np.concatenate(windows), np.array(clip), names


def _gif(path: Path, size: int, sizes: Counter[tuple[int, int]]) -> Iterator[np.ndarray]:
    try:
        with Image.open(path) as picture:
            sizes[picture.size] += 1
            for i, frame in enumerate(ImageSequence.Iterator(picture)):
                if i == LONGEST:
                    return
                yield loading.square(frame, size)
    except (UnidentifiedImageError, OSError, ValueError, EOFError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unfit(f"cannot be read as a .gif ({error})", "save it anew, or leave it out") from error


def _stills(files: list[Path], size: int, sizes: Counter[tuple[int, int]]) -> Iterator[np.ndarray]:
    numbered = sorted(files, key=lambda p: [int(t) if t.isdigit() else t for t in re.split(r"([0-9]+)", p.name)])
    for i, file in enumerate(numbered[:LONGEST]):
        try:
            with Image.open(file) as picture:
                sizes.update([picture.size] if i == 0 else [])
                yield loading.square(picture, size)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise Unfit(
                f"has a frame {file.name} that cannot be read", "save it anew, or leave the clip out"
            ) from error


def _film_array(
    path: Path, frames: int, size: int, frames_first: bool, found: Found
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Windows (N, frames, H, W, C) of an array, each one's clip, and labels."""
    arrays = plain.arrays_of(path)
    x = loading.one(arrays, path)
    if x.dtype != np.uint8 or x.ndim not in (4, 5):
        raise RivalsError(f"{path} is {x.dtype} {x.shape}: give clips as uint8 (N, T, H, W) or (N, T, H, W, C)")
    x = x[..., None] if x.ndim == 4 else x
    if x.shape[-1] not in (1, 3):
        raise RivalsError(f"{path} has {x.shape[-1]} channels, shape {x.shape}: channels are last, 1 or 3")
    x = x.swapaxes(0, 1) if frames_first else x
    n, length, height, width, channels = x.shape
    if length < frames:
        raise RivalsError(f"{path} holds clips of {length} frames, fewer than {frames}: --read frames={length}")
    labels = loading.labels_of(arrays, n, path)
    count = length // frames
    x = x[:, : count * frames].reshape(n * count, frames, height, width, channels)
    found.facts["clips"] = f"{n:,} of {length:,} frames, {n * count:,} windows of {frames}"
    found.facts["frames"] = f"{width}×{height}"
    if max(height, width) > size:
        found.facts["frames"] += f", now {size}×{size}"
        flat = x.reshape(-1, height, width, channels)
        small = [loading.square(Image.fromarray(f[..., 0] if channels == 1 else f), size) for f in flat]
        x = np.stack(small).reshape(n * count, frames, size, size, 3)
    return x, np.repeat(np.arange(n), count), None if labels is None else labels.repeat(count)


def voxels(path: Path, *, size: int = 0) -> Source:
    """Solids from an array, or from a folder of .binvox files.

    Args:
        path: .npy or .npz (N, D, H, W) or (N, D, H, W, C): bool or 0 and 1 for inside, uint8 0 to 255, or floats in
            [0, 1]; or bits packed as `voxels_packed` with their `shape`; `labels` beside it if any. Or a folder of
            .binvox files of one size, whose folders are classes. The last of D, H, W counts as upwards in pictures.
        size: to which solids are reduced, each block by its fullest cell; a divisor of D, H and W. 0 leaves them.

    Raises:
        RivalsError: where no solid can be used.
    """
    found = Found()
    if path.is_dir():
        solids, names = _many(path, (".binvox",), _binvox, found)
        shape = Counter(s.shape for s in solids.values()).most_common(1)[0][0]
        for file in [f for f, s in solids.items() if s.shape != shape]:
            reason = f"is {_by(solids.pop(file).shape)}, and most are {_by(shape)}"
            found.bad.append(Bad(str(file), reason, "bring all to one size, or leave it out"))
        x = np.stack(list(solids.values()))
        labels = loading.classes_of([names[file] for file in solids], found)
    else:
        arrays = plain.arrays_of(path)
        packed = "voxels_packed" in arrays
        x = _unpacked(arrays, path) if packed else _filled(loading.one(arrays, path), path)
        labels = loading.labels_of(arrays, len(x), path)
    x = x[..., None] if x.ndim == 4 else x
    found.facts["solids"] = f"{len(x):,} of {_by(x.shape[1:4])} cells, {(x > 127).mean():.0%} of them filled"
    if size:
        x = _reduced(x, size, path)
        found.facts["reduced to"] = _by(x.shape[1:4])
    x = x.transpose(0, 4, 1, 2, 3)
    fields = {"voxels": x} | ({} if labels is None else {"label": labels})
    channels, depth, height, width = x.shape[1:]
    spec = Voxels(channels, depth, height, width, loading.count(labels))
    return loading.split(spec, fields, path, found)


def _unpacked(arrays: dict[str, np.ndarray], path: Path) -> np.ndarray:
    """uint8 (N, *shape) of 0 and 255 from packed bits (N, ⌈cells/8⌉)."""
    packed, shape = arrays["voxels_packed"], tuple(int(s) for s in np.ravel(arrays.get("shape", [])))
    cells = math.prod(shape)
    if (
        packed.dtype != np.uint8
        or packed.ndim != 2
        or len(shape) != 3
        or min(shape) < 1
        or packed.shape[1] != -(-cells // 8)
    ):
        raise RivalsError(
            f"{path}: voxels_packed is {packed.dtype} {packed.shape} and shape {shape}; "
            "give bytes (N, D·H·W/8) from np.packbits, and shape (D, H, W)"
        )
    if not len(packed):
        raise RivalsError(f"{path} is empty: voxels_packed has no rows")
    loading.bounded(len(packed) * cells, path, "give a part of it")
    return np.unpackbits(packed, axis=1, count=cells).reshape(-1, *shape) * np.uint8(255)


def _filled(x: np.ndarray, path: Path) -> np.ndarray:
    """Any way to write inside and outside as uint8, 255 inside."""
    fits = x.ndim in (4, 5) and (x.ndim == 4 or x.shape[4] <= 4)
    if not fits or x.dtype.kind not in "biuf":
        raise RivalsError(f"{path} is {x.dtype} {x.shape}: give solids as (N, D, H, W), bool or uint8")
    low, high = float(x.min()), float(x.max())
    if not (low >= 0 and high <= (255 if x.dtype == np.uint8 else 1)):
        raise RivalsError(f"{path} has values from {low:g} to {high:g}: give 0 outside and 1 inside")
    if x.dtype == np.uint8 and high > 1:
        return x
    return np.rint(x.astype(np.float32) * 255).astype(np.uint8)


def _reduced(x: np.ndarray, size: int, path: Path) -> np.ndarray:
    """(N, D, H, W, C) -> (N, size, size, size, C) by the maximum of blocks."""
    n, *axes, channels = x.shape
    if size < 1 or any(axis % size for axis in axes):
        raise RivalsError(f"{path} has solids of {_by(axes)}: give a size that divides them, not {size}")
    blocks = [part for axis in axes for part in (size, axis // size)]
    reduced: np.ndarray = x.reshape(n, *blocks, channels).max(axis=(2, 4, 6))
    return reduced


def _binvox(path: Path) -> np.ndarray:
    """A .binvox file (header, run lengths) as uint8 of 0 and 255; its axes are x, z and y, as they are stored.

    Source: P. Min, binvox file format, https://www.patrickmin.com/binvox/binvox.html.
    """
    raw = path.read_bytes()
    head, data, body = raw.partition(b"data\n")
    sizes = re.search(rb"^dim +([0-9]{1,3}) +([0-9]{1,3}) +([0-9]{1,3})\s*$", head[:1000], re.M)
    if not head.startswith(b"#binvox") or not data or sizes is None:
        raise Unfit("is no .binvox file", "write it anew")
    shape = tuple(int(s) for s in sizes.groups())
    runs = np.frombuffer(raw, np.uint8, offset=len(raw) - len(body))
    value, count = runs[0::2], runs[1::2]
    if 0 in shape or len(runs) % 2 or int(count.sum(dtype=np.int64)) != np.prod(shape):
        raise Unfit(f"holds {int(count.sum(dtype=np.int64)):,} cells, and {_by(shape)} are announced", "write it anew")
    return np.repeat(np.where(value > 0, np.uint8(255), np.uint8(0)), count).reshape(shape)


def cloud(path: Path, *, points: int = 1024) -> Source:
    """Sets of points from an array, or from a folder of .xyz, ASCII .ply or .off files.

    Each set is moved to its mean and scaled until its farthest point is at distance 1. Meshes (.off, .ply with faces)
    are sampled uniformly on their surface.

    Args:
        path: .npy or .npz floats (N, P, 2) or (N, P, 3), and `labels` beside it if any; or a folder, whose folders are
            classes.
        points: of a set; of larger sets as many are drawn, in smaller ones of a folder some are repeated. An array with
            fewer keeps what it has.

    Raises:
        RivalsError: where no set can be used.
    """
    loading.positive("cloud", points=points)
    found = Found()
    if path.is_dir():
        repeated = 0

        def taken(file: Path) -> np.ndarray:
            nonlocal repeated
            vertices, faces = kinds[file.suffix.lower()](file)
            rng = np.random.default_rng(zlib.crc32(file.relative_to(path).as_posix().encode()))
            if len(faces):
                vertices = _surface(vertices, faces, points, rng)
            repeated += len(vertices) < points
            return _ball(_of_size(vertices, points, rng))

        kinds = {".xyz": _xyz, ".ply": _ply, ".off": _off}
        sets, names = _many(path, tuple(kinds), taken, found)
        x = np.stack(list(sets.values()))
        labels = loading.classes_of([names[file] for file in sets], found)
        found.facts["sets"] = f"{len(x):,} of {points:,} points"
        if repeated:
            found.facts["repeated"] = f"points in {repeated:,} sets that have fewer"
    else:
        arrays = plain.arrays_of(path)
        x = loading.one(arrays, path)
        if x.dtype.kind not in "fiu" or x.ndim != 3 or x.shape[2] not in (2, 3) or not x.shape[1]:
            raise RivalsError(f"{path} is {x.dtype} {x.shape}: give sets of points as floats (N, P, 3)")
        labels = loading.labels_of(arrays, len(x), path)
        keep, sets_, rng = [], [], np.random.default_rng(0)
        for i, one in enumerate(x):
            try:
                sets_.append(_ball(_of_size(one.astype(np.float64), min(points, x.shape[1]), rng)))
                keep.append(i)
            except Unfit as unfit:
                found.bad.append(Bad(f"{path}, set {i}", unfit.reason, unfit.mend))
        if not keep:
            raise RivalsError(f"{path} holds no set that can be used: set 0 {found.bad[0].reason}; {found.bad[0].mend}")
        found.facts["sets"] = f"{len(keep):,} of {x.shape[1]:,} points" + (
            f", {points:,} drawn of each" if points < x.shape[1] else ""
        )
        x, labels = np.stack(sets_), None if labels is None else labels[keep]
    found.facts["scale"] = "each set is centred and fills the unit ball"
    fields = {"cloud": x} | ({} if labels is None else {"label": labels})
    spec = Cloud(x.shape[1], x.shape[2], loading.count(labels))
    return loading.split(spec, fields, path, found)


def _ball(x: np.ndarray) -> np.ndarray:
    """Points (P, D) about their mean, the farthest at distance 1, float32."""
    if not np.isfinite(x).all():
        raise Unfit("has NaN or infinity", "leave it out")
    with np.errstate(over="ignore", invalid="ignore"):
        x = x - x.mean(0)
        reach = float(np.linalg.norm(x, axis=1).max())
    if not math.isfinite(reach):
        raise Unfit("has coordinates too large to measure", "scale it down, or leave it out")
    if reach <= 0:
        raise Unfit("is one point only", "leave it out")
    return (x / reach).astype(np.float32)


def _of_size(x: np.ndarray, points: int, rng: np.random.Generator) -> np.ndarray:
    """`points` of the points: a random part, or all and some again."""
    if not len(x):
        raise Unfit("has no points", "leave it out")
    whole, rest = divmod(points, len(x))
    chosen: np.ndarray = x[np.concatenate([np.tile(np.arange(len(x)), whole), rng.permutation(len(x))[:rest]])]
    return chosen


def _surface(vertices: np.ndarray, faces: np.ndarray, points: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform points (points, 3) on triangles (F, 3): a triangle by its area, a place in it by the square root."""
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise Unfit("has faces of vertices that are not there", "write it anew")
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    with np.errstate(over="ignore", invalid="ignore"):
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    if not (np.isfinite(area).all() and area.sum() > 0):
        raise Unfit("has a surface without area", "leave it out")
    face = rng.choice(len(faces), points, p=area / area.sum())
    root, along = np.sqrt(rng.random((points, 1))), rng.random((points, 1))
    places: np.ndarray = (1 - root) * a[face] + root * (1 - along) * b[face] + root * along * c[face]
    return places


def _xyz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Lines of three numbers or more, of which the first three count."""
    text = path.read_text(errors="replace").replace(",", " ").replace(";", " ")
    rows = [line.split()[:3] for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return _numbers(rows), np.zeros((0, 3), int)


def _off(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Object File Format, ASCII; ModelNet's files without a break after OFF are read, too."""
    lines = [line.split("#")[0].split() for line in path.read_text(errors="replace").splitlines()]
    lines = [line for line in lines if line]
    if not lines or not lines[0][0].upper().startswith("OFF"):
        raise Unfit("does not begin with OFF", "save it as an ASCII .off file")
    glued = [lines[0][0][3:], *lines[0][1:]]
    body = ([glued] if glued[0] else []) + lines[1:]
    try:
        n, m = int(body[0][0]), int(body[0][1])
    except (ValueError, IndexError):
        raise Unfit("has no numbers of vertices and faces", "save it anew") from None
    if n < 0 or m < 0 or len(body) < 1 + n + m:
        raise Unfit(f"ends before its {n:,} vertices and {m:,} faces", "save it anew")
    return _numbers([row[:3] for row in body[1 : 1 + n]]), _triangles(body[1 + n : 1 + n + m])


def _ply(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """ASCII .ply: the vertices' x, y, z, and the faces where there are some."""
    raw = path.read_bytes()
    head, end, body = raw.partition(b"end_header")
    header = [line.split() for line in head.decode("ascii", "replace").splitlines()]
    if not raw.startswith(b"ply") or not end:
        raise Unfit("is no .ply file", "save it anew")
    if ["format", "ascii", "1.0"] not in header:
        raise Unfit("is a binary .ply file", "save it as ASCII")
    lines = [line.split() for line in body.decode("ascii", "replace").splitlines()[1:]]
    lines = [line for line in lines if line]
    vertices, faces, at, element = np.zeros((0, 3)), np.zeros((0, 3), int), 0, ""
    columns: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for line in header:
        if line[:1] == ["element"] and len(line) == 3 and line[2].isdigit():
            element, counts[line[1]] = line[1], int(line[2])
        elif line[:1] == ["property"] and len(line) >= 3:
            columns.setdefault(element, []).append(line[-1])
    if sum(counts.values()) > len(lines):
        raise Unfit(f"ends before its {sum(counts.values()):,} rows", "save it anew")
    for element, count in counts.items():
        rows, at = lines[at : at + count], at + count
        names = columns.get(element, [])
        if element == "vertex":
            if not {"x", "y", "z"} <= set(names) or any(len(row) < len(names) for row in rows):
                raise Unfit("has vertices without x, y and z", "save it anew")
            vertices = _numbers([[row[names.index(axis)] for axis in "xyz"] for row in rows])
        elif element == "face":
            faces = _triangles(rows)
    return vertices, faces


def _numbers(rows: list[list[str]]) -> np.ndarray:
    try:
        return np.array(rows, np.float64).reshape(len(rows), 3)
    except ValueError:
        raise Unfit("has a line that is not three numbers", "write x, y and z on each line") from None


def _triangles(rows: list[list[str]]) -> np.ndarray:
    """Polygons, lines of a number of corners and the corners, as fans of triangles (F, 3)."""
    fans = []
    try:
        for row in rows:
            corners = [int(word) for word in row[1 : 1 + int(row[0])]]
            if len(corners) != int(row[0]):
                raise ValueError
            fans += [(corners[0], corners[i], corners[i + 1]) for i in range(1, len(corners) - 1)]
        return np.array(fans, int).reshape(-1, 3)
    except (ValueError, IndexError, OverflowError):
        raise Unfit("has a face that is not a number of corners and the corners", "save it anew") from None


def _many(
    path: Path, endings: tuple[str, ...], read: Callable[[Path], np.ndarray], found: Found
) -> tuple[dict[Path, np.ndarray], dict[Path, str]]:
    """What the files below a folder hold, and the folder each lies in; those that cannot be used go to `found.bad`.

    Raises:
        RivalsError: where there is none, or none can be used.
    """
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in endings)
    if not files:
        raise RivalsError(f"{path} holds no {', '.join(endings)} files: name a folder that does")
    held: dict[Path, np.ndarray] = {}
    total = 0
    for file in files:
        try:
            loading.bounded(file.stat().st_size, file, "leave it out")
            held[file] = read(file)
        except Unfit as unfit:
            found.bad.append(Bad(str(file), unfit.reason, unfit.mend))
        except OSError as error:
            found.bad.append(Bad(str(file), f"cannot be read ({error.strerror})", "see its permissions"))
        else:
            total += held[file].nbytes
            loading.bounded(total, path, "give a part of it")
    if not held:
        first = found.bad[0]
        raise RivalsError(f"{path} holds no file that can be used: {first.file} {first.reason}; {first.mend}")
    return held, {file: file.parent.relative_to(path).as_posix() for file in held}


def _range(lengths: Counter[int]) -> str:
    low, high = min(lengths), max(lengths)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _by(shape: tuple[int, ...] | list[int]) -> str:
    return "×".join(map(str, shape))
