"""How well a tracker follows its target in front of an ordinary and of an adversarial texture."""

from __future__ import annotations

from pathlib import Path

import torch

from rivals import noise
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.nn import boxes
from rivals.recipes.security.adversarial_texture import TextureGame
from rivals.store.model import load

SCENES, FRAMES, LOST = 256, 8, 0.1
"""Scenes of held-out pictures; frames in each; overlap in the last one below which a target is lost."""


@measure("overlap-fall")
def fall(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """By how much the mean overlap of the tracker's boxes and the target's is lower before the texture. Section 4.

    The tracker goes on from its own boxes for 7 frames, in front of the texture, of the picture that it was made of,
    and of other pictures, in the same scenes and poses.

    Args:
        run: folder of a trained `adversarial-texture`.
        data: pictures.
        seed: of scenes and poses.
        recipe: file.py:function, where it is not installed.

    Returns:
        Overlap with that picture less overlap with the texture; `also` has the overlaps, and the shares of targets
        that are lost in the last frame.

    Raises:
        RivalsError: for another game.
    """
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(game, TextureGame) or not isinstance(source.spec, Images):
        raise RivalsError(f"this is measured of a texture before a tracker, and {run} on '{data}' is none")
    test = source.test or source
    x = decoded(test.first(test.main, SCENES))
    also: dict[str, float] = {}
    with game.presenting():
        posters = {"texture": game.texture(), "ordinary": game.texture.net.get_buffer("start"), "others": x.roll(2, 0)}
        for name, poster in posters.items():
            with noise.seeded(game.device, "texture", seed):
                walk = game.passing.draw(x, FRAMES)
                _, found = game.follow(x, poster, walk)
            overlap = boxes.iou(found, torch.stack([walk.box(k) for k in range(1, FRAMES)], 1))
            also[f"overlap, {name}"] = float(overlap.mean())
            also[f"lost, {name}"] = float((overlap[:, -1] < LOST).double().mean())
    value = also["overlap, ordinary"] - also["overlap, texture"]
    return Figure(value, protocol={"scenes": len(x), "frames": FRAMES}, also=also)
