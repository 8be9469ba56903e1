"""What a game that learns classes from a few pictures makes of classes that it has never seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from rivals import noise, registry
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.frechet import frechet_distance
from rivals.recipes.scaling.meta_gan import MetaGAN
from rivals.store.folder import RunFolder
from rivals.store.model import load

SAMPLES = 500
"""Of each adapted generator."""

LONGER = 10
"""How many times as many steps a random start is given for a figure beside the others."""


@measure("new-class")
def new_class(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """FID of a few steps on a few pictures of a new class, in units of that of as many steps from random weights.

    As many pictures as the run's batches have are shown of each class that it held out, and compared with are all
    others of that class; means over those classes.

    Args:
        run: folder of a trained `meta-gan` that held out at least one class.
        data: what it was trained on.
        seed: of the pictures, the latents and the random start.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio; `also` has "fid", "random", "random, longer" (ten times as many steps) and "before", of the run's own
        samples without a step.

    Raises:
        RivalsError: for another game, or one that held out no class.
    """
    also = _distances(run, data, seed, recipe)
    return Figure(also["fid"] / also["random"], protocol=_PROTOCOL, also=also)


@measure("new-class-gain")
def new_class_gain(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """FID of a few steps on a few pictures of a new class, in units of that before them; see `new_class`."""
    also = _distances(run, data, seed, recipe)
    return Figure(also["fid"] / also["before"], protocol=_PROTOCOL, also=also)


_PROTOCOL = {"samples": SAMPLES, "longer": LONGER}


def _distances(run: Path, data: str, seed: int, recipe: str | None) -> dict[str, float]:
    game, config, source = load(run, recipe=recipe), RunFolder(run).config(), named.load(data)
    if not isinstance(game, MetaGAN) or not game.held_out or not isinstance(source.spec, Images):
        raise RivalsError(f"new classes are learnt by meta-gan with held_out of at least 1, and not by {run}")
    other = registry.rebuild({**config["game"], "seed": config["game"]["seed"] + 1}, recipe)
    assert isinstance(other, MetaGAN)
    parts = [source, *([source.test] if source.test else [])]
    x, label = (torch.cat([part.first(name, part.size or 0) for part in parts]) for name in (source.main, "label"))
    judge = judges.judge_for(source.spec, source.name)
    ways = {
        "fid": (game, game.inner), "random": (other, game.inner), "random, longer": (other, LONGER * game.inner),
        "before": (game, 0),
    }  # fmt: skip
    found = dict.fromkeys(ways, 0.0)
    for one in label.unique()[-game.held_out :]:
        mine = decoded(x[label == one])
        mine = mine[torch.randperm(len(mine), generator=torch.Generator().manual_seed(noise.key("new", seed)))]
        shown, others = mine[: config["batch"]], judge.features(mine[config["batch"] :])
        for name, (start, steps) in ways.items():
            made = _made(start, shown, steps, seed)
            found[name] += float(frechet_distance(others, judge.features(made))) / game.held_out
    return found


def _made(game: MetaGAN, shown: Tensor, steps: int, seed: int) -> Tensor:
    """Samples of the generator after steps on what it is shown."""
    with noise.seeded(game.device, "new class", seed):
        generator: Callable[[Tensor], Tensor] = game.adapted(shown.to(game.device), steps)[0]
        with torch.no_grad():
            return generator(game.prior(SAMPLES)).cpu()
