"""What the generator gets to learn from: the size and the noise of its gradient."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from rivals import noise, parts
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.errors import RivalsError
from rivals.run import Run
from rivals.store.model import load

CRITIC_STEPS, CRITIC_BATCH = 1000, 64
"""Training of the critic alone."""

BATCHES = 32
"""Of fakes, behind a mean gradient and its variance."""


@measure("gradient-kept")
def kept(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The generator's gradient norm over the last fifth of the training, in units of that over the first fifth.

    Args:
        run: folder of a trained game with a generator.
        data, seed, recipe: not looked at.

    Returns:
        The ratio; `also` has "first" and "last", the norms.

    Raises:
        RivalsError: where no gradient of a generator was logged.
    """
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    norms = [record["gradient/generator"] for record in map(json.loads, lines) if "gradient/generator" in record]
    if len(norms) < 5:
        raise RivalsError(f"{run} has logged {len(norms)} gradient norms of a generator, and at least 5 are needed")
    fifth = len(norms) // 5
    first, last = sum(norms[:fifth]) / fifth, sum(norms[-fifth:]) / fifth
    return Figure(last / first, also={"first": first, "last": last})


@measure("gradient-vanishing")
def vanishing(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The norm of the generator's gradient of log(1 - D) after its critic was trained alone, in units of that before.

    Arjovsky and Bottou 2017, arXiv:1701.04862, theorem 2.4 and figure 2.

    Args:
        run: folder of a trained declarative game; its generator stays as it is.
        data: what it was trained on.
        seed: of the critic's batches and of the fakes.
        recipe: file.py:function, where it is not installed.

    Returns:
        The ratio, at least 0; `also` has the norms and the variances, before and after, of log(1 - D) and of -log D.

    Raises:
        RivalsError: for another kind of game.
    """
    found = _before_and_after(run, data, seed, recipe)
    return Figure(found["norm, minimax, after"] / found["norm, minimax, before"], protocol=_PROTOCOL, also=found)


@measure("gradient-variance")
def variance(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The variance of the generator's gradient of -log D after its critic was trained alone, in units of that before.

    The total over all weights, of gradients over batches. Arjovsky and Bottou 2017, arXiv:1701.04862, theorem 2.6 and
    figure 3. Arguments as `vanishing`.

    Returns:
        The ratio; `also` as `vanishing`.
    """
    found = _before_and_after(run, data, seed, recipe)
    name = "variance, non_saturating"
    return Figure(found[f"{name}, after"] / found[f"{name}, before"], protocol=_PROTOCOL, also=found)


_PROTOCOL = {"critic steps": CRITIC_STEPS, "critic batch": CRITIC_BATCH, "batches": BATCHES}


def _before_and_after(run: Path, data: str, seed: int, recipe: str | None) -> dict[str, float]:
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(game, Adversarial):
        raise RivalsError(f"this gradient is measured of games with a generator and a critic, not of {run}")
    found = _looked_at(game, seed, "before")
    game.critic_updates, game.generator_updates = 1, 0
    Run(game, source, steps=CRITIC_STEPS, batch=CRITIC_BATCH, seed=seed, save_every=10**9).train()
    return found | _looked_at(game, seed, "after")


def _looked_at(game: Adversarial, seed: int, when: str) -> dict[str, float]:
    """Norm of the mean gradient, and total variance of a batch's gradient, of both losses of the generator."""
    found = {}
    game.eval()
    weights = [weight for player in game.generator.players for weight in player.weights]
    for name in ("minimax", "non_saturating"):
        objective = parts.make("objective", name)
        gradients: list[Tensor] = []
        with noise.seeded(game.device, "gradients", seed):
            for _ in range(BATCHES):
                logits = game.critic(game.generate(CRITIC_BATCH))
                taken = torch.autograd.grad(objective.generator(logits).mean(), weights)
                gradients.append(torch.cat([gradient.flatten() for gradient in taken]))
        each = torch.stack(gradients).double()
        found[f"norm, {name}, {when}"] = torch.linalg.vector_norm(each.mean(0)).item()
        found[f"variance, {name}, {when}"] = each.var(0).sum().item()
    return found
