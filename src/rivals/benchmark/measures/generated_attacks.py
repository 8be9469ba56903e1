"""How often adversarial samples that a game makes in one pass fool its classifier, beside those of an attack."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from rivals import attacking
from rivals.attacking import OfGame
from rivals.attacks import Victim
from rivals.attacks.attack import fooled, lowered
from rivals.benchmark.measures.measure import Figure, measure
from rivals.errors import RivalsError
from rivals.recipes.security.advgan import AdvGAN
from rivals.store.model import load

SAMPLES, STEPS = 500, 40
"""Held-out pictures that are attacked; steps of PGD, each of 2.5 ε / 40."""


@measure("behind-pgd")
def behind(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """By how much the success of one pass is below that of PGD in the same ball, on the net that both know.

    Success is the share of held-out pictures, named rightly before, that are named as the game wants them afterwards.

    Args:
        run: folder of a trained `advgan`.
        data: pictures with labels.
        seed: of PGD's random start.
        recipe: file.py:function, where it is not installed.

    Returns:
        The difference, below 0 where one pass is ahead; `also` has both shares, that of one pass after 8-bit pictures
        in between, the classifier's accuracy, the largest perturbation and milliseconds a picture.

    Raises:
        RivalsError: for another game.
    """
    game = load(run, recipe=recipe)
    if not isinstance(game, AdvGAN):
        raise RivalsError(f"this is measured of a generator of perturbations, and {run} holds none: train advgan")
    x, y, _ = attacking.labelled(data, SAMPLES)
    report, strong = attacking.attack(
        OfGame(game), x, y, "pgd", target=game.target, seed=seed, epsilon=game.epsilon, steps=STEPS
    )
    began = time.perf_counter()
    made = (game.translate(2 * x - 1).cpu() + 1) / 2
    seconds = time.perf_counter() - began
    victim, wanted = Victim(OfGame(game)), None if game.target is None else y.new_full((len(y),), game.target)
    with victim.still():
        named = {
            key: victim.logits(samples.to(victim.device)).cpu()
            for key, samples in {"clean": x, "pgd": strong, "one pass": made, "8 bit": lowered(made)}.items()
        }
    able = ~fooled(named["clean"], y, None) & (True if wanted is None else y != wanted)
    success = {key: float(fooled(z, y, wanted)[able].double().mean()) for key, z in named.items() if key != "clean"}
    also = success | {"accuracy": report.clean, "largest": float((made - x).abs().max())}
    also |= {"ms one pass": 1000 * seconds / len(x), "ms pgd": 1000 * report.seconds / len(x)}
    protocol = {"samples": int(able.sum()), "pgd steps": STEPS, "epsilon": game.epsilon}
    return Figure(success["pgd"] - success["one pass"], protocol=protocol, also=also)


@measure("generated-success")
def success(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The share that one pass fools; arguments, further figures and errors as `behind`."""
    found = behind(run, data, seed, recipe)
    return replace(found, value=found.also["one pass"])
