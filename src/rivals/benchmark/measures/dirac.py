"""The Dirac-GAN's trajectories and eigenvalues, of the recipe's own game, against what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rivals import registry
from rivals.benchmark.measures.measure import Figure, measure
from rivals.consensus import Consensus
from rivals.data import named
from rivals.errors import RivalsError
from rivals.recipes.core.dirac_gan import PointMass, Slope
from rivals.run import Hooks, Run
from rivals.store.folder import RunFolder
from rivals.theory import dirac

METHODS: dict[str, dict[str, Any]] = {
    "gan": {},
    "nsgan": {"objective": "non_saturating"},
    "wgan": {"objective": "wasserstein", "constraint": "clip(bound=1.0)"},
    "wgan-gp": {"objective": "wasserstein", "penalties": "gradient_penalty(weight=0.35)"},
    "instance-noise": {"view": "instance_noise(std=0.7)"},
    "r1": {"penalties": "r1(gamma=0.3)"},
    "r2": {"penalties": "r2(gamma=0.3)"},
    "consensus": {"consensus": 1.0},
    "nsgan-r1": {"objective": "non_saturating", "penalties": "r1(gamma=0.3)"},
}
"""The recipe's options for each method of `rivals.theory.dirac`."""

RULES: dict[str, dict[str, Any]] = {
    "simultaneous": {"simultaneous": True},
    "alternating": {"simultaneous": False},
    "alternating 5": {"simultaneous": False, "critic_updates": 5},
}

JUDGED = ("simultaneous", "alternating")
"""The rules that a verdict looks at."""

RECOMPUTED: dict[str, tuple[str, str, str]] = {
    "gan": ("3.10", "1.42", "1.85"),
    "nsgan": (".640", ".284", ".139"),
    "wgan": ("1.00", "1.02", ".917"),
    "wgan-gp": ("1.80", "1.22", ".716"),
    "r1": ("2.6e-6", "2.3e-7", "9e-34"),
    "r2": ("2.6e-6", "2.3e-7", "9e-34"),
    "consensus": ("2e-10", "1e-11", "5e-33"),
    "nsgan-r1": ("2.2e-6", "1.5e-7", "4e-34"),
}
"""Last distances of the paper's setting, recomputed from it: start (1, 1), h = .2, 500 steps, by `RULES`."""

STEPS, BATCH = 500, 1024
"""The batch only matters for instance noise."""

DAMPINGS: dict[str, tuple[dict[str, Any], float]] = {
    "plain": ({}, 0.0),
    "non-saturating": ({"objective": "non_saturating"}, 0.0),
    **{f"r1, {gamma:g}": ({"penalties": f"r1(gamma={gamma})"}, gamma) for gamma in (0.3, 1.0, 2.0)},
    "r2, 0.3": ({"penalties": "r2(gamma=0.3)"}, 0.3),
}
"""Options, and the damping that their equilibrium has by the closed form."""


