"""Clips, solids, sets of points and walks as something to look at or to keep."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections import Counter

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from torch import Tensor

from rivals.data.specs import Cloud, Graph, Video, Voxels
from rivals.pictures.timed import Writer

SHOWN, ROWS = 64, 16
"""Samples in a picture, the first ones; clips in a picture of all their frames."""
TILE, SOLID, GAP, PACE = 128, 96, 2, 125
"""Pixels of a set of points, of a solid, and between tiles; milliseconds of a frame."""
AROUND, ABOVE = math.radians(35), math.radians(25)
"""Where solids and sets of points are seen from: turned about the upward axis, and from above."""


def moving(samples: Tensor, spec: Video) -> bytes:
    """Clips (N, C, T, H, W) in [-1, 1] as an animated .gif, a grid of the first `SHOWN`, without end."""
    clips = _clips(samples[:SHOWN])
    scale = max(1, min(TILE // 2 // max(clips.shape[2:4]), 1200 // (8 * max(clips.shape[2:4]))))
    columns = math.ceil(math.sqrt(len(clips)))
    frames = [_tiles(list(frame), columns, scale) for frame in clips.swapaxes(0, 1)]
    width, height = frames[0].size
    # one palette for all frames, or colours flicker
    whole = Image.new(frames[0].mode, (width, height * len(frames)))
    for i, frame in enumerate(frames):
        whole.paste(frame, (0, i * height))
    whole = whole.quantize(256) if whole.mode == "RGB" else whole
    first, *rest = (whole.crop((0, i * height, width, (i + 1) * height)) for i in range(len(frames)))
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=PACE, loop=0, disposal=1)
    return file.getvalue()


def strips(samples: Tensor, spec: Video) -> bytes:
    """Clips (N, C, T, H, W) in [-1, 1] as a .png: a row for each of the first `ROWS`, its frames from left to right."""
    clips = _clips(samples[:ROWS])
    scale = max(1, min(TILE // 2 // max(clips.shape[2:4]), 2400 // (clips.shape[1] * clips.shape[3])))
    return _png(_tiles([frame for clip in clips for frame in clip], clips.shape[1], scale))


def solids(samples: Tensor, spec: Voxels) -> bytes:
    """Solids (N, C, D, H, W) as a .png: the surface where the value is 0, seen from a corner, of the first `SHOWN`.

    Each is turned by linear interpolation and lit from the upper left; W counts as upwards. Of several channels the
    largest is taken.
    """
    x = samples[:SHOWN].detach().float().cpu().nan_to_num(-1.0).clamp(-1, 1).amax(1).numpy()
    tiles = [_lit(one) for one in x]
    return _png(_tiles(tiles, math.ceil(math.sqrt(len(tiles))), 1))


def scattered(samples: Tensor, spec: Cloud) -> bytes:
    """Sets of points (N, P, 2 or 3) as a .png, seen from a corner, near points darker, of the first `SHOWN`.

    The last coordinate counts as upwards. What lies outside [-1, 1] by much, or is not finite, is not drawn.
    """
    tiles = [_dots(one) for one in samples[:SHOWN].detach().double().cpu().numpy()]
    return _png(_tiles(tiles, math.ceil(math.sqrt(len(tiles))), 1))


def walked(samples: Tensor, spec: Graph) -> bytes:
    """Walks (N, L) as lines of node names."""
    return "".join(spec.joined.join(walk) + "\n" for walk in _named(samples, spec)).encode()


def edges(samples: Tensor, spec: Graph) -> bytes:
    """The steps of walks (N, L) as a .csv of source, target and count, the most frequent first.

    A step from a to b and one from b to a are two rows; the reader `graph:` makes one edge of them.
    """
    steps = Counter(step for walk in _named(samples, spec) for step in itertools.pairwise(walk))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["source", "target", "count"])
    writer.writerows([*step, count] for step, count in sorted(steps.items(), key=lambda s: (-s[1], s[0])))
    return file.getvalue().encode()


WRITERS: dict[type, dict[str, Writer]] = {
    Video: {
        ".gif": moving,
        ".png": strips,
        ".npz": lambda samples, spec: _npz(_one_channel(_clips(samples))),
    },
    Voxels: {
        ".png": solids,
        ".npz": lambda samples, spec: _npz(_one_channel((samples.detach().cpu() > 0).movedim(1, -1).numpy())),
    },
    Cloud: {
        ".png": scattered,
        ".npz": lambda samples, spec: _npz(samples.detach().float().cpu().numpy()),
    },
    Graph: {
        ".txt": walked,
        ".csv": edges,
        ".npz": lambda samples, spec: _npz(samples.detach().long().cpu().numpy()),
    },
}
"""Kind of data -> ending -> what writes (samples, spec) as a file's content; `.npz` holds `samples`, channels last."""


