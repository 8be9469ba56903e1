"""F1 against the manifold of triangles, the best of a random search: what a method can do under one budget."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from torch import Tensor

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.benchmark.cells import Cell, play
from rivals.benchmark.measures.measure import Figure, measure
from rivals.benchmark.search import best_of, quantile, settings
from rivals.data import named
from rivals.data.made.triangles import Triangles
from rivals.data.sources import Source, decoded
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.metrics.triangles import DELTA, STRICT, distance_to_generator, distance_to_triangles, f1
from rivals.store.folder import RunFolder
from rivals.store.model import load

TRIES = 5
"""Settings of the search, the claim's own among them."""

SAMPLES, TESTED, LATENTS = 500, 200, 5000
"""Samples of a precision, held-out triangles of a recall, and latents among which its searches begin."""


@measure("triangles-f1")
def triangles_f1(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The best F1 among random settings of a recipe, each trained for as many steps on batches of one size.

    The first setting is the run itself; the others change its options as `rivals bench --search` does, and are trained
    in run/search. The best is chosen by the figure that is shown, as in Lucic et al. 2018, arXiv:1711.10337, section 5,
    who try 100. A setting whose training failed counts as 0.

    Args:
        run: folder of a trained game.
        data: pictures of triangles.
        seed: of the draws, of the trainings and of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The best F1, and within which 95 % of such searches would find it; beside it the median F1, that of the claim's
        own setting, and the precision and recall of the best, and its F1 within half of δ.

    Raises:
        RivalsError: for data that are no triangles, or a game whose samples are not those of latents.
    """
    source = named.load(data)
    if not isinstance(source.truth, Triangles):
        raise RivalsError(f"'{data}' is no manifold of triangles: use triangles or small-triangles")
    config = RunFolder(run).config()
    name, own = recipe or config["game"]["recipe"], config["game"]["options"]
    drawn = [own, *({**own, **each} for each in settings(name, TRIES, seed)[1:])]
    unlike = [options for i, options in enumerate(drawn) if options not in drawn[:i]]  # there may be nothing to search
    cells = [
        Cell(name, data, seed, config["steps"], config["batch"], options, metrics=("fid",), samples=1000)
        for options in unlike[1:]
    ]
    played = play(cells, run / "search")
    tried = {run: own} | {each.folder: dict(each.cell.options) for each in played if each.ok}
    found = {each: distances(load(each, recipe=recipe), source, seed) for each in tried}
    scores = {each: f1(*shares(found[each], DELTA)) for each in tried}
    best = max(scores, key=lambda each: scores[each])
    every = [*scores.values(), *[0.0] * (len(unlike) - len(tried))]
    spread = best_of(every, len(every), lower_is_better=False)
    protocol = {
        "delta": DELTA, "samples": SAMPLES, "references": TESTED, "latents": LATENTS, "settings": len(every),
        "best options": tried[best], "f1 of all": [round(value, 4) for value in every],
        "minutes of the search": round(sum(each.cost.get("seconds") or 0.0 for each in played) / 60, 2),
    }  # fmt: skip
    beside = dict(zip(("precision", "recall"), shares(found[best], DELTA), strict=True))
    beside |= {"median f1": quantile(every, 0.5), "own f1": scores[run]}
    beside[f"f1 within {STRICT:g}"] = f1(*shares(found[best], STRICT))
    return Figure(scores[best], (spread.low, spread.high), protocol, beside)


def distances(game: Game, source: Source, seed: int) -> tuple[Tensor, Tensor]:
    """From samples to the manifold (N,), and from held-out triangles to what the generator makes (M,).

    Args:
        game: with latents.
        source: pictures of triangles.
        seed: of samples and latents.

    Raises:
        RivalsError: for a game whose samples are not those of latents, or samples that are not finite.
    """
    generate, prior = maker(game)
    fake = game.sample(SAMPLES, seed=seed).cpu()
    near = distance_to_triangles((fake[:, 0] + 1) / 2, source.truth)
    test = decoded((source.test or source).first(source.main, TESTED)).to(game.device)
    with game.presenting(), noise.seeded(game.device, "latents", seed):
        latents = prior(LATENTS).to(game.device)
    with game.presenting():
        return near, distance_to_generator((test + 1) / 2, lambda z: (generate(z) + 1) / 2, latents).cpu()


def shares(found: tuple[Tensor, Tensor], delta: float) -> tuple[float, float]:
    """Precision and recall: the shares of both distances that are at most δ."""
    near, reached = ((each <= delta).double().mean().item() for each in found)
    return near, reached


def maker(game: Game) -> tuple[Callable[[Tensor], Tensor], Callable[[int], Tensor]]:
    """What makes samples of latents, z (N, L) -> (N, ...), and the prior, n -> (n, L).

    Raises:
        RivalsError: for a game that has labels, or no latents.
    """
    prior = getattr(game, "prior", None)
    if prior is not None and not game.classes:
        if isinstance(game, Adversarial):
            return lambda z: game.fake(z, None), prior
        if decode := getattr(type(game), "decode", None):
            return partial(inspect.unwrap(decode), game), prior  # as a verb it lets no gradient through
        if hasattr(game, "generator"):
            return cast(Callable[[Tensor], Tensor], game.generator), prior
    raise RivalsError(f"{type(game).__name__} has no generator of latents alone, so that a recall by inversion is none")
