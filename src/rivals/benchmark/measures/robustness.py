"""How much of a classifier's accuracy attacks leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rivals import attacking
from rivals.attacking import OfGame
from rivals.benchmark.measures.measure import Figure, measure
from rivals.errors import RivalsError
from rivals.store.model import load
from rivals.verbs import abilities

SAMPLES = 500
"""Held-out pictures that are attacked."""


def _attacked(run: Path, data: str, seed: int, recipe: str | None, method: str, **options: Any) -> Figure:
    game = load(run, recipe=recipe)
    if "classify" not in abilities(game):
        raise RivalsError(f"this is measured of a game that classifies, and {run} holds none")
    x, y, _ = attacking.labelled(data, SAMPLES)
    report, _ = attacking.attack(OfGame(game), x, y, method, seed=seed, **options)
    also = {"clean": report.clean, "kept as 8 bit": report.stored}
    return Figure(report.robust, protocol={"samples": report.samples, "attack": method} | options, also=also)


@measure("robust-accuracy")
def robust_accuracy(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out pictures that are named rightly after PGD, in the ball that the game was trained for.

    100 steps of 2.5 ε / 100; ε is .3 where the game names none.

    Args:
        run: folder of a trained game that classifies.
        data: pictures with labels.
        seed: of the attack's random starts.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also "clean", that without an attack, and with the samples kept as 8-bit pictures in between.

    Raises:
        RivalsError: for another game.
    """
    config = (load(run, recipe=recipe).config or {}).get("options", {})
    epsilon = float(config.get("epsilon", 0.3))
    return _attacked(run, data, seed, recipe, "pgd", epsilon=epsilon, steps=100, step=epsilon / 40)


@measure("fgsm-error")
def fgsm_error(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out pictures that are named wrongly after one step of .25. Goodfellow et al. 2014, 1412.6572.

    Args:
        run: folder of a trained game that classifies.
        data: pictures with labels.
        seed: none is used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also "clean" accuracy, and accuracy with the samples kept as 8-bit pictures in between.

    Raises:
        RivalsError: for another game.
    """
    found = _attacked(run, data, seed, recipe, "fgsm", epsilon=0.25)
    return Figure(1 - found.value, protocol=found.protocol, also=found.also)
