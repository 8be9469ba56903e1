"""A critic as an estimate of the earth mover's distance, against the exact one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import torch
from scipy.stats import spearmanr
from torch import Tensor

from rivals import noise, registry
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Generated
from rivals.data.specs import Points
from rivals.errors import RivalsError
from rivals.metrics.transport import wasserstein
from rivals.penalties import between, slope
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.store.model import load

Draw: TypeAlias = Callable[[int, torch.Generator], Tensor]

SHIFTS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Distances of the pairs whose exact W1 is known."""

DIMS = (2, 8, 32)

FOLLOW_STEPS, FOLLOW_BATCH = 400, 64
"""Of a critic that only has to order pairs: RMSProp at 5e-5 crosses the clipped range in 400 steps."""

CRITIC_STEPS, CRITIC_BATCH = 1000, 128
"""Of a critic whose value is read."""

HELD_OUT = 4096
"""Points behind an estimate."""

PROGRAM = 2000
"""Points on each side of the linear program."""


@measure("critic-rank")
def rank(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Rank correlation of a critic's estimates E D(x) - E D(y) with W1, over pairs at growing distance.

    The pairs are N(0, I) and the same moved by s, in 2, 8 and 32 dimensions, and the two lines of `lines`, s apart: W1
    is s. For each pair a critic of the run's recipe is trained from the same weights.

    Args:
        run: folder of a trained declarative game, which names recipe and options.
        data: what it was trained on; not looked at.
        seed: of the new critics and their batches.
        recipe: file.py:function, where it is not installed.

    Returns:
        The smallest of the correlations; `also` has each.

    Raises:
        RivalsError: for another kind of game.
    """
    found = {}
    families: dict[str, tuple[int, Callable[[float], Draw]]] = {f"{d} dimensions": (d, _moved(d)) for d in DIMS}
    families["lines"] = 2, _line
    for name, (dim, family) in families.items():
        estimates = []
        for shift in SHIFTS:
            critic = _trained(run, dim, family(0.0), family(shift), seed, recipe, FOLLOW_STEPS, FOLLOW_BATCH)
            estimates.append(_estimate(critic, family(0.0), family(shift), seed))
        found[name] = float(spearmanr(estimates, SHIFTS).statistic)
    return Figure(min(found.values()), protocol={"shifts": list(SHIFTS), "critic steps": FOLLOW_STEPS}, also=found)


@measure("critic-distance")
def distance(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far a critic's estimate, divided by its slope, is from the exact W1 on sets in the plane, at worst.

    |(E D(x) - E D(y)) / (s · W1) - 1|, s the mean slope between x and y. One side is `ring`, `grid` or `spiral`, the
    other a normal distribution of their standard deviation, moved by one; W1 is a linear program's. Arguments as
    `rank`.

    Returns:
        The largest of the deviations; `also` has each set's, and those of two normal distributions, 2 apart, in 2, 8
        and 32 dimensions, whose W1 is 2.
    """
    found, slopes = {}, {}
    pairs: dict[str, tuple[int, Draw, Draw, float | None]] = {}
    for name in ("ring", "grid", "spiral"):
        real, other = _beside(name)
        pairs[name] = 2, real, other, None
    for dim in DIMS:
        pairs[f"{dim} dimensions"] = dim, _moved(dim)(0.0), _moved(dim)(2.0), 2.0
    for name, (dim, real, other, exact) in pairs.items():
        critic = _trained(run, dim, real, other, seed, recipe, CRITIC_STEPS, CRITIC_BATCH)
        generator = torch.Generator().manual_seed(noise.key("program", seed))
        w1 = wasserstein(real(PROGRAM, generator), other(PROGRAM, generator)) if exact is None else exact
        slopes[name] = _slope(critic, real, other, seed)
        found[name] = abs(_estimate(critic, real, other, seed) / slopes[name] / w1 - 1)
    value = max(found[name] for name in ("ring", "grid", "spiral"))
    protocol = {"critic steps": CRITIC_STEPS, "slopes": {k: round(v, 4) for k, v in slopes.items()}}
    return Figure(value, protocol=protocol, also=found)


@measure("critic-slope")
def mean_slope(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the trained critic's mean slope between reals and fakes is from 1: |E ‖∇D(x̂)‖ - 1|.

    Arguments as `rank`; here the run's own critic and data are looked at.

    Returns:
        The deviation; `also` has the mean slope.
    """
    game, source = _declarative(load(run, recipe=recipe), run), named.load(data)
    real = (source.test or source).first(source.main, HELD_OUT)
    fake = game.sample(HELD_OUT, seed=seed).cpu()
    game.eval()
    with noise.seeded(game.device, "between", seed):
        found = slope(game.critic, between(real, fake)).mean().item()
    return Figure(abs(found - 1), also={"slope": found})


def _declarative(game: torch.nn.Module, run: Path) -> Adversarial:
    if not isinstance(game, Adversarial):
        raise RivalsError(f"a critic is measured of games with a generator and a critic, not of {run}")
    return game


def _trained(
    run: Path, dim: int, real: Draw, other: Draw, seed: int, recipe: str | None, steps: int, batch: int
) -> Adversarial:
    """A new game of the run's recipe whose critic alone was trained, to tell `real` from `other`."""
    config = RunFolder(run).config()["game"]
    game = registry.create(recipe or config["recipe"], Points(dim), seed=seed, **config["options"])
    game = _declarative(game, run)
    generator = torch.Generator().manual_seed(noise.key("other", seed))
    vars(game)["fake"] = lambda latent, labels: other(len(latent), generator)
    game.critic_updates, game.generator_updates = 1, 0
    source = Generated(Points(dim), lambda n, g: (real(n, g),))
    Run(game, source, steps=steps, batch=batch, seed=seed, save_every=10**9).train()
    return game.eval()


def _estimate(game: Adversarial, real: Draw, other: Draw, seed: int) -> float:
    """E D(x) - E D(y) on new points."""
    generator = torch.Generator().manual_seed(noise.key("held out", seed))
    with torch.no_grad():
        x, y = (game.critic(draw(HELD_OUT, generator)).mean().item() for draw in (real, other))
    return float(x - y)


def _slope(game: Adversarial, real: Draw, other: Draw, seed: int) -> float:
    generator = torch.Generator().manual_seed(noise.key("slope", seed))
    with noise.seeded(game.device, "between", seed):
        points = between(real(HELD_OUT, generator), other(HELD_OUT, generator))
    return slope(game.critic, points).mean().item()


def _moved(dim: int) -> Callable[[float], Draw]:
    """N(0, I), moved by a distance along the diagonal."""
    return lambda shift: lambda n, generator: torch.randn(n, dim, generator=generator) + shift / dim**0.5


def _line(shift: float) -> Draw:
    """The points (s, z), z uniform in [0, 1]: a line of `lines`."""
    return lambda n, generator: torch.stack([torch.full((n,), shift), torch.rand(n, generator=generator)], 1)


def _beside(name: str) -> tuple[Draw, Draw]:
    """A set in the plane, and a normal distribution of its standard deviation one of them to the right of it."""
    source = named.load(name)
    points = source.first(source.main, 10_000)
    mean, std = points.mean(0), points.std(0)

    def real(n: int, generator: torch.Generator) -> Tensor:
        start = int(torch.randint(2**31, (1,), generator=generator))
        return source.draw([source.main], seed=1, start=start, size=n)[0]

    def other(n: int, generator: torch.Generator) -> Tensor:
        return mean + std * (torch.randn(n, 2, generator=generator) + torch.tensor([1.0, 0.0]))

    return real, other
