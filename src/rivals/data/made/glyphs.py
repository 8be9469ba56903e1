"""Generated pictures of characters."""

from __future__ import annotations

import string
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rivals.data.made.fixed import MOST, fixed, within
from rivals.data.sources import Bad, Source
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError

CHARACTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SYMBOLS = {"LastResortHE-Regular", "cmex10", "cmmi10", "cmsy10"}
"""Fonts of matplotlib that draw something else at the places of letters."""
SHARP = 4
"""Pixels in each direction that are averaged into one."""


def glyphs(size: int = 28, characters: str = CHARACTERS, variants: int = 4, fonts: str = "") -> Source:
    """Characters of many fonts, white on black; the label is the character, the field "font" the font.

    Every character of every font is there `variants` times: once upright and centred, else turned by up to 10°,
    leaning by up to .2, at .85 to 1.1 of its size and moved by up to 6 % of the picture, all uniform and fixed.
    Fonts are those that come with matplotlib (DejaVu, STIX, Computer Modern) and have all the characters.

    Args:
        size: pixels of a side, 8 to 128.
        characters: to draw, in the labels' order, no two alike.
        variants: of each character in each font, 1 to 100.
        fonts: a folder of .ttf and .otf files to use instead.

    Raises:
        UsageError: for an option outside its limits.
        RivalsError: where no font has all the characters.
    """
    within("glyphs", size=(size, 8, 128), variants=(variants, 1, 100))
    if not characters or len(set(characters)) != len(characters) or not characters.isprintable():
        raise UsageError(f"glyphs: option 'characters' must be different printable characters, not {characters!r}")
    files, bad = _fonts(characters, fonts)
    n = len(files) * len(characters) * variants
    if n > MOST:
        raise UsageError(f"glyphs: {n:,} pictures are more than {MOST:,}: take fewer fonts, characters or variants")
    images = _drawn(size, characters, variants, files)
    font, label, _ = np.indices((len(files), len(characters), variants)).reshape(3, -1)
    facts = {
        "pictures": f"{n:,}: {len(characters)} characters, {len(files)} fonts, {variants} variants, {size}×{size}",
        "classes": f"{len(characters)}: {characters}",
        "fonts": ", ".join(f.stem for f in files),
    }
    spec = Images(1, size, size, classes=len(characters))
    return fixed("glyphs", spec, {"image": images, "label": label, "font": font}, facts, bad)


def _fonts(characters: str, folder: str) -> tuple[tuple[Path, ...], tuple[Bad, ...]]:
    """The fonts that have all characters, and those that do not, told only where the user chose the folder."""
    import matplotlib
    from matplotlib.ft2font import FT2Font

    root = Path(folder) if folder else Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    if not root.is_dir():
        raise RivalsError(f"{root} is no folder: give one with .ttf or .otf files")
    files = sorted(f for f in root.iterdir() if f.suffix.lower() in (".ttf", ".otf"))
    good, bad = [], []
    for file in files:
        try:
            known = FT2Font(str(file)).get_charmap()
        except (RuntimeError, OSError) as error:
            bad.append(Bad(str(file), f"it cannot be read as a font: {error}", "replace it or leave it out"))
            continue
        lacking = [c for c in characters if ord(c) not in known]
        if lacking:
            bad.append(Bad(str(file), f"it lacks {''.join(lacking[:20])}", "name fewer characters, or leave it out"))
        elif folder or file.stem not in SYMBOLS:
            good.append(file)
    if not good:
        seen = f"{bad[0].file}: {bad[0].reason}" if bad else "it holds no .ttf or .otf file"
        raise RivalsError(f"{root} has no font with all of {len(characters)} characters ({seen})")
    return tuple(good), tuple(bad) if folder else ()


@lru_cache(maxsize=2)
def _drawn(size: int, characters: str, variants: int, files: tuple[Path, ...]) -> np.ndarray:
    """Pictures uint8 (fonts · characters · variants, 1, size, size)."""
    large = size * SHARP
    rng = np.random.default_rng(0)
    drawn = np.empty((len(files) * len(characters) * variants, 1, size, size), np.uint8)
    at = iter(drawn)
    for file in files:
        font = ImageFont.truetype(str(file), round(0.8 * large))
        for character in characters:
            plain = Image.new("L", (large, large))
            ImageDraw.Draw(plain).text((large / 2, 0.76 * large), character, fill=255, font=font, anchor="ms")
            for variant in range(variants):
                picture = plain if variant == 0 else plain.transform(plain.size, *_moved(rng, large))
                next(at)[0] = np.asarray(picture.reduce(SHARP))
    return drawn


def _moved(rng: np.random.Generator, side: int) -> tuple[Image.Transform, tuple[float, ...], Image.Resampling]:
    """A small random affine map about the middle, as `Image.transform` takes it (from the new place to the old)."""
    turn, lean, scale = rng.uniform((-0.17, -0.2, 0.85), (0.17, 0.2, 1.1))
    c, s = np.cos(turn) / scale, np.sin(turn) / scale
    a, b, d, e = c, lean * c - s, s, lean * s + c
    x, y = side / 2 + rng.uniform(-0.06, 0.06, 2) * side
    middle = side / 2
    return (
        Image.Transform.AFFINE,
        (a, b, middle - a * x - b * y, d, e, middle - d * x - e * y),
        Image.Resampling.BILINEAR,
    )
