"""How much of a classifier's accuracy attacks leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rivals import attacking
from rivals.attacking import OfGame
from rivals.attacks.victim import NoGradient
from rivals.benchmark.measures.measure import Figure, measure
from rivals.errors import RivalsError
from rivals.store.model import load
from rivals.verbs import abilities

SAMPLES = 500
"""Held-out pictures that are attacked."""

LED = 100
"""Of the attack of Carlini & Wagner, which takes long."""


def classifier(run: Path, recipe: str | None) -> OfGame:
    """The trained game of a run, as a classifier of pictures in [0, 1].

    Raises:
        RivalsError: for a game that does not classify.
    """
    game = load(run, recipe=recipe)
    if "classify" not in abilities(game):
        raise RivalsError(f"this is measured of a game that classifies, and {run} holds none")
    return OfGame(game)


def trained_for(model: OfGame) -> float:
    """ε of the ball that a game was trained for; .3 where it names none."""
    return float((model.game.config or {}).get("options", {}).get("epsilon", 0.3))


def _attacked(run: Path, data: str, seed: int, recipe: str | None, method: str, **options: Any) -> Figure:
    model = classifier(run, recipe)
    options = {"epsilon": trained_for(model)} | options
    x, y, _ = attacking.labelled(data, SAMPLES)
    try:
        report, _ = attacking.attack(model, x, y, method, seed=seed, **options)
        found, also = report.robust, {"clean": report.clean, "kept as 8 bit": report.stored}
    except NoGradient:  # it moves nothing
        found = float((model(x).argmax(1) == y).double().mean())
        also = {"clean": found, "kept as 8 bit": found}
    return Figure(found, protocol={"samples": len(x), "attack": method} | options, also=also)


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
    return _attacked(run, data, seed, recipe, "pgd", steps=100)


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


def _register(name: str, method: str, **options: Any) -> None:
    def function(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
        return _attacked(run, data, seed, recipe, method, **options)

    told = ", ".join(f"{key} {value}" for key, value in options.items())
    function.__doc__ = f"Share named rightly after {method} ({told}) in the ball that the game was trained for."
    measure(name)(function)


WHITE: dict[str, tuple[str, dict[str, Any]]] = {
    "robust-fgsm": ("fgsm", {"loss": "ce"}),
    "robust-fgsm-cw": ("fgsm", {"loss": "cw"}),
    "robust-pgd-40": ("pgd", {"steps": 40, "step": 0.01}),
    "robust-pgd-40-cw": ("pgd", {"steps": 40, "step": 0.01, "loss": "cw"}),
}
"""Rows of table 1 of Madry et al. 2017: measure -> attack and options."""

for _name, (_method, _options) in WHITE.items():
    _register(_name, _method, **_options)


@measure("cw-success")
def cw_success(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of the held-out pictures named rightly that the attack of norm 2 of Carlini & Wagner 2016 fools.

    Args:
        run: folder of a trained game that classifies.
        data: pictures with labels.
        seed: none is used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also "clean" accuracy, and the mean length of the perturbations, "norm 2".

    Raises:
        RivalsError: for another game.
    """
    options: dict[str, Any] = {"steps": 300, "searches": 5, "rate": 0.05}
    x, y, _ = attacking.labelled(data, LED)
    report, _ = attacking.attack(classifier(run, recipe), x, y, "cw", seed=seed, **options)
    also = {"clean": report.clean, "norm 2": report.size.get("2", float("nan"))}
    return Figure(1 - report.robust / max(report.clean, 1e-9), protocol={"samples": len(x)} | options, also=also)
