"""Whether what is made in one domain belongs to what is made in the other, and whether labels carry over."""

from __future__ import annotations

from pathlib import Path

import torch

from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Unpaired
from rivals.data.toy import edges
from rivals.errors import RivalsError
from rivals.recipes.inference.cogan import CoGAN
from rivals.store.model import load

PAIRS = 2000
"""Made pairs."""


@measure("pair-agreement")
def agreement(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of pixels in which the outline of a made digit is as the outline that was made with it.

    Liu and Tuzel 2016, arXiv:1606.07536, section 4.

    Args:
        run: folder of a trained `cogan`.
        data: edge-digits, where the map from y to x is known.
        seed: of the pairs.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has "apart", the same with the outline of another pair.

    Raises:
        RivalsError: for another game or other data.
    """
    game = _coupled(run, recipe)
    if data != "edge-digits":
        raise RivalsError(f"the agreement of pairs is measured on edge-digits, and not on '{data}'")
    x, y = (part.cpu() for part in game.joint(PAIRS, seed=seed))
    drawn, right = x > 0, edges(y) > 0
    apart = float((drawn.roll(1, 0) == right).double().mean())
    return Figure(float((drawn == right).double().mean()), protocol={"pairs": PAIRS}, also={"apart": apart})


@measure("adapted-accuracy")
def adapted(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out y that are named rightly by a classifier whose labels were all of x.

    Args:
        run: folder of a trained `cogan`.
        data: unpaired domains with labels of x, and of the y that are held out.
        seed: not looked at.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has "x", that of held-out x, and "as x", that of y looked at as if they were x.

    Raises:
        RivalsError: for another game or other data.
    """
    game, source = _coupled(run, recipe), named.load(data)
    test = source.test
    if not isinstance(source.spec, Unpaired) or test is None or "y label" not in test.fields:
        raise RivalsError(f"adaptation is measured on mnist-usps, and not on '{data}'")
    x, y = (decoded(test.first(name, 10**6)) for name in ("x", "y"))
    label, wanted = test.first("label", len(x)), test.first("y label", len(y))

    def right(found: torch.Tensor, label: torch.Tensor) -> float:
        return float((found.argmax(1).cpu() == label).double().mean())

    also = {"x": right(game.classify(x), label), "as x": right(game.classify(y), wanted)}
    return Figure(right(game.adapted(y), wanted), protocol={"x": len(x), "y": len(y)}, also=also)


def _coupled(run: Path, recipe: str | None) -> CoGAN:
    game = load(run, recipe=recipe)
    if not isinstance(game, CoGAN):
        raise RivalsError(f"this is measured of cogan, and {run} holds another game")
    return game