@measure("dirac-distances")
def distances(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The worst deviation of the last distances |(θ, ψ)|, by three rules of moving, from the recomputed ones.

    A deviation is relative, and counts from half a unit of the last printed digit on. The folder's run is played again
    by each rule.

    Args:
        run: folder of a trained Dirac-GAN.
        data: the point mass.
        seed: of the runs.
        recipe: file.py:function, where it is not installed.

    Returns:
        The deviation, 0 where all printed digits agree; `also` has the distances.

    Raises:
        RivalsError: for options of no known method.
    """
    name = _method(run)
    found = {rule: float(_play(METHODS[name] | how, data, seed)[-1]) for rule, how in RULES.items()}
    printed = RECOMPUTED.get(name)
    if printed is None:
        raise RivalsError(f"the distances of {name} are random, so there is nothing to compare them with")
    off = [_deviation(value, text) for value, text in zip(found.values(), printed, strict=True)]
    return Figure(max(off), protocol={"method": name, "recomputed": list(printed)}, also=found)


@measure("dirac-end")
def end(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The largest of the last distances by the three rules; arguments as `distances`.

    Returns:
        The distance; `also` has all three.
    """
    name = _method(run)
    found = {rule: float(_play(METHODS[name] | how, data, seed)[-1]) for rule, how in RULES.items()}
    return Figure(max(found.values()), protocol={"method": name, "batch": BATCH}, also=found)


@measure("dirac-verdicts")
def verdicts(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The share of methods whose trajectories say what the paper says, none, sublinear or linear.

    Each method is played by simultaneous and by alternating moves, and both must agree with the paper. Arguments as
    `distances`; the run's options do not matter.

    Returns:
        The share; the protocol has the verdicts.
    """
    known, agreed, said = dirac.methods(), [], {}
    for name, options in METHODS.items():
        said[name] = [dirac.verdict(_play(options | RULES[how], data, seed)) for how in JUDGED]
        agreed.append(all(each == known[name].verdict for each in said[name]))
    return Figure(sum(agreed) / len(agreed), protocol={"verdicts": said, "batch": BATCH})


@measure("dirac-eigenvalues")
def eigenvalues(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the game's eigenvalues at the equilibrium are from the closed forms, at worst.

    The Jacobian of the recipe's own gradients, by automatic differentiation in float64. Arguments as `distances`.

    Returns:
        The largest |λ - λ*|; `also` has each setting's.
    """
    found = {}
    for name, (options, damping) in DAMPINGS.items():
        pairs = zip(_eigenvalues(options, data), dirac.closed_form(damping), strict=True)
        found[name] = max(abs(ours - exact) for ours, exact in pairs)
    return Figure(max(found.values()), also=found)


def _method(run: Path) -> str:
    """The name of the method that a run's options make."""
    given = {k: v for k, v in RunFolder(run).config()["game"]["options"].items() if k not in RULES["alternating 5"]}
    for name, options in METHODS.items():
        if options == given:
            return name
    raise RivalsError(f"{given} are the options of no known method: there are {METHODS}")


def _play(options: dict[str, Any], data: str, seed: int) -> Tensor:
    """The distances along a run of the recipe with these options, (STEPS + 1,)."""
    source = named.load(data)
    game = registry.create("dirac-gan", source.spec, **options)
    path = [_point(game)]
    hooks = Hooks(step=[lambda run: path.append(_point(run.game))])
    Run(game, source, steps=STEPS, batch=BATCH, seed=seed, save_every=10**9, hooks=hooks).train()
    return dirac.distance(torch.stack(path))


def _numbers(game: torch.nn.Module) -> tuple[Tensor, Tensor]:
    """θ and ψ."""
    assert isinstance(game, Consensus)
    generator, critic = (next(p for p in game.side(who).players).net for who in ("generator", "critic"))
    assert isinstance(generator, PointMass)
    assert isinstance(critic, Slope)
    return generator.theta, critic.psi


def _point(game: torch.nn.Module) -> Tensor:
    return torch.cat([x.detach() for x in _numbers(game)]).double()


def _eigenvalues(options: dict[str, Any], data: str) -> list[complex]:
    source = named.load(data)
    game = registry.create("dirac-gan", source.spec, start=(0.0, 0.0), **options).double()
    assert isinstance(game, Consensus)
    run = Run(game, source, steps=1, batch=4).view(data=Tensor.double)
    numbers, rows = _numbers(game), []
    for who, own in zip(("generator", "critic"), numbers, strict=True):
        loss = torch.stack([term.mean() for term in game.losses(run)[who].values()]).sum()
        (direction,) = torch.autograd.grad(-loss, own, create_graph=True)
        found = torch.autograd.grad(direction.sum(), numbers, allow_unused=True)
        rows.append(torch.cat([torch.zeros_like(x) if g is None else g for g, x in zip(found, numbers, strict=True)]))
    values: list[complex] = torch.linalg.eigvals(torch.stack(rows)).tolist()
    return sorted(values, key=lambda z: (round(z.imag, 6), z.real))


def _deviation(found: float, printed: str) -> float:
    """Relative, beyond half a unit of the last printed digit."""
    digits, _, power = printed.partition("e")
    half = 0.5 * 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return max(0.0, abs(found - float(printed)) - half) / float(printed)
