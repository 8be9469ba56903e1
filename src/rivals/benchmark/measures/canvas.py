"""Whether a large canvas has more than an enlarged small one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import registry
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.frechet import frechet_distance
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.store.model import load

SAMPLES = 250
"""Of each side; every picture of 128×128 has 16 tiles."""

TILE = 32
"""Side of a tile, which is what the judge sees without resizing."""


@measure("canvas")
def canvas(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The run's FID on tiles over that of a `dcgan` on pictures of half the side, whose samples are enlarged.

    The dcgan is trained here with the run's steps, batch and seed on the same pictures, averaged over 2×2 pixels, with
    as many channels at its largest map as the run has options for; its samples are enlarged bilinearly. Both are cut
    into tiles of 32×32, so that the judge sees pixels as they are.

    Args:
        run: folder of a trained game of pictures with sides of 64 or more.
        data: the pictures.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio; also "fid" and "fid of enlarged", and the data's own "floor".

    Raises:
        RivalsError: for other data.
    """
    source, game, config = named.load(data), load(run, recipe=recipe), RunFolder(run).config()
    if not isinstance(source.spec, Images) or min(source.spec.height, source.spec.width) < 2 * TILE:
        raise RivalsError(f"a canvas is measured on pictures with sides of {2 * TILE} or more, and '{data}' is none")
    spec = Images(source.spec.channels, source.spec.height // 2, source.spec.width // 2)
    options = {k: v for k, v in config["game"]["options"].items() if k in ("width", "latent", "rate", "beta")}
    small = registry.create("dcgan", spec, seed=config["seed"], **options)
    budget = {"steps": config["steps"], "batch": config["batch"], "seed": config["seed"]}
    Run(small, Halved(source, spec), save_every=10**9, **budget).train()
    judge, test = judges.judge_for(source.spec, source.name), source.test or source
    real = judge.features(tiles(decoded(test.first(test.main, SAMPLES))))
    size = (source.spec.height, source.spec.width)
    sides = {
        "fid": game.sample(SAMPLES, seed=seed).cpu(),
        "fid of enlarged": F.interpolate(small.sample(SAMPLES, seed=seed).cpu(), size, mode="bilinear"),
        "floor": decoded(source.first(source.main, SAMPLES)),
    }
    also = {name: float(frechet_distance(real, judge.features(tiles(x)))) for name, x in sides.items()}
    return Figure(also["fid"] / also["fid of enlarged"], protocol={"samples": SAMPLES, "tile": TILE}, also=also)


def tiles(x: Tensor) -> Tensor:
    """Pictures (N, C, H, W) -> their tiles (M, C, 32, 32); what is left over at the right and the bottom is cut off."""
    parts = x.unfold(2, TILE, TILE).unfold(3, TILE, TILE)
    return parts.permute(0, 2, 3, 1, 4, 5).flatten(0, 2)


class Halved(Source):
    """A source's pictures at half their size, each pixel the mean of 2×2.

    Args:
        source: uint8 pictures.
        spec: of the small ones.
    """

    def __init__(self, source: Source, spec: Images) -> None:
        self.source, self.spec, self.main, self.fields = source, spec, source.main, (source.main,)
        self.name = f"{source.name}, halved"

    def draw(self, fields: Sequence[str], *, seed: int, start: int, size: int) -> tuple[Tensor, ...]:
        """See `Source.draw`."""
        return tuple(_halved(x) for x in self.source.draw(fields, seed=seed, start=start, size=size))

    def first(self, field: str, n: int) -> Tensor:
        """See `Source.first`."""
        return _halved(self.source.first(field, n))

    def fingerprint(self) -> str:
        """Of the large pictures."""
        return self.source.fingerprint()


def _halved(x: Tensor) -> Tensor:
    return F.avg_pool2d(x.float(), 2).round().to(torch.uint8)
