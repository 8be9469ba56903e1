"""What a detector still finds of objects that wear a patch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from rivals import noise
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import RivalsError
from rivals.networks import detector as grid
from rivals.recipes.security.adversarial_patch import PatchGame, told
from rivals.store.model import load

SCENES, VIEWS = 300, 3
"""Held-out scenes; views of the patches on each."""


@measure("patch-recall")
def recall(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of the objects found without a patch that are still found when all wear it, over views.

    Found is: a cell has objectness above a half, a box that overlaps by more than a half, and the right class.

    Args:
        run: folder of a trained `adversarial-patch`.
        data: scenes with objects.
        seed: of the views and of the patch of noise.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has that of a patch of uniform noise and of a grey one, the detector's recall without any
        patch, and the mean of the largest objectness of a scene for each.

    Raises:
        RivalsError: for another game or data, or a detector that finds nothing.
    """
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(game, PatchGame) or "objects" not in source.fields:
        raise RivalsError(f"this is measured of a patch on scenes with objects, and {run} on '{data}' is none")
    test = source.test or source
    x, objects = decoded(test.first(test.main, SCENES)), test.first("objects", SCENES)
    with game.presenting(), noise.seeded(game.device, "patch", seed):
        adversarial: Tensor = game.patch()
        patches = {
            "patch": adversarial,
            "noise": 2 * noise.uniform(*adversarial.shape).to(adversarial) - 1,
            "grey": torch.zeros_like(adversarial),
        }
        before = game.seen(x)
        clean, there = grid.found(before, told(objects)), objects[..., 0] >= 0
        if not clean.any():
            raise RivalsError("the detector finds no object, so there is none to hide: give more steps of pretraining")
        also = {"recall": float(clean.sum() / there.sum()), "objectness": _largest(before)}
        for name, patch in patches.items():
            seen = [game.seen(game.worn(x, objects, patch)) for _ in range(VIEWS)]
            still = torch.stack([grid.found(each, told(objects)) & clean for each in seen])
            also[f"recall, {name}"] = float(still.sum() / (VIEWS * clean.sum()))
            also[f"objectness, {name}"] = sum(map(_largest, seen)) / VIEWS
    return Figure(also["recall, patch"], protocol={"scenes": len(x), "views": VIEWS}, also=also)


@measure("patch-gain")
def gain(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much more is found with a patch of noise; arguments, further figures and errors as `recall`."""
    found = recall(run, data, seed, recipe)
    return replace(found, value=found.also["recall, noise"] - found.also["recall, patch"])


def _largest(seen: grid.Seen) -> float:
    return float(seen.objectness.sigmoid().amax(1).mean())
