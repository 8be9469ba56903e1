"""How a picture's own patches come back in samples that were learnt from it alone."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.benchmark.measures.measure import Figure, measure
from rivals.errors import RivalsError
from rivals.metrics.frechet import frechet_distance
from rivals.recipes.scaling.singan import SinGAN
from rivals.store.model import load

SAMPLES = 16
"""Of the game, and shuffles of the picture."""

PATCH, TILE = 7, 8
"""Sides of the patches that are compared, and of the tiles that are shuffled."""


@measure("single-image-fid")
def single_image_fid(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Single-image Fréchet distance of samples over that of shuffles: below 1, samples are the better ones.

    A picture is the cloud of all its 7×7 patches, each a vector of pixels. The distance between two clouds is Fréchet's
    of their means and covariances, as in SIFID (Rott Shaham et al. 2019, arXiv:1905.01164, section 4.2), whose vectors
    are features of Inception. A shuffle is the picture's own 8×8 tiles in random order: right inside the tiles, wrong
    at their edges. Figures are means over samples.

    Args:
        run: folder of a trained `singan`.
        data: its name; the picture is the one that the game keeps.
        seed: of samples and shuffles.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio; also "samples" and "shuffles", both distances, and "diversity": the standard deviation of a pixel
        over samples, as a share of that over the picture's pixels; copies of the picture would have 0.

    Raises:
        RivalsError: for another game.
    """
    game = load(run, recipe=recipe)
    if not isinstance(game, SinGAN):
        raise RivalsError(f"a single picture is the data of singan, and {run} holds another game")
    picture = game.scales[len(game.scales) - 1].cpu()
    samples = game.sample(SAMPLES, seed=seed).cpu()
    generator = torch.Generator().manual_seed(seed)
    shuffles = [shuffled(picture, generator) for _ in range(SAMPLES)]
    ours, theirs = (sum(distance(picture, x) for x in many) / SAMPLES for many in (samples.split(1), shuffles))
    diversity = samples.std(0).mean() / picture.std()
    also = {"samples": ours, "shuffles": theirs, "diversity": float(diversity)}
    return Figure(ours / theirs, protocol={"samples": SAMPLES, "patch": PATCH, "tile": TILE}, also=also)


def distance(a: Tensor, b: Tensor) -> float:
    """Fréchet distance between the patches of two pictures (1, C, H, W)."""
    return frechet_distance(*(F.unfold(x, PATCH)[0].T for x in (a, b)))


def shuffled(x: Tensor, generator: torch.Generator) -> Tensor:
    """A picture's tiles in random order; what is left over at the right and at the bottom is cut off."""
    _, _, height, width = x.shape
    side = min(TILE, height, width)
    rows, columns = height // side, width // side
    tiles = F.unfold(x[:, :, : rows * side, : columns * side], side, stride=side)
    order = torch.randperm(rows * columns, generator=generator)
    return F.fold(tiles[:, :, order], (rows * side, columns * side), side, stride=side)
