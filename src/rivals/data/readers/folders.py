"""Pictures in two or more groups: pairs, domains without pairs, domains with a label."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import torch

from rivals.data.arrays import divided, tensor
from rivals.data.readers.album import Album, Bits, Channels, Fit, Pictures, Wanted, album, counted, stored
from rivals.data.readers.images import SPLITS, Marks, built, classes_of, listed, named, rows_of, splits_of
from rivals.data.sources import Bad, Found, Source
from rivals.data.specs import Domains, Images, Pairs, Unpaired
from rivals.errors import RivalsError

SIDES = {
    "a": ("x", ""),
    "b": ("y", ""),
    "traina": ("x", "train"),
    "trainb": ("y", "train"),
    "testa": ("x", "test"),
    "testb": ("y", "test"),
    "vala": ("x", "val"),
    "valb": ("y", "val"),
}
"""Folder -> side and part."""


def pairs(
    path: Path,
    *,
    direction: Literal["AtoB", "BtoA"] = "AtoB",
    size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    channels: Channels = "auto",
    bits: Bits = "auto",
) -> Source:
    """Pairs of pictures: each file holds A on its left half and B on its right, or folders A and B match by name.

    Folders train and test (or val) are kept apart, above A and B or below. The fields are x and y.

    Args:
        path: a folder or a zip.
        direction: AtoB makes A the x and B the y.
        size: of one half; as `images` takes it, and the same for both sides.
        fit: as `images` takes it.
        channels: as `images` takes it; auto is found for each side, where the sides are folders.
        bits: as `images` takes it.

    Raises:
        RivalsError: where there are no pictures, none can be read, or none match.
    """
    wanted = Wanted(size, fit, channels, bits)
    book = album(path)
    sides = _sides(book)
    if sides is None:
        splits, x, y, digests, found, rows = _halves(book, wanted)
    else:
        splits, x, y, digests, found, rows = _matched(book, sides, wanted)
    train, test, fact = rows_of(splits)
    fields, index, held = {"x": tensor(x), "y": tensor(y)}, {}, {}
    for field, places in rows.items():
        index[field], held[field] = places[train], places[test]
    if direction == "BtoA":
        fields, index, held = ({"x": d["y"], "y": d["x"]} for d in (fields, index, held))
        digests = {"x": digests["y"], "y": digests["x"]}
    spec = Pairs(_images(fields["x"].numpy()), _images(fields["y"].numpy()))
    source = divided(spec, fields, index, held, digests=digests)
    source.found = Found({**found.facts, **fact, "direction": f"x is {direction[0]}, y is {direction[3]}"}, found.bad)
    return named(source, path)


def unpaired(
    path: Path,
    *,
    size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    channels: Channels = "auto",
    bits: Bits = "auto",
) -> Source:
    """Two domains without pairs: folders trainA and trainB, held out testA and testB where they are there; or A and B.

    The fields are x (of A) and y (of B), in independent orders.

    Args:
        path: a folder or a zip.
        size: as `images` takes it, and the same for both domains.
        fit: as `images` takes it.
        channels: as `images` takes it; auto is found for each domain.
        bits: as `images` takes it.

    Raises:
        RivalsError: where a domain has no pictures, or none that can be read.
    """
    wanted = Wanted(size, fit, channels, bits)
    book = album(path)
    sides = _sides(book)
    if sides is None:
        raise RivalsError(f"{path} has no folders trainA and trainB with pictures in them: make them, or A and B")
    x, y = _stored_sides(book, sides, wanted)
    fields, train, test, facts = {"x": tensor(x.array), "y": tensor(y.array)}, {}, {}, {}
    parts = {field: [sides[name][1] for name in side.names] for field, side in (("x", x), ("y", y))}
    # what is held out is so in both domains, or by chance in both
    both = all("train" in part and set(part) - {"train"} for part in parts.values())
    for field, part in parts.items():
        train[field], test[field], fact = rows_of(part if both else [""] * len(part))
        facts[f"parts of {field}"] = fact["parts"]
    if not all(map(len, test.values())):
        train = {field: torch.cat([train[field], test[field]]) for field in train}
        facts = {"parts": "a domain with one picture: nothing is held out"}
    spec = Unpaired(_images(x.array), _images(y.array))
    groups, digests = {"x": "x", "y": "y"}, {"x": x.digest, "y": y.digest}
    source = divided(spec, fields, train, test, groups=groups, digests=digests)
    source.found = Found({**_both_facts(x, y), **facts}, [*x.found.bad, *y.found.bad])
    return named(source, path)


def domains(
    path: Path,
    *,
    size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    channels: Channels = "auto",
    bits: Bits = "auto",
) -> Source:
    """Pictures of several domains, a folder for each, whose place among the names is the field label.

    Folders train and test (or val) above them are kept apart.

    Args:
        path: a folder or a zip.
        size: as `images` takes it.
        fit: as `images` takes it.
        channels: as `images` takes it.
        bits: as `images` takes it.

    Raises:
        RivalsError: where there are fewer than two folders with pictures, or a picture lies in none.
    """
    pictures = stored(album(path), Wanted(size, fit, channels, bits))
    splits, inside = splits_of(pictures.names)
    found = classes_of(inside)
    if found is None:
        outside = next(name for name in inside if "/" not in name)
        raise RivalsError(f"{path}: the picture {outside} lies in no folder of a domain: move it into one")
    names, label = found
    if len(names) < 2:
        raise RivalsError(f"{path} has one folder with pictures, {names[0]}: give two or more, a folder for each")
    facts = {"domains": f"{len(names):,}: {listed(names)}"}
    marks = Marks(torch.from_numpy(label), classes=len(names), facts=facts)
    image = _images(pictures.array)
    spec = Domains(image.channels, image.height, image.width, len(names), image.bits, names=tuple(names))
    return built(path, pictures, marks, splits, spec)


# ---- sides -----------------------------------------------------------------------------------------------------------


def _sides(book: Album) -> dict[str, tuple[str, str, str]] | None:
    """Of each picture that has them, side (x or y), part, and the name that it shares with its pair.

    None where not both sides are there.
    """
    placed = {}
    for name in book.names:
        path = PurePosixPath(name)
        folders = [folder.lower() for folder in path.parts[:-1]]
        side = next(((i, *SIDES[folder]) for i, folder in enumerate(folders) if folder in SIDES), None)
        if side is None:
            continue
        at, field, part = side
        others = [(i, folder) for i, folder in enumerate(folders) if i != at]
        over = next(((i, SPLITS[folder]) for i, folder in others if folder in SPLITS), None) if not part else None
        rest = [folder for i, folder in others if over is None or i != over[0]]
        placed[name] = (field, part or (over[1] if over else ""), "/".join([*rest, path.stem]))
    return placed if {field for field, _, _ in placed.values()} == {"x", "y"} else None


def _stored_sides(book: Album, sides: dict[str, tuple[str, str, str]], wanted: Wanted) -> tuple[Pictures, Pictures]:
    """Both sides in one size; pictures that lie on none are left out."""
    a, b = (book.part([name for name, (field, _, _) in sides.items() if field == side]) for side in ("x", "y"))
    x, y = stored(a, wanted, beside=[b]), stored(b, wanted, beside=[a])
    if len(sides) < len(book.names):
        told = f"{counted(len(book.names) - len(sides), 'picture')} in neither A nor B"
        x.found.facts["left out"] = y.found.facts["left out"] = told
    return x, y


_Read = tuple[list[str], np.ndarray, np.ndarray, dict[str, str], Found, dict[str, torch.Tensor]]
"""Parts, both arrays, digests, what was found, the rows of x and y that belong together."""


def _halves(book: Album, wanted: Wanted) -> _Read:
    """A on the left, B on the right."""
    both = stored(book, wanted, halves=True)
    width = both.array.shape[3] // 2
    x, y = both.array[..., :width], both.array[..., width:]
    splits, _ = splits_of(both.names)
    rows = torch.arange(len(both.names))
    facts = {**both.found.facts, "sides": "A is the left half, B the right"}
    digests = {"x": f"{both.digest} left", "y": f"{both.digest} right"}
    return splits, x, y, digests, Found(facts, both.found.bad), {"x": rows, "y": rows}


def _matched(book: Album, sides: dict[str, tuple[str, str, str]], wanted: Wanted) -> _Read:
    """Folders A and B, matched by part and stem."""
    x, y = _stored_sides(book, sides, wanted)
    of_x, of_y = ({sides[name][1:]: (i, name) for i, name in enumerate(side.names)} for side in (x, y))
    shared = sorted(of_x.keys() & of_y.keys())
    if not shared:
        names = f"{of_x[min(of_x)][1]} and {of_y[min(of_y)][1]}"
        raise RivalsError(f"{book.path}: no picture in A has the name of one in B ({names}): give pairs the same name")
    bad = [*x.found.bad, *y.found.bad]
    lost = {sides[one.file][1:]: one.file for one in bad}
    for mine, other, letter in ((of_x, of_y, "B"), (of_y, of_x, "A")):
        for key in sorted(mine.keys() - other.keys()):
            if key in lost:
                reason, mend = f"belongs to {lost[key]}, which cannot be used", f"mend {lost[key]}"
            else:
                reason, mend = f"has no partner in {letter}", f"put a picture of the same name into {letter}"
            bad.append(Bad(mine[key][1], reason, mend))
    rows = {"x": torch.tensor([of_x[key][0] for key in shared]), "y": torch.tensor([of_y[key][0] for key in shared])}
    facts = {"pairs": f"{len(shared):,} matched by name", **_both_facts(x, y)}
    return [part for part, _ in shared], x.array, y.array, {"x": x.digest, "y": y.digest}, Found(facts, bad), rows


def _both_facts(x: Pictures, y: Pictures) -> dict[str, str]:
    """The facts of A and B: one where they agree, else both."""
    facts = {}
    for label in dict.fromkeys([*x.found.facts, *y.found.facts]):
        a, b = x.found.facts.get(label), y.found.facts.get(label)
        facts[label] = f"{a}" if a == b else "; ".join(f"{k}: {v}" for k, v in (("A", a), ("B", b)) if v)
    return facts


def _images(array: np.ndarray) -> Images:
    _, channels, height, width = array.shape
    return Images(channels, height, width, bits=16 if array.dtype == np.uint16 else 8)
