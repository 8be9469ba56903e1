"""Samples as something to look at or to keep: grids, scatter plots, arrays, text."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from rivals import pack
from rivals.data import specs
from rivals.data.specs import Images, Pairs, Points, Spec, Unpaired
from rivals.data.toy import Mixture
from rivals.errors import UsageError
from rivals.pictures import timed, volumes
from rivals.pictures.timed import Writer

SIDE, GAP, LARGEST = 64, 2, 2400
"""Pixels: of a small picture's tile, between tiles, of the whole grid before tiles get smaller."""


def as_bytes(images: Tensor) -> np.ndarray:
    """Pictures (N, C, H, W) in [-1, 1] -> uint8 (N, H, W, C)."""
    x = ((images.detach().float().cpu() + 1) * 127.5).nan_to_num(0.0).round().clamp(0, 255)
    return x.numpy().astype(np.uint8).transpose(0, 2, 3, 1)


def stored(images: Tensor, bits: int) -> np.ndarray:
    """Pictures as they are kept: uint8, or uint16 where the data had 16 bits a channel, (N, H, W, C)."""
    if bits == 8:
        return as_bytes(images)
    x = ((images.detach().float().cpu() + 1) * 32767.5).nan_to_num(0.0).round().clamp(0, 65535)
    return x.numpy().astype(np.uint16).transpose(0, 2, 3, 1)


