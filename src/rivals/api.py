"""The verbs beside `train`: create, load, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from rivals import catalog, registry
from rivals.data import named
from rivals.data.sources import Source
from rivals.data.specs import KINDS, Spec
from rivals.errors import UsageError
from rivals.game import Game
from rivals.metrics.evaluate import Scores
from rivals.metrics.evaluate import evaluate as _evaluate
from rivals.store.folder import RunFolder
from rivals.store.model import load
from rivals.training import Trained

__all__ = ["create", "evaluate", "load"]

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
    recipe: str | None = None,
) -> Scores:
    """Score a trained game with its data's protocol.

    Args:
        run: a run's folder, what `train` gave back, or a game.
        data: what to compare with; by default the run's own.
        samples: how many to make; by default the protocol's number.
        seed: of the samples.
        recipe: file.py:function, for a model whose recipe is not installed.

    Raises:
        UsageError: where there is no run, no model in it, or no data to compare with; for data that has changed.
    """
    if samples is not None and samples < 2:
        raise UsageError(f"a score needs at least 2 samples, not {samples}")
    if isinstance(run, Game):
        if data is None:
            raise UsageError("evaluate a game with data=…: only a run knows its own data")
        return _evaluate(run, named.load(data), samples=samples, seed=seed)
    folder = RunFolder(run.folder if isinstance(run, Trained) else run)
    game = load(folder.path, recipe=recipe)
    stored = folder.config()["data"] if "game" in folder.config() else {}
    if data is None and not stored.get("name"):
        raise UsageError(f"{folder.path} is a model without a run: name the data to compare with")
    source = named.load(stored["name"], **stored.get("read", {})) if data is None else named.load(data)
    if data is None and source.fingerprint() != stored["hash"]:
        raise UsageError(f"the data '{stored['name']}' has changed since the run began: name data to compare with")
    return _evaluate(game, source, samples=samples, seed=seed)
