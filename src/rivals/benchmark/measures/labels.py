"""What is lost where most labels are unknown."""

from __future__ import annotations

from pathlib import Path

from rivals import registry
from rivals.api import evaluate
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.errors import RivalsError
from rivals.run import Run
from rivals.store.folder import RunFolder


@measure("fid-of-all-labels")
def fid_of_all_labels(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """FID of a game with few labels, in units of that of the same game with all of them.

    The other game is trained here, with the run's options, steps, batch and seed, and `known` set.

    Args:
        run: folder of a trained `s3gan`.
        data: what it was trained on.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio; `also` has "fid" and "fid of all labels", and the "label accuracy" of either.

    Raises:
        RivalsError: for a recipe that has no such option.
    """
    config = RunFolder(run).config()
    game = config["game"]
    if not recipe and game["recipe"] != "s3gan":
        raise RivalsError(f"few labels are measured against all of them for s3gan, and {run} holds {game['recipe']}")
    other = registry.rebuild({**game, "options": {**game["options"], "known": True}}, recipe)
    Run(
        other, named.load(data), steps=config["steps"], batch=config["batch"], seed=config["seed"], save_every=10**9
    ).train()
    ours, theirs = (evaluate(x, data=data, seed=seed, metrics=("fid", "label accuracy")).values for x in (run, other))
    also = {
        "fid": ours["fid"], "fid of all labels": theirs["fid"],
        "label accuracy": ours["label accuracy"], "label accuracy of all labels": theirs["label accuracy"],
    }  # fmt: skip
    return Figure(ours["fid"] / theirs["fid"], also=also)