def _clips(samples: Tensor) -> np.ndarray:
    """(N, C, T, H, W) in [-1, 1] -> uint8 (N, T, H, W, C)."""
    x = ((samples.detach().float().cpu() + 1) * 127.5).nan_to_num(0.0).round().clamp(0, 255)
    return x.numpy().astype(np.uint8).transpose(0, 2, 3, 4, 1)


def _one_channel(x: np.ndarray) -> np.ndarray:
    return x[..., 0] if x.shape[-1] == 1 else x


def _named(samples: Tensor, spec: Graph) -> list[list[str]]:
    names = spec.symbols or tuple(map(str, range(spec.vocabulary)))
    return [[names[node] for node in walk] for walk in samples.tolist()]


def _tiles(tiles: list[np.ndarray], columns: int, scale: int) -> Image.Image:
    """uint8 (H, W, C) each, side by side on white, enlarged without smoothing; C = 1 is grey, of more 3 are shown."""
    height, width, channels = tiles[0].shape
    across, down = width * scale + GAP, height * scale + GAP
    size = (columns * across + GAP, -(-len(tiles) // columns) * down + GAP)
    whole = Image.new("RGB" if channels >= 3 else "L", size, "white")
    for i, tile in enumerate(tiles):
        one = Image.fromarray(np.ascontiguousarray(tile[..., :3] if channels >= 3 else tile[..., 0]))
        one = one.resize((width * scale, height * scale), Image.Resampling.NEAREST)
        whole.paste(one, (GAP + i % columns * across, GAP + i // columns * down))
    return whole


def _view() -> np.ndarray:
    """Rows: to the right, upwards, towards the eye; in the coordinates of what is seen."""
    c, s, up, flat = math.cos(AROUND), math.sin(AROUND), math.sin(ABOVE), math.cos(ABOVE)
    return np.array([[-s, c, 0.0], [-up * c, -up * s, flat], [flat * c, flat * s, up]])


_UNITS = np.eye(3, dtype=int)[:, :, None]


def _lit(x: np.ndarray) -> np.ndarray:
    """One solid (D, H, W) in [-1, 1] as a grey-blue picture (SOLID, SOLID, 3): the first hit of each ray, shaded."""
    # from here a cube's corners are within .76 of its edge to each side, and within .85 in depth
    step = 2 * 0.77 * max(x.shape) / SOLID
    fine = np.array([SOLID, SOLID, math.ceil(2 * 0.86 * max(x.shape) / step)])
    # axes of the turned volume: down the picture, to the right, away from the eye
    right, up, near = _view()
    axes = np.stack([-up, right, -near], 1)
    corner = (np.array(x.shape) - 1) / 2 - axes @ ((fine - 1) / 2 * step)
    turned = ndimage.affine_transform(x, axes * step, corner, tuple(fine), order=1, cval=-1.0)
    filled = turned > 0
    hit, depth = filled.any(2), filled.argmax(2)
    smooth = ndimage.gaussian_filter(turned, 0.6 / step)
    i, j = np.nonzero(hit)
    k = depth[i, j]
    at = np.stack([i, j, k])
    beside = [(np.clip(at + one, 0, fine[:, None] - 1), np.clip(at - one, 0, fine[:, None] - 1)) for one in _UNITS]
    normal = np.stack([smooth[tuple(before)] - smooth[tuple(after)] for after, before in beside], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    light = np.array([-0.75, -0.35, -0.6]) / np.linalg.norm([0.75, 0.35, 0.6])
    far = (k - k.min()) / max(1, np.ptp(k)) if len(k) else k
    bright = (0.3 + 0.7 * np.clip(normal @ light, 0, 1)) * (1 - 0.25 * far)
    picture = np.full((SOLID, SOLID, 3), 255, np.uint8)
    picture[i, j] = np.rint(bright[:, None] * np.array([126, 176, 235])).clip(0, 255).astype(np.uint8)
    return picture


def _dots(x: np.ndarray) -> np.ndarray:
    """One set of points (P, 2 or 3) as a picture (TILE, TILE, 3), near points last and darker."""
    x = x[np.isfinite(x).all(1) & (np.abs(x) < 2).all(1)]
    seen = x @ _view().T if x.shape[1] == 3 else np.concatenate([x, np.zeros((len(x), 1))], 1)
    seen = seen[seen[:, 2].argsort(kind="stable")]
    large = 3 * TILE
    picture = Image.new("RGB", (large, large), "white")
    draw = ImageDraw.Draw(picture)
    size = large * (0.013 if len(x) <= 512 else 0.009)
    for right, up, near in seen:
        share = min(1.0, max(0.0, (near + 1) / 2))
        colour = tuple(round(a + (b - a) * share) for a, b in zip((190, 214, 240), (18, 66, 130), strict=True))
        h, v = large * (0.5 + 0.45 * right), large * (0.5 - 0.45 * up)
        draw.ellipse((h - size, v - size, h + size, v + size), fill=colour)
    return np.asarray(picture.resize((TILE, TILE), Image.Resampling.LANCZOS))


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, samples=array)
    return file.getvalue()
