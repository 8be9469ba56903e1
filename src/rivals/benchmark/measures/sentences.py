"""What attacks on sentences leave of a classifier."""

from __future__ import annotations

from pathlib import Path

from rivals import attacking_words
from rivals.attacking_words import OfGame, Report
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.errors import RivalsError
from rivals.store.model import load
from rivals.verbs import abilities

SAMPLES = 500
"""Held-out sentences that are attacked."""


def _attacked(run: Path, data: str, recipe: str | None, method: str) -> Report:
    game, source = load(run, recipe=recipe), named.load(data)
    if "classify" not in abilities(game) or not callable(getattr(game, "meaning", None)):
        raise RivalsError(f"this is measured of a game that classifies sentences, and {run} holds none")
    test = source.test or source
    x, y = test.first(test.main, SAMPLES), test.first("label", SAMPLES)
    report, _ = attacking_words.attack(
        OfGame(game), x, y, method, meaning=game.meaning(), truth=source.truth  # type: ignore[operator]
    )  # fmt: skip
    return report


def _also(report: Report) -> dict[str, float]:
    told = {"clean": report.clean, "changed": report.changed, "likeness": report.alike, "true class kept": report.kept}
    return {name: value for name, value in told.items() if value is not None}


@measure("textfooler-accuracy")
def textfooler_accuracy(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out sentences that are named rightly after TextFooler. Jin et al. 2019, arXiv:1907.11932.

    Synonyms have a cosine of at least .7, and sentences a likeness of at least .7.

    Args:
        run: folder of a trained game that classifies sentences.
        data: sentences with classes.
        seed: none is used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also "clean", that before, and of those fooled the share of words changed, the mean likeness, and
        where the data can tell the share whose true class is kept.

    Raises:
        RivalsError: for another game.
    """
    report = _attacked(run, data, recipe, "textfooler")
    return Figure(report.robust, protocol={"samples": report.samples} | report.options, also=_also(report))


@measure("hotflip-success")
def hotflip_success(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of the sentences named rightly whose class HotFlip changes. Ebrahimi et al. 2017, arXiv:1712.06751.

    Words that are exchanged have a cosine of at least .8.

    Args:
        run: folder of a trained game that classifies sentences.
        data: sentences with classes.
        seed: none is used.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also as of `textfooler_accuracy`.

    Raises:
        RivalsError: for another game.
    """
    report = _attacked(run, data, recipe, "hotflip")
    flipped = 1 - report.robust / max(report.clean, 1e-9)
    return Figure(flipped, protocol={"samples": report.samples} | report.options, also=_also(report))
