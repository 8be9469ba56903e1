"""Generated faces whose identity, attributes, pose and landmarks are known."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from rivals.data.made.fixed import MOST, fixed, within
from rivals.data.sources import Source
from rivals.data.specs import Images

ATTRIBUTES = ("glasses", "smile", "hat", "beard", "long hair")
SHARP = 3
"""Pixels in each direction that are averaged into one."""
SKIN = ((255, 224, 196), (241, 194, 155), (224, 172, 122), (198, 134, 88), (161, 102, 62), (112, 70, 44), (82, 50, 34))
HAIR = ((38, 28, 26), (84, 52, 30), (132, 84, 44), (206, 164, 92), (160, 66, 34), (150, 148, 150), (232, 222, 206))
EYES = ((74, 48, 30), (60, 110, 72), (62, 110, 168), (110, 116, 122))
CLOTHES = ((176, 52, 52), (48, 92, 156), (64, 128, 84), (90, 70, 120), (212, 170, 60), (70, 74, 84), (226, 226, 222))
BACKGROUNDS = ((178, 204, 224), (222, 208, 184), (186, 214, 190), (214, 192, 208), (168, 172, 182), (236, 232, 222))

Layer = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Colours (N, 3), polygons (N, K, 2), and who has it (N,)."""


def faces(n: int = 5000, size: int = 64, identities: int = 100) -> Source:
    """Drawn faces, 3 channels, with everything about them known.

    Fields: "image"; "label", the identity, which fixes head, skin, hair, eyes, nose and mouth; "attribute", float32
    (N, 5) of 0 and 1, independent coins: glasses, smile, hat, beard, long hair; "pose", float32 (N, 2), yaw in ±.6 and
    pitch in ±.3 radians, uniform, the face turns to the right of the picture and down where they are positive;
    "landmarks", float32 (N, 5, 2), x and y of left eye, right eye, tip of the nose, left and right corner of the mouth
    (left and right as seen), as shares of the picture. Features lie on an ellipsoid that is turned and projected in
    parallel, so pose and landmarks are exact.

    Args:
        n: how many, 2 to 200,000 (5,000 take two seconds at 64 pixels).
        size: pixels of a side, 16 to 256.
        identities: how many people, 1 to 200,000; at most n.

    Raises:
        UsageError: for an option outside its limits.
    """
    within("faces", n=(n, 2, MOST), size=(size, 16, 256), identities=(identities, 1, MOST))
    identities = min(identities, n)
    fields = _drawn(n, size, identities)
    facts = {
        "pictures": f"{n:,} of {identities:,} identities, 3×{size}×{size}",
        "attributes": ", ".join(ATTRIBUTES),
        "pose": "yaw and pitch in radians",
        "landmarks": "eyes, nose, corners of the mouth, as shares of the picture",
    }
    return fixed("faces", Images(3, size, size, identities, attributes=ATTRIBUTES), fields, facts)


