"""What fools a classifier that is not looked into: other nets' samples, one noise for all, and questions alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch

from rivals import attacking, noise, registry
from rivals.attacking import OfGame
from rivals.attacks import ATTACKS, Victim
from rivals.attacks.universal import perturbation
from rivals.benchmark.measures.measure import Figure, measure
from rivals.benchmark.measures.robustness import classifier, trained_for
from rivals.data import named
from rivals.data.sources import decoded
from rivals.errors import RivalsError
from rivals.run import Run

SAMPLES, LEARNT, ASKED = 500, 1000, 100
"""Held-out pictures that are attacked; training pictures that one noise is found on; pictures that are asked of."""

STEPS, BATCH = 500, 100
"""Of the training of the other net."""


def _copy(model: OfGame, data: str, seed: int, recipe: str | None) -> OfGame:
    """A net of the same form with other weights, trained without an adversary.

    Raises:
        RivalsError: for a recipe without an adversary to leave out.
    """
    config = dict(model.game.config or {})
    options = dict(config.get("options", {}))
    if "inner" not in options:
        raise RivalsError("a naturally trained copy is made of a game of adversarial-training with the option inner")
    game = registry.rebuild({**config, "seed": 1000 + seed, "options": options | {"inner": 0}}, recipe)
    Run(game, named.load(data), steps=STEPS, batch=BATCH, seed=1000 + seed).train()
    return OfGame(game)


def _transferred(run: Path, data: str, seed: int, recipe: str | None, method: str, **options: Any) -> Figure:
    model = classifier(run, recipe)
    other = _copy(model, data, seed, recipe)
    x, y, _ = attacking.labelled(data, SAMPLES)
    options = {"epsilon": trained_for(model)} | options
    made = ATTACKS[method].function(other, x, y, seed=seed, **options)
    with torch.no_grad():
        left, clean, source = (
            float((net(z).argmax(1) == y).double().mean()) for net, z in ((model, made), (model, x), (other, made))
        )
    protocol = {"samples": len(x), "attack": method, "copy": f"{STEPS} steps of {BATCH} pictures"} | options
    return Figure(left, protocol=protocol, also={"clean": clean, "robust of the copy": source})


@measure("robust-transfer-pgd")
def transfer_pgd(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share named rightly of samples that PGD makes on a naturally trained net of the same form. Madry et al. 2017.

    Args:
        run: folder of a trained `adversarial-training`.
        data: pictures with labels, on which the other net is trained here.
        seed: of the other net, plus 1000, and of the attack.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also "clean", and what the attack leaves of the net that it was made on.

    Raises:
        RivalsError: for another game.
    """
    return _transferred(run, data, seed, recipe, "pgd", steps=40, step=0.01)


@measure("robust-transfer-fgsm")
def transfer_fgsm(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The same of one step along the margin's gradient; see `transfer_pgd`."""
    return _transferred(run, data, seed, recipe, "fgsm", loss="cw")


@measure("universal-fooling")
def universal_fooling(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Fooling rate: share of held-out pictures whose class one noise changes that was found on training pictures.

    Moosavi-Dezfooli et al. 2016, arXiv:1610.08401, eq. 1 and algorithm 1, norm inf, ε that of the game.

    Args:
        run: folder of a trained game that classifies.
        data: pictures with labels.
        seed: of the order of the pictures.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also that on the pictures that it was found on, and that of random signs of the same size.

    Raises:
        RivalsError: for another game.
    """
    model = classifier(run, recipe)
    epsilon = trained_for(model)
    source = named.load(data)
    learnt = (decoded(source.first(source.main, LEARNT)) + 1) / 2
    x, _, _ = attacking.labelled(data, SAMPLES)
    victim = Victim(model)
    with victim.still(), noise.seeded(torch.device("cpu"), "universal", seed):
        labels = victim.logits(learnt).argmax(1)
        v = perturbation(victim, learnt, labels, epsilon, "inf", passes=3, share=0.95)
        signs = epsilon * (2 * noise.uniform(1, *x.shape[1:]).round() - 1)[0]

        def fooling(z: torch.Tensor, by: torch.Tensor) -> float:
            before, after = (victim.logits(part).argmax(1) for part in (z, (z + by).clamp(0, 1)))
            return float((before != after).double().mean())

        value = fooling(x, v)
        also = {"on its own pictures": fooling(learnt, v), "random signs": fooling(x, signs)}
    return Figure(value, protocol={"epsilon": epsilon, "samples": len(x), "learnt": len(learnt)}, also=also)


@measure("questions-ratio")
def questions_ratio(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How many times as many questions NES asks as Square until a picture is fooled, medians.

    The ball of norm inf is that of the game; of the boundary attack the first question counts whose sample is as near
    in norm 2 as that ball reaches, ε √D.

    Args:
        run: folder of a trained game that classifies.
        data: pictures with labels.
        seed: of the attacks.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio; also each attack's median, and the share that it fooled.

    Raises:
        RivalsError: for another game, or where an attack fooled nobody.
    """
    model = classifier(run, recipe)
    epsilon = trained_for(model)
    x, y, _ = attacking.labelled(data, ASKED)
    calls: dict[str, dict[str, Any]] = {
        "square": {"epsilon": epsilon, "queries": 2000},
        "nes": {"epsilon": epsilon, "steps": 100},
        "boundary": {"steps": 1000, "within": epsilon * math.sqrt(x[0].numel())},
    }
    also: dict[str, float] = {}
    for method, options in calls.items():
        report, _ = attacking.attack(model, x, y, method, seed=seed, **options)
        if report.median is None or report.reached is None:
            raise RivalsError(f"{method} fooled nobody, so there are no questions to success")
        also |= {f"{method} median": report.median, f"{method} reached": report.reached}
    return Figure(
        also["nes median"] / also["square median"], protocol={"epsilon": epsilon, "samples": len(x)}, also=also
    )
