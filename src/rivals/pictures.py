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
from rivals.data.specs import Images, Pairs, Spec, Tokens, Unpaired
from rivals.data.toy import Mixture
from rivals.errors import UsageError

SIDE, GAP, LARGEST = 64, 2, 2400
"""Pixels: of a small picture's tile, between tiles, of the whole grid before tiles get smaller."""


def as_bytes(images: Tensor) -> np.ndarray:
    """Pictures (N, C, H, W) in [-1, 1] -> uint8 (N, H, W, C)."""
    x = ((images.detach().float().cpu() + 1) * 127.5).nan_to_num(0.0).round().clamp(0, 255)
    return x.numpy().astype(np.uint8).transpose(0, 2, 3, 1)


def grid(images: Tensor) -> Image.Image:
    """Pictures (N, C, H, W) in [-1, 1] as one of about square shape, small ones enlarged without smoothing.

    One channel is grey, three are red, green and blue, a fourth is opacity over white; of two the mean is shown, of
    five the first three.
    """
    pictures = [_picture(array) for array in as_bytes(images)]
    n, width, height = len(pictures), *pictures[0].size
    columns = min(n, max(1, round(math.sqrt(n * height / width))))
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


def save_samples(samples: Tensor, spec: Spec, path: str | Path, *, truth: Any = None) -> None:
    """Write samples in the form that the path's ending asks for; a file is there whole or not at all.

    Args:
        samples: as `Game.sample` gives them.
        spec: of the data they are like; of pairs the y is meant.
        path: .png for a grid or a scatter plot; .npz for an array `samples` (uint8 N×H×W[×C] for pictures, float32 for
            points, int64 for tokens), which `rivals.data.named.load` reads back; .txt for tokens, a line each; no
            ending for a new folder with a PNG for each picture.
        truth: of the data, for the scatter plot.

    Raises:
        UsageError: for an ending that does not suit the samples, or a folder that has something in it.
    """
    path = Path(path)
    kind = spec.y if isinstance(spec, Pairs | Unpaired) else spec
    image, tokens = isinstance(kind, Images), isinstance(kind, Tokens)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        blob = _npz(as_bytes(samples) if image else samples.detach().cpu().numpy())
    elif suffix == ".txt" and tokens:
        blob = "".join(" ".join(map(str, row)) + "\n" for row in samples.tolist()).encode()
    elif suffix == ".png" and not tokens:
        blob = _png(grid(samples) if image else scatter(samples, truth))
    elif not suffix and image:
        return _folder(samples, path)
    else:
        fits = ".png, .npz or a folder" if image else ".txt or .npz" if tokens else ".png or .npz"
        raise UsageError(f"these samples cannot be written to '{path}': name {fits}")
    path.parent.mkdir(parents=True, exist_ok=True)
    pack.replace_file(path, blob)
    return None


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


def _folder(samples: Tensor, path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"'{path}' is there already and not an empty folder: name a new one")
    path.mkdir(parents=True, exist_ok=True)
    digits = max(5, len(str(len(samples) - 1)))
    for i, array in enumerate(as_bytes(samples)):
        one = _picture(array) if array.shape[2] != 4 else Image.fromarray(np.ascontiguousarray(array), "RGBA")
        (path / f"{i:0{digits}d}.png").write_bytes(_png(one))
