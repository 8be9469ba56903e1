"""What attacks leave of defences that stand before a net or beside it."""

from __future__ import annotations

from pathlib import Path

from rivals import attacking, defending
from rivals.benchmark.measures.measure import Figure, measure
from rivals.defending import Row, Trial
from rivals.errors import RivalsError
from rivals.recipes.security.feature_squeezing import Squeezed
from rivals.recipes.security.input_transformations import Transformed
from rivals.store.model import load

SAMPLES, EPSILON = 300, {1: 0.3, 3: 8 / 255}
"""Held-out pictures that are attacked; channels -> ε in norm inf, at which nothing is left of a bare net."""


@measure("accuracy-through")
def through(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out pictures named rightly after PGD that goes through the transformation (BPDA, EOT).

    Args:
        run: folder of a trained `input-transformations`.
        data: pictures with labels.
        seed: of the attack.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has "blind", that after PGD on the net alone, and "clean".

    Raises:
        RivalsError: for another game.
    """
    trial, game = _trial(run, data, seed, recipe)
    if not isinstance(game, Transformed):
        raise RivalsError(f"this is measured of a transformation before a net, and {run} holds none")
    blind, knowing = defending.transformed(trial, game)[0]
    return Figure(knowing.robust, protocol=_protocol(trial), also={"blind": blind.robust, "clean": blind.clean})


@measure("caught-blind")
def caught_blind(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of the pictures that PGD on the net alone has fooled which the detector finds.

    Args:
        run: folder of a trained `feature-squeezing`.
        data: pictures with labels.
        seed: of the attack.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has "knowing", that of an attack on squeezed pictures, too, "false", the share of untouched
        pictures that are taken for attacks, "robust" and "robust, knowing", the net's own accuracies, and "clean".

    Raises:
        RivalsError: for another game, or where no attack fooled the net.
    """
    trial, blind, knowing, false = _detector(run, data, seed, recipe)
    return Figure(blind.caught or 0.0, protocol=_protocol(trial), also=_also(blind, knowing, false))


@measure("caught-knowing")
def caught_knowing(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The same of PGD that knows of the detector; arguments, further figures and errors as `caught_blind`."""
    trial, blind, knowing, false = _detector(run, data, seed, recipe)
    return Figure(knowing.caught or 0.0, protocol=_protocol(trial), also=_also(blind, knowing, false))


def _detector(run: Path, data: str, seed: int, recipe: str | None) -> tuple[Trial, Row, Row, float]:
    trial, game = _trial(run, data, seed, recipe)
    if not isinstance(game, Squeezed):
        raise RivalsError(f"this is measured of a detector that squeezes, and {run} holds none")
    blind, knowing = defending.detected(trial, game)[0]
    if blind.caught is None or knowing.caught is None:
        raise RivalsError("no attack fooled the net, so there is nothing to detect: train for more steps")
    return trial, blind, knowing, attacking.share(defending.caught(game, trial.x))


def _trial(run: Path, data: str, seed: int, recipe: str | None) -> tuple[Trial, object]:
    x, y, _ = attacking.labelled(data, SAMPLES)
    return Trial(x, y, EPSILON.get(x.shape[1], EPSILON[3]), seed), load(run, recipe=recipe)


def _protocol(trial: Trial) -> dict[str, object]:
    return {"samples": len(trial.x), "epsilon": trial.epsilon, "pgd steps": defending.STEPS}


def _also(blind: Row, knowing: Row, false: float) -> dict[str, float]:
    return {
        "blind": blind.caught or 0.0, "knowing": knowing.caught or 0.0, "false": false, "robust": blind.robust,
        "robust, knowing": knowing.robust, "clean": blind.clean,
    }  # fmt: skip