def grid(images: Tensor, columns: int = 0) -> Image.Image:
    """Pictures (N, C, H, W) in [-1, 1] as one of about square shape, small ones enlarged without smoothing.

    One channel is grey, three are red, green and blue, a fourth is opacity over white; of two the mean is shown, of
    five the first three.

    Args:
        images: what to show.
        columns: pictures in a row; 0 for about as many as make the whole a square.
    """
    pictures = [_picture(array) for array in as_bytes(images)]
    n, width, height = len(pictures), *pictures[0].size
    columns = columns or min(n, max(1, round(math.sqrt(n * height / width))))
    rows = -(-n // columns)
    most = LARGEST // max(columns * width, rows * height)
    scale = max(1, min(-(-SIDE // max(width, height)), most))
    across, down = width * scale + GAP, height * scale + GAP
    whole = Image.new(pictures[0].mode, (columns * across + GAP, rows * down + GAP), "white")
    for i, picture in enumerate(pictures):
        tile = picture.resize((width * scale, height * scale), Image.Resampling.NEAREST)
        whole.paste(tile, (GAP + i % columns * across, GAP + i // columns * down))
    return whole


def scatter(points: Tensor, truth: Any = None) -> Image.Image:
    """Points (N, D) in the plane of their first two coordinates; one coordinate gives a histogram.

    Args:
        points: what to draw; those that are not finite are left out.
        truth: a mixture, whose modes are drawn as grey crosses; anything else is ignored.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    finite = points.detach().double().cpu()
    x = finite[finite.isfinite().all(1)].numpy()
    modes = truth.means.double().cpu().numpy() if isinstance(truth, Mixture) else np.zeros((0, points.shape[1]))
    figure = Figure(figsize=(6, 6), dpi=120, facecolor="white", layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_axisbelow(True)
    axes.grid(color="#ececec")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#bbbbbb")
    axes.tick_params(colors="#666666", length=0)
    if points.shape[1] == 1:
        axes.hist(x[:, 0], bins=60, color="#2a6fbb")
        axes.plot(modes[:, 0], np.zeros(len(modes)), "x", color="#888888", markersize=9, markeredgewidth=1.5)
    else:
        axes.scatter(x[:, 0], x[:, 1], s=7, color="#2a6fbb", alpha=0.45, linewidths=0)
        axes.plot(modes[:, 0], modes[:, 1], "x", color="#888888", markersize=9, markeredgewidth=1.5)
        axes.set_aspect("equal", adjustable="datalim")
    left_out = "" if len(x) == len(points) else f", {len(points) - len(x):,} not finite"
    plane = f", coordinates 1 and 2 of {points.shape[1]}" if points.shape[1] > 2 else ""
    crosses = f"; crosses: the real modes ({len(modes)})" if len(modes) else ""
    axes.set_title(f"{len(points):,} samples{plane}{left_out}{crosses}", fontsize=10, color="#333333", loc="left")
    canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]


def endings(spec: Spec) -> tuple[str, ...]:
    """The endings that samples of a kind can be written with, the one to look at first; "" is a folder."""
    kind = spec.y if isinstance(spec, Pairs | Unpaired) else spec
    return tuple(specs.lookup(WRITERS, kind) or ARRAY)


def save_samples(samples: Tensor, spec: Spec, path: str | Path, *, truth: Any = None) -> None:
    """Write samples in the form that the path's ending asks for; a file is there whole or not at all.

    Args:
        samples: as `Game.sample` gives them.
        spec: of the data they are like; of pairs the y is meant.
        path: .png for something to look at; .npz for an array `samples`, which `rivals.data.named.load` reads back;
            .txt for tokens, .csv for tables and series, .wav, .mid, .gif for what those are; no ending for a new folder
            with a file for each sample.
        truth: of the data, for the scatter plot.

    Raises:
        UsageError: for an ending that does not suit the samples, or a folder that has something in it.
    """
    path = Path(path)
    kind = spec.y if isinstance(spec, Pairs | Unpaired) else spec
    writers = specs.lookup(WRITERS, kind) or ARRAY
    suffix = path.suffix.lower()
    if suffix not in writers:
        fits = " or ".join(ending or "a folder" for ending in writers)
        raise UsageError(f"these samples cannot be written to '{path}': name {fits}")
    if suffix == ".png" and isinstance(kind, Points):
        written: bytes | dict[str, bytes] = _png(scatter(samples, truth))
    else:
        written = writers[suffix](samples, kind)
    if isinstance(written, bytes):
        path.parent.mkdir(parents=True, exist_ok=True)
        return pack.replace_file(path, written)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"'{path}' is there already and not an empty folder: name a new one")
    path.mkdir(parents=True, exist_ok=True)
    for name, blob in written.items():
        (path / name).write_bytes(blob)
    return None


def save_picture(picture: Image.Image, path: str | Path) -> None:
    """Write one picture as .png; the file is there whole or not at all.

    Raises:
        UsageError: for another ending.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise UsageError(f"a picture cannot be written to '{path}': name a .png")
    path.parent.mkdir(parents=True, exist_ok=True)
    pack.replace_file(path, _png(picture))


def _picture(array: np.ndarray) -> Image.Image:
    """uint8 (H, W, C) as a picture without opacity."""
    channels = array.shape[2]
    if channels == 4:
        clear = Image.fromarray(np.ascontiguousarray(array), "RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    if channels == 2:
        array = array.mean(2, keepdims=True).round().astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(array[:, :, :3] if channels >= 3 else array[:, :, 0]))


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, samples=array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array)
    return file.getvalue()


def _folder(samples: Tensor, spec: Images) -> dict[str, bytes]:
    digits = max(5, len(str(len(samples) - 1)))
    files = {}
    for i, array in enumerate(stored(samples, spec.bits)):
        if spec.bits == 16 and array.shape[2] == 1:
            one = Image.fromarray(np.ascontiguousarray(array[..., 0]))
        elif array.shape[2] == 4:
            one = Image.fromarray(np.ascontiguousarray(array), "RGBA")
        else:
            one = _picture(as_bytes(samples[i : i + 1])[0])
        files[f"{i:0{digits}d}.png"] = _png(one)
    return files


ARRAY: dict[str, Writer] = {".npz": lambda samples, spec: _npz(samples.detach().cpu().numpy())}
"""What every kind can be written as."""

WRITERS: dict[type, dict[str, Writer]] = {
    Images: {
        ".png": lambda samples, spec: _png(grid(samples)),
        ".npz": lambda samples, spec: _npz(stored(samples, spec.bits)),
        "": _folder,
    },
    Points: {".png": lambda samples, spec: _png(scatter(samples)), **ARRAY},
    **timed.WRITERS,
    **volumes.WRITERS,
}
"""Kind -> ending -> writer; the one to look at first."""
