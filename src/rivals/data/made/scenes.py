"""Generated scenes of solids on a ground, with captions, class maps, depth and boxes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from rivals.data.made.fixed import MOST, fixed, within
from rivals.data.sources import Source
from rivals.data.specs import Captioned

SHAPES = ("ball", "box", "cone")
COLOURS = {
    "red": (206, 48, 44), "green": (54, 150, 66), "blue": (48, 92, 196), "yellow": (232, 196, 50),
    "purple": (132, 66, 166), "white": (236, 236, 230),
}  # fmt: skip
GROUNDS = {"grass": (124, 176, 92), "sand": (222, 200, 148), "snow": (226, 234, 242), "stone": (138, 134, 130)}
SIZES = {"small": 0.085, "large": 0.14}
CLASSES = ("sky", "ground", *SHAPES)
"""What a number in the field "mask" means."""
WORDS = ("", "a", *SIZES, *COLOURS, *SHAPES, "left", "of", "on", *GROUNDS)
MAX, LENGTH = 3, 3 * 4 + 2 * 2 + 2
"""Objects in a scene; words in its caption."""
SHARP, HORIZON = 3, 0.38
"""Pixels in each direction that are averaged into one; where sky and ground meet, as a share of the height."""


def scenes(n: int = 5000, size: int = 64) -> Source:
    """Scenes of one to three solids on a ground, 3 channels, and what is in them.

    Fields: "image"; "caption", int64 (N, 18), such as "a large red ball left of a small blue box on grass", the solids
    in their order from left to right; "mask", uint8 (N, 1, H, W), 0 sky, 1 ground, 2 ball, 3 box, 4 cone; "depth",
    uint8 (N, 1, H, W), 255 · (1 - d₀/d), d the distance and d₀ that of the lower edge: 0 near, 255 the sky; "objects",
    float32 (N, 3, 5), for each solid from left to right its class in the mask (-1 where there is none) and the box
    left, top, right, bottom that holds all of it, also where another hides it, as shares of the picture. Batches of a
    run scale every uint8 field to [-1, 1]: a class is then round((x + 1) · 127.5).

    Solids are smaller the farther back they stand, and nearer ones hide farther ones. Counts, places, shapes, colours,
    sizes, ground and sky are independent and uniform.

    Args:
        n: how many, 2 to 200,000 (5,000 take three seconds at 64 pixels).
        size: pixels of a side, 32 to 256.

    Raises:
        UsageError: for an option outside its limits.
    """
    within("scenes", n=(n, 2, MOST), size=(size, 32, 256))
    facts = {
        "pictures": f"{n:,} of 1 to {MAX} solids, 3×{size}×{size}",
        "captions": f"{LENGTH} words of {len(WORDS) - 1}",
        "mask": ", ".join(f"{i} {name}" for i, name in enumerate(CLASSES)),
    }
    return fixed("scenes", Captioned(3, size, size, length=LENGTH, words=WORDS), _drawn(n, size), facts)


@lru_cache(maxsize=2)
def _drawn(n: int, size: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    large = size * SHARP
    rows = (np.arange(size) + 0.5) / size
    far = np.where(rows > HORIZON, 1 - (rows - HORIZON) / (1 - HORIZON), 1.0)
    plane = np.broadcast_to((255 * far).round().astype(np.uint8)[:, None], (size, size))
    mask, depth = np.empty((2, n, 1, size, size), np.uint8)
    images = np.empty((n, 3, size, size), np.uint8)
    caption, objects = np.zeros((n, LENGTH), np.int64), np.full((n, MAX, 5), -1, np.float32)
    for i in range(n):
        solids, ground = _solids(rng), str(rng.choice(list(GROUNDS)))
        picture = _empty(rng, large, GROUNDS[ground])
        flat = Image.new("L", (large, large))
        pens = ImageDraw.Draw(picture), ImageDraw.Draw(flat)
        pens[1].rectangle((0, round(HORIZON * large), large, large), fill=1)
        for place in sorted(range(len(solids)), key=lambda k: solids[k]["y"]):
            _paint(pens, solids[place], place, large)
        images[i] = np.asarray(picture.reduce(SHARP)).transpose(2, 0, 1)
        which = np.asarray(flat)[SHARP // 2 :: SHARP, SHARP // 2 :: SHARP]
        near = [s["depth"] for s in solids]
        table = np.array([0, 1, *(2 + SHAPES.index(s["shape"]) for s in solids)], np.uint8)
        mask[i, 0], depth[i, 0] = table[which], np.where(which < 2, plane, np.array([0, 0, *near], np.uint8)[which])
        words = " left of ".join(f"a {s['size']} {s['colour']} {s['shape']}" for s in solids) + f" on {ground}"
        told = [WORDS.index(word) for word in words.split()]
        caption[i, : len(told)] = told
        for k, s in enumerate(solids):
            x, y, r = s["x"], s["y"], s["radius"]
            objects[i, k] = (2 + SHAPES.index(s["shape"]), x - r, y - 2 * r, x + r, y)
    return {"image": images, "caption": caption, "mask": mask, "depth": depth, "objects": objects}


def _solids(rng: np.random.Generator) -> list[dict[str, Any]]:
    """One to three solids from left to right, whole in the picture, their middles at least .12 of it apart."""
    count = int(rng.integers(1, MAX + 1))
    gaps = np.sort(rng.uniform(0, 0.72 - 0.12 * (count - 1), count)) + 0.14 + 0.12 * np.arange(count)
    solids = []
    for x in gaps:
        size, y = str(rng.choice(list(SIZES))), float(rng.uniform(0.56, 0.96))
        radius = SIZES[size] * (0.45 + 0.55 * (y - HORIZON) / (0.96 - HORIZON))
        depth = round(255 * (1 - (y - HORIZON) / (1 - HORIZON)))
        solids.append({
            "x": float(x), "y": y, "size": size, "radius": radius, "depth": depth,
            "shape": str(rng.choice(SHAPES)), "colour": str(rng.choice(list(COLOURS))),
        })  # fmt: skip
    return solids


def _empty(rng: np.random.Generator, large: int, ground: tuple[int, int, int]) -> Any:
    """Sky and ground, each a little lighter towards the horizon."""
    y = np.arange(large)[:, None] / large
    sky = np.array(rng.choice([(120, 176, 226), (236, 176, 136), (92, 104, 150)])) + rng.integers(-12, 13, 3)
    light = np.where(y < HORIZON, y / HORIZON, 1 - (y - HORIZON) / (1 - HORIZON))
    rows = np.where(y < HORIZON, sky, np.array(ground)) * (0.86 + 0.2 * light)
    column = rows.clip(0, 255).round().astype(np.uint8)[:, None]
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(column, (large, large, 3))))


def _paint(pens: tuple[Any, Any], solid: dict[str, Any], place: int, large: int) -> None:
    """One solid with its shadow, lit from the upper left; in the flat picture its place + 2."""
    pen, flat = pens
    x, y, r = (solid[k] * large for k in ("x", "y", "radius"))
    base = np.array(COLOURS[solid["colour"]])

    def shade(light: float) -> tuple[int, ...]:
        return tuple((base * light).clip(0, 255).astype(int).tolist())

    pen.ellipse((x - 0.9 * r, y - 0.25 * r, x + 1.7 * r, y + 0.2 * r), fill=(70, 72, 70))
    if solid["shape"] == "ball":
        flat.ellipse((x - r, y - 2 * r, x + r, y), fill=place + 2)
        for k in range(7):
            q, move = r * (1 - k / 7.5), 0.36 * r * k / 7
            middle = (x - move, y - r - move)
            box = (middle[0] - q, middle[1] - q, middle[0] + q, middle[1] + q)
            pen.ellipse(box, fill=shade(0.62 + 0.09 * k))
    elif solid["shape"] == "box":
        front = [(x - r, y - 1.5 * r), (x + 0.5 * r, y - 1.5 * r), (x + 0.5 * r, y), (x - r, y)]
        top = [(x - r, y - 1.5 * r), (x - 0.5 * r, y - 2 * r), (x + r, y - 2 * r), (x + 0.5 * r, y - 1.5 * r)]
        side = [(x + 0.5 * r, y - 1.5 * r), (x + r, y - 2 * r), (x + r, y - 0.5 * r), (x + 0.5 * r, y)]
        for face, light in ((front, 0.9), (top, 1.15), (side, 0.62)):
            pen.polygon(face, fill=shade(light))
            flat.polygon(face, fill=place + 2)
    else:
        rim, point = (x - r, y - 0.5 * r, x + r, y), (x, y - 2 * r)
        left, right = (x - r, y - 0.25 * r), (x + r, y - 0.25 * r)
        for canvas, fill in ((pen, shade(0.82)), (flat, place + 2)):
            canvas.ellipse(rim, fill=fill)
            canvas.polygon([left, point, right], fill=fill)
        pen.polygon([point, left, (x - 0.45 * r, y - 0.03 * r)], fill=shade(1.12))
        pen.polygon([point, right, (x + 0.35 * r, y - 0.02 * r)], fill=shade(0.6))
