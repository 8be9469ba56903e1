"""What a model's samples look like at one seed for all: pictures in a grid, or points over the data's."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from rivals import pack
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images, Points
from rivals.game import Game
from rivals.pictures import save_samples

SIDE, TILES, DOTS = 200, 25, 2000
"""Pixels of a coverage plot; pictures in a grid; points in a plot."""

DATA, SAMPLES = (176, 184, 196), (33, 99, 178)
"""Colours of the data's points and of the samples'."""

SEED = 0
"""Of all portraits, so that models with one prior show the same latents."""


def write(game: Game, source: Source, path: Path) -> None:
    """Write a portrait where the kind of data has one; other kinds have none.

    Args:
        game: trained.
        source: its data.
        path: a .png.
    """
    spec = source.spec
    if isinstance(spec, Images):
        save_samples(game.sample(min(TILES, game.most or TILES), seed=SEED), spec, path)
    elif isinstance(spec, Points) and spec.shape[0] > 1:
        n = min(DOTS, game.most or DOTS)
        real = decoded((source.test or source).first(source.main, DOTS))
        pack.replace_file(path, coverage(game.sample(n, seed=SEED), real))


def coverage(samples: Tensor, real: Tensor) -> bytes:
    """Samples (N, D) over data (M, D) in the first two coordinates, as a PNG; what lies outside is on the edge.

    The frame is the data's, a quarter wider on each side.
    """
    truth = real[:, :2].cpu().double().numpy()
    low, high = truth.min(0), truth.max(0)
    centre, half = (low + high) / 2, 0.75 * float((high - low).max()) or 1.0
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    made = samples[:, :2].detach().cpu().double().numpy()
    for points, colour, size in ((truth, DATA, 1), (made[np.isfinite(made).all(1)], SAMPLES, 0)):
        at = np.clip((points - centre) / half, -1, 1) * (SIDE / 2 - 2) + SIDE / 2
        x, y = np.rint(at[:, 0]).astype(int), SIDE - np.rint(at[:, 1]).astype(int)
        for dx in range(-size, 2):
            for dy in range(-size, 2):
                canvas[np.clip(y + dy, 0, SIDE - 1), np.clip(x + dx, 0, SIDE - 1)] = colour
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG", optimize=True)
    return file.getvalue()