@lru_cache(maxsize=2)
def _drawn(n: int, size: int, identities: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    who = np.arange(n) % identities
    attribute = rng.integers(0, 2, (n, len(ATTRIBUTES)))
    pose = rng.uniform((-0.6, -0.3), (0.6, 0.3), (n, 2))
    layers, landmarks = _layers(rng, who, identities, attribute.astype(bool), pose)
    background = _pick(rng, BACKGROUNDS, n, 12)
    light = rng.uniform(-0.16, 0.16, n)
    across = np.linspace(-1, 1, size)[None, :, None]
    images = np.empty((n, 3, size, size), np.uint8)
    scaled = [(colour.tolist(), polygon.reshape(n, -1) * (size * SHARP), has) for colour, polygon, has in layers]
    for i in range(n):
        picture = Image.new("RGB", (size * SHARP, size * SHARP), tuple(background[i].tolist()))
        pen = ImageDraw.Draw(picture)
        for colour, polygon, has in scaled:
            if has[i]:
                pen.polygon(polygon[i].tolist(), fill=tuple(colour[i]))
        lit = np.asarray(picture.reduce(SHARP)) * (1 + light[i] * across)
        images[i] = lit.clip(0, 255).round().transpose(2, 0, 1)
    return {
        "image": images,
        "label": who,
        "attribute": attribute.astype(np.float32),
        "pose": pose.astype(np.float32),
        "landmarks": landmarks.astype(np.float32),
    }


def _layers(
    rng: np.random.Generator, who: np.ndarray, identities: int, attribute: np.ndarray, pose: np.ndarray
) -> tuple[list[Layer], np.ndarray]:
    """What is painted, back to front: colours (N, 3), polygons (N, K, 2) and who has it (N,); and the landmarks.

    Features are given in the plane of the face, x and y in units of the head's half axes.
    """
    n = len(who)
    every = np.ones(n, bool)
    glasses, smile, hat, beard, long = attribute.T

    def own(low: float, high: float) -> np.ndarray:
        """A number that belongs to the identity."""
        number: np.ndarray = rng.uniform(low, high, identities)[who]
        return number

    skin, hair = _pick(rng, SKIN, identities, 8)[who], _pick(rng, HAIR, identities, 8)[who]
    eyes, clothes = _pick(rng, EYES, identities, 10)[who], _pick(rng, CLOTHES, n, 14)
    frames, felt = _pick(rng, CLOTHES, n, 20) // 2, _pick(rng, CLOTHES, n, 14)
    wide, tall, jaw = own(0.225, 0.27), own(0.3, 0.335), own(0.08, 0.3)
    apart, eye, brow, heavy = own(0.34, 0.44), own(0.9, 1.15), own(-0.31, -0.25), own(0.03, 0.06)
    nose, nostril, mouth, lip = own(0.2, 0.3), own(0.08, 0.15), own(0.24, 0.34), own(0.03, 0.06)
    fringe, parting = own(-0.62, -0.4), own(-0.2, 0.2)
    centre = np.array([0.5, 0.53]) + rng.uniform(-0.02, 0.02, (n, 2))
    radii = np.stack([wide, tall], 1) * rng.uniform(0.95, 1.05, (n, 1))

    def placed(x: np.ndarray) -> np.ndarray:
        """Points (N, K, 2) of the turned head -> of the picture; the chin is narrower than the brow."""
        narrow = 1 - jaw[:, None] * np.clip(x[..., 1], 0, None) ** 2
        put: np.ndarray = centre[:, None] + radii[:, None] * np.stack([x[..., 0] * narrow, x[..., 1]], -1)
        return put

    def on(x: np.ndarray, lift: float = 1.0) -> np.ndarray:
        """Points (N, K, 2) of the face's plane -> of the picture, on the ellipsoid `lift` times as large."""
        z = np.sqrt(np.clip(1 - (x**2).sum(-1), 0, None))
        (c, c2), (s, s2) = np.cos(pose).T[:, :, None], np.sin(pose).T[:, :, None]
        across, deep = x[..., 0] * c + z * s, z * c - x[..., 0] * s
        down, deep = x[..., 1] * c2 + deep * s2, deep * c2 - x[..., 1] * s2
        rim = np.where(deep < 0, np.maximum(np.hypot(across, down), 1e-6), 1.0)  # what is behind shows at the rim
        return placed(lift * np.stack([across / rim, down / rim], -1))

    def round_(
        x: np.ndarray | float, y: np.ndarray | float, a: np.ndarray | float, b: np.ndarray | float
    ) -> np.ndarray:
        """An ellipse (N, 20, 2)."""
        t = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        column = [np.broadcast_to(np.asarray(v, float).reshape(-1, 1), (n, 1)) for v in (x, y, a, b)]
        return np.stack([column[0] + column[2] * np.cos(t), column[1] + column[3] * np.sin(t)], -1)

    def curve(x: np.ndarray, y: np.ndarray, thick: np.ndarray | float) -> np.ndarray:
        """A stroke along (N, K) points, `thick` (N,) high, as a polygon (N, 2K, 2)."""
        half = np.broadcast_to(np.asarray(thick, float).reshape(-1, 1) / 2, x.shape)
        low, high = np.stack([x, y + half], -1), np.stack([x, y - half], -1)
        return np.concatenate([high, low[:, ::-1]], 1)

    t = np.linspace(-1, 1, 11)[None]
    arch = 1 - t**2
    full = np.zeros((n, 1)) + t
    shift = -0.12 * np.sin(pose[:, :1])
    behind = np.concatenate([shift, np.full((n, 1), -0.06)], 1)[:, None]
    dark, pale = (skin * 0.8).astype(int), np.minimum(skin + 14, 255)
    red = (skin * (0.86, 0.55, 0.55) + (24, 0, 8)).astype(int)
    fade = (0.7 * hair + 0.3 * skin).astype(int)
    white, black = np.full((n, 3), 246), np.full((n, 3), 24)
    layers: list[Layer] = []

    def paint(colour: np.ndarray, polygon: np.ndarray, has: np.ndarray = every) -> None:
        layers.append((colour, polygon, has))

    # Behind the head: hair, neck, shoulders, ears.
    fall = np.concatenate([round_(0, 0, 1.22, 1.14)[:, 10:], np.tile([[[1.3, 1.35], [-1.3, 1.35]]], (n, 1, 1))], 1)
    paint((hair * 0.8).astype(int), placed(fall + behind), long)
    paint(hair, placed(round_(0, -0.06, 1.08, 1.06) + behind))
    trunk = np.array([[-0.42, 0.6], [0.42, 0.6], [0.46, 1.25], [-0.46, 1.25]])
    paint(dark, placed(np.tile(trunk, (n, 1, 1)) / np.stack([1 - jaw, jaw * 0 + 1], 1)[:, None]))
    coat = np.concatenate([np.stack([2.1 * t[0], 1.16 + 0.5 * t[0] ** 2], -1), [[2.1, 3.0], [-2.1, 3.0]]])
    paint(clothes, centre[:, None] + radii[:, None] * np.tile(coat, (n, 1, 1)))
    for side in (-1.0, 1.0):
        paint(dark, placed(round_(side * np.cos(pose[:, 0]) * 1.02, 0.02 + 0.3 * pose[:, 1], 0.13, 0.2)))

    # The head, and what lies on it.
    paint(skin, placed(round_(0, 0, 1, 1)))
    chin = np.concatenate([np.stack([0.98 * t[0], 0.12 + 0.86 * np.sqrt(arch[0])], -1),
                           np.stack([0.8 * t[0, ::-1], 0.16 + 0.16 * arch[0]], -1)])  # fmt: skip
    paint(fade, on(np.tile(chin, (n, 1, 1)), 1.02), beard)
    hairline = fringe[:, None] + parting[:, None] * t + 0.3 * t**4
    edge = on(np.stack([full * 0.95, np.minimum(hairline, 0.1)], -1), 1.02)
    ends = np.arctan2(*((edge[:, [0, -1]] - centre[:, None]) / radii[:, None]).transpose(2, 1, 0)[::-1]) % (2 * np.pi)
    left, right = np.where(ends[0] < np.pi / 2, ends[0] + 2 * np.pi, ends[0]), ends[1]
    right = np.where(right < np.pi / 2, right + 2 * np.pi, right)
    around = right[:, None] + (left - right)[:, None] * np.linspace(0, 1, 14)
    crown = placed(1.05 * np.stack([np.cos(around), np.sin(around)], -1))
    paint(hair, np.concatenate([edge, crown], 1))
    for side in (-1, 1):
        at = side * apart
        paint(white, on(round_(at, -0.08, 0.16 * eye, 0.085 * eye)))
        paint(eyes, on(round_(at, -0.08, 0.085 * eye, 0.08 * eye)))
        paint(black, on(round_(at, -0.08, 0.045 * eye, 0.042 * eye)))
        paint(black, on(curve(at[:, None] + 0.18 * eye[:, None] * t, -0.1 - 0.075 * eye[:, None] * arch, 0.03)))
        paint((hair * 0.75).astype(int), on(curve(at[:, None] + 0.2 * t, brow[:, None] - 0.06 * arch, heavy), 1.02))
    root, tip = np.zeros((n, 1)), nose[:, None]
    ridge = np.stack([np.concatenate([root - 0.04, -nostril[:, None], nostril[:, None], root + 0.04], 1),
                      np.concatenate([root - 0.05, tip, tip, root - 0.05], 1)], -1)  # fmt: skip
    paint(dark, on(ridge, 1.03))
    paint(pale, on(round_(0, nose - 0.05, 0.6 * nostril, 0.06), 1.16))
    bend = np.where(smile, 0.14, -0.02)[:, None]
    x, y = mouth[:, None] * t, 0.5 + 0.0 * t + bend * (arch - 0.5)
    paint(fade, on(curve(1.1 * x, 0.39 + 0.03 * t**2 + np.zeros((n, 1)), 0.1), 1.02), beard)
    paint(red, on(curve(x, y, lip + np.where(smile, 0.06, 0.02))))
    grin = np.stack([np.concatenate([0.85 * x, 0.85 * x[:, ::-1]], 1),
                     np.concatenate([y - 0.01, y[:, ::-1] - 0.08 * arch], 1)], -1)  # fmt: skip
    paint(white, on(grin), smile)
    paint(black, on(curve(0.9 * x, y, 0.018)), ~smile)

    # What is worn.
    for side in (-1, 1):
        rim_, hole = round_(side * apart, -0.07, 0.27, 0.19), round_(side * apart, -0.07, 0.22, 0.145)
        ring = np.concatenate([rim_, rim_[:, :1], hole[:, :1], hole[:, ::-1]], 1)
        paint(frames, on(ring, 1.05), glasses)
        temple = side * (apart[:, None] + 0.25 + (0.98 - apart[:, None] - 0.25) * (t + 1) / 2)
        paint(frames, on(curve(temple, -0.1 + 0 * temple, 0.05), 1.04), glasses)
    paint(frames, on(curve((apart[:, None] - 0.25) * t, -0.1 + 0 * full, 0.05), 1.06), glasses)
    dome = np.concatenate([np.stack([1.12 * t[0], -0.42 - 0.92 * np.sqrt(arch[0])], -1), [[1.12, -0.4], [-1.12, -0.4]]])
    lean = np.stack([0 * pose[:, 0], 0.25 * pose[:, 1]], 1)[:, None]
    paint(felt, placed(np.tile(dome, (n, 1, 1)) + lean), hat)
    brim = np.stack([full * 1.12, -0.5 + 0.0 * full], -1)
    brim = brim + lean + np.stack([0.3 * np.sin(pose[:, :1]) * arch, (0.1 + 0.25 * pose[:, 1:]) * arch], -1)
    paint((felt * 0.7).astype(int), placed(curve(brim[..., 0], brim[..., 1], 0.17)), hat)

    points = [(-apart, -0.08, 1.0), (apart, -0.08, 1.0), (0 * nose, nose - 0.05, 1.16)]
    marks = [on(np.stack([a, b + 0 * a], -1)[:, None], lift)[:, 0] for a, b, lift in points]
    corners = on(np.stack([x[:, [0, -1]], y[:, [0, -1]]], -1))
    return layers, np.concatenate([np.stack(marks, 1), corners], 1)


def _pick(rng: np.random.Generator, colours: tuple[tuple[int, ...], ...], n: int, spread: int) -> np.ndarray:
    """N colours (n, 3) near those of a table."""
    chosen = np.array(colours)[rng.integers(0, len(colours), n)]
    near: np.ndarray = (chosen + rng.integers(-spread, spread + 1, (n, 3))).clip(0, 255)
    return near
