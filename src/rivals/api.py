"""The verbs beside `train`: create, load, evaluate, picture, report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from rivals import catalog, registry
from rivals.data import named
from rivals.data.sources import Source
from rivals.data.specs import KINDS, Spec
from rivals.errors import UsageError
from rivals.game import Game
from rivals.metrics.card import Judge
from rivals.metrics.evaluate import Scores
from rivals.metrics.evaluate import evaluate as _evaluate
from rivals.pictures import shown
from rivals.store.folder import RunFolder
from rivals.store.model import load
from rivals.training import Trained, draw_views
from rivals.web import joined
from rivals.web import report as page

__all__ = ["create", "evaluate", "load", "picture", "report"]

Data = str | Path | Source | np.ndarray | Tensor


def create(id: str, data: Data | Spec, *, seed: int = 0, **options: Any) -> Game:
    """Build the game of a recipe, untrained.

    Args:
        id: of the recipe, or file.py:function.
        data: a name, a path, an array or a source, of which only the spec is used; or a spec itself.
        seed: of the initial weights.
        **options: of the recipe (`rivals info ID` lists them) and, where it is declarative, of its slots.

    Raises:
        UsageError: for an unknown recipe, option or data, or an ill-typed value.
    """
    entry = catalog.find(id)
    registry.check_options(entry, options)  # before any data is loaded
    spec: Any = data
    if not isinstance(data, tuple(KINDS.values())):
        spec = named.load(spec).spec
    return registry.create(id, spec, seed=seed, **options)


def evaluate(
    run: str | Path | Trained | Game,
    data: Data | None = None,
    *,
    samples: int | None = None,
    seed: int = 0,
    metrics: str | Sequence[str] = "standard",
    judge: str | Judge | None = None,
    intervals: int = 0,
    recipe: str | None = None,
) -> Scores:
    """Score a trained game with its data's protocol.

    Args:
        run: a run's folder, what `train` gave back, or a game.
        data: what to compare with; by default the run's own.
        samples: how many to make; by default the protocol's number.
        seed: of the samples.
        metrics: "standard", "all", or names of scores.
        judge: of pictures: a name, a .safetensors file, or anything with `features`; by default the data's own.
        intervals: resamples of the bootstrap that gives each figure of samples its 95 % interval; 0 gives none.
        recipe: file.py:function, for a model whose recipe is not installed.

    Raises:
        UsageError: where there is no run, no model in it, no data to compare with, or no such score or judge; for
            data that has changed.
    """
    if samples is not None and samples < 2:
        raise UsageError(f"a score needs at least 2 samples, not {samples}")
    how: dict[str, Any] = {"samples": samples, "seed": seed, "metrics": metrics, "judge": judge, "intervals": intervals}
    if isinstance(run, Game):
        if data is None:
            raise UsageError("evaluate a game with data=…: only a run knows its own data")
        return _evaluate(run, named.load(data), untrained=True, **how)
    folder = RunFolder(run.folder if isinstance(run, Trained) else run)
    game, source = load(folder.path, recipe=recipe), _source(folder, data)
    scores = _evaluate(game, source, untrained=True, **how)
    seeded = {"seed": folder.config()["seed"]} if "seed" in folder.config() else {}
    return Scores(scores.values, scores.protocol, scores.model | seeded, folder.cost() | size(game))


def picture(
    run: str | Path | Trained,
    name: str,
    data: Data | None = None,
    *,
    n: int = 8,
    seed: int = 0,
    recipe: str | None = None,
) -> Image.Image:
    """A picture of what a trained game can do, see `rivals.pictures.shown.PICTURES`.

    Args:
        run: a run's folder, or what `train` gave back.
        name: interpolation, classes, traversal, reconstruction, edit, completion, mixing, truncation, projection,
            neighbours.
        data: where real pictures are from; by default the run's own.
        n: rows, or columns of real pictures.
        seed: of what is drawn.
        recipe: file.py:function, for a model whose recipe is not installed.

    Raises:
        UsageError: for another name, a game that cannot do it, or a model without data.
    """
    folder = RunFolder(run.folder if isinstance(run, Trained) else run)
    return shown.picture(name, load(folder.path, recipe=recipe), lambda: _source(folder, data), n, seed)


def report(*runs: str | Path, out: str | Path | None = None) -> Path:
    """Write the report of a run again, with new pictures of what its game can do; or one page about several runs.

    Args:
        *runs: folders.
        out: the page about several runs, a .html; by default report.html here.

    Raises:
        UsageError: for a folder that is no run, or `out` for a single one.
    """
    folders = [Path(run) for run in runs]
    if len(folders) != 1:
        return joined.write(folders, Path(out or "report.html"))
    if out is not None:
        raise UsageError("the report of one run lies in its folder: leave out --out")
    folder = RunFolder(folders[0])
    folder.config()
    if (folder.path / "model").is_dir():
        with suppress(UsageError):  # the data are gone: the rest of the report is not
            draw_views(folder, load(folder.path), _source(folder, None))
    return page.write(folder.path)


def _source(folder: RunFolder, data: Data | None) -> Source:
    """The data that were named, or the run's own where they are as they were."""
    if data is not None:
        return named.load(data)
    config = folder.config()
    stored = config["data"] if "game" in config else {}
    if not stored.get("name"):
        raise UsageError(f"{folder.path} is a model without a run: name its data, or data to compare with")
    source = named.load(stored["name"], **stored.get("read", {}))
    if source.fingerprint() != stored["hash"]:
        raise UsageError(f"the data '{stored['name']}' has changed since the run began: name data to compare with")
    return source


def size(game: Game) -> dict[str, int]:
    """How many parameters a game has."""
    return {"parameters": sum(w.numel() for p in game.players().values() for w in p.weights)}
