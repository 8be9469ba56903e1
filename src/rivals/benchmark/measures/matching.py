"""Whether far parts of a sample fit together."""

from __future__ import annotations

from pathlib import Path

import torch

from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.made.pairs import MatchingPairs
from rivals.errors import RivalsError
from rivals.store.model import load

SAMPLES = 2_000
"""Of a game."""


@measure("match")
def match(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The share of samples whose two glyphs are of one kind, each named by its nearest template.

    Args:
        run: folder of a trained game.
        data: pairs that know their templates.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, in [0, 1]; also "chance", what independent corners with the samples' own shares of kinds would score,
        and "kinds", how many kinds the upper left corner shows in 1 % of the samples or more.

    Raises:
        RivalsError: for other data.
    """
    source, game = named.load(data), load(run, recipe=recipe)
    if not isinstance(source.truth, MatchingPairs):
        raise RivalsError(f"matches are counted in pairs of glyphs, and '{data}' are none: use matching-pairs")
    kinds = source.truth.named(game.sample(SAMPLES, seed=seed).cpu())
    shares = torch.stack([torch.bincount(k, minlength=len(source.truth.templates)) for k in kinds.T]) / SAMPLES
    also = {"chance": float(shares.prod(0).sum()), "kinds": float((shares[0] >= 0.01).sum())}
    return Figure((kinds[:, 0] == kinds[:, 1]).double().mean().item(), protocol={"samples": SAMPLES}, also=also)
