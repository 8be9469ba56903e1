"""What noise in a translator's inputs does to its translations."""

from __future__ import annotations

from pathlib import Path

import torch

from rivals import noise
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Pairs
from rivals.errors import RivalsError
from rivals.nn.distance import l1
from rivals.store.model import load
from rivals.translator import Translator

SHARES = (0.1, 0.25)
"""Of an input's numbers that noise replaces."""


@measure("noisy-l1")
def error(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Mean absolute error of translations of held-out inputs of which some numbers are replaced by noise.

    Uniform noise in [-1, 1] takes the place of a tenth, and of a quarter of an input's numbers; the mean of both.

    Args:
        run: folder of a trained translator.
        data: pairs.
        seed: of the noise.
        recipe: file.py:function, where it is not installed.

    Returns:
        The error; `also` has "clean", that without noise, "rise", the difference, and that of each share of noise.

    Raises:
        RivalsError: for another kind of game or data.
    """
    clean, noisy, each = _errors(run, data, seed, recipe)
    return Figure(noisy, protocol={"shares": list(SHARES)}, also={"clean": clean, "rise": noisy - clean} | each)


@measure("noise-rise")
def rise(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much more error there is with noise than without; arguments and errors as `error`.

    Returns:
        The difference; `also` has "clean" and "noisy", the errors, and that of each share of noise.
    """
    clean, noisy, each = _errors(run, data, seed, recipe)
    return Figure(noisy - clean, protocol={"shares": list(SHARES)}, also={"clean": clean, "noisy": noisy} | each)


def _errors(run: Path, data: str, seed: int, recipe: str | None) -> tuple[float, float, dict[str, float]]:
    """Errors without noise and with it, on average and at each share."""
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(game, Translator) or not isinstance(source.spec, Pairs):
        raise RivalsError(f"noise in inputs is measured of translators of pairs, and {run} on '{data}' is none")
    test = source.test or source
    n = test.size or 1000
    x, y = decoded(test.first("x", n)), decoded(test.first("y", n))
    found = []
    with game.presenting():
        for share in (0.0, *SHARES):
            with noise.seeded(game.device, "noisy inputs", seed, share):
                hit = torch.rand_like(x) < share
                seen = torch.where(hit, 2 * torch.rand_like(x) - 1, x)
                found.append(float(l1(game.translate(seen.to(game.device)).cpu(), y).double().mean()))
    each = {f"error at {share:g}": value for share, value in zip(SHARES, found[1:], strict=True)}
    return found[0], sum(each.values()) / len(SHARES), each
