"""Games of many networks: which generator owns which modes, what a round adds, how fast a level is reached."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from rivals import noise, registry
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source
from rivals.data.toy import Mixture
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.metrics.points import nearest, radius
from rivals.metrics.transport import sliced_wasserstein
from rivals.priors import Codes
from rivals.run import Hooks, Run
from rivals.store.folder import RunFolder
from rivals.store.model import load

SAMPLES = 2500
"""Of each generator, mixture or side of a distance."""

TAIL = 0.05
"""Share of a model's mass that lies where the model is not counted as covering anything."""

LEVEL, PIECE = 0.1, 50
"""Sliced W1 that has to be reached, and the steps between two looks."""


@measure("owned-modes")
def owned_modes(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far every generator has modes to itself: (share of samples in a mode of their own) · (share who own one).

    Only samples of high quality count; a mode's owner is the generator with most of them there. Generators that all
    spread alike over many modes have a share of about 1/k of their own, and generators that hit no mode own none.

    Args:
        run: folder of a trained game of several generators.
        data: a mixture whose modes are known.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The product, in [0, 1]; also "modes", those with a sample of high quality; the protocol has "owned", how many
        modes each generator owns.

    Raises:
        RivalsError: for a game whose latents do not name a generator, or other data.
    """
    truth, game = _mixture(data), load(run, recipe=recipe)
    if not (isinstance(game, Adversarial) and isinstance(game.prior, Codes) and game.prior.categories > 1):
        raise RivalsError(f"modes have owners where latents name a generator, as mad-gan's do: not in {run}")
    with game.presenting(), noise.seeded(game.device, "owned", seed):
        latent = game.prior(2 * SAMPLES)
        made, who = game.fake(latent, None).cpu(), game.prior.split(latent)[1].argmax(1).cpu()
    count, modes = game.prior.categories, len(truth.means)
    distance, mode = nearest(made, truth)
    good = distance <= radius(truth)
    held = torch.bincount((who * modes + mode)[good], minlength=count * modes).view(count, modes)
    owned = torch.bincount(held.argmax(0)[held.sum(0) > 0], minlength=count)
    own = held.amax(0).sum() / held.sum().clamp_min(1)
    covered = int((held.sum(0) > 0).sum())
    protocol = {"samples": len(made), "owned": owned.tolist(), "share": round(own.item(), 4)}
    return Figure(own.item() * (owned > 0).double().mean().item(), protocol=protocol, also={"modes": float(covered)})


@measure("covered-mass")
def covered_mass(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The data's mass where the model has density: P_data(p > t), t such that P_model(p > t) = .95.

    Tolstikhin et al. 2017, arXiv:1701.02386, section 4. p is a kernel estimate with twice a mode's standard deviation.

    Args:
        run: folder of a trained game.
        data: a mixture whose modes are known.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The mass, in [0, 1].
    """
    return Figure(_covered(load(run, recipe=recipe), named.load(data), seed), protocol={"samples": SAMPLES})


@measure("round-gain")
def round_gain(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The least that one more round adds to the covered mass (see "covered-mass").

    Args:
        run: folder of a trained mixture that grew by rounds, with a buffer "mixture" of weights.
        data: a mixture whose modes are known.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The least gain; also "covered mass" of all rounds; the protocol has "rounds", the mass after each.

    Raises:
        RivalsError: for a game that has no rounds.
    """
    game, source = load(run, recipe=recipe), named.load(data)
    mixture = getattr(game, "mixture", None)
    if not isinstance(mixture, Tensor) or len(mixture) < 2:
        raise RivalsError(f"{run} has no rounds: this is for mixtures of at least 2 components, as adagan's")
    after = []
    for t in range(1, len(mixture) + 1):
        mixture.copy_(torch.arange(len(mixture)) < t).div_(t)
        after.append(_covered(game, source, seed))
    least = min(b - a for a, b in pairwise(after))
    protocol = {"samples": SAMPLES, "rounds": [round(mass, 4) for mass in after]}
    return Figure(least, protocol=protocol, also={"covered mass": after[-1]})


@measure("union-of-pairs")
def union_of_pairs(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The share of all modes of the local generators that the global generator covers by itself.

    Args:
        run: folder of a trained game with a list `pairs` of local games.
        data: a mixture whose modes are known.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share, in [0, 1]; the protocol has "local", the modes of each pair, "union" and "global".

    Raises:
        RivalsError: for a game without pairs, or one whose pairs cover no mode.
    """
    truth, game = _mixture(data), load(run, recipe=recipe)
    pairs = [pair for pair in getattr(game, "pairs", ()) if isinstance(pair, Game)]
    found = [_modes(each, truth, seed) for each in (game, *pairs)]
    union = set().union(*found[1:])
    if not union:
        raise RivalsError(f"{run} has no pairs, or they cover no mode: this is for local-pairs-gan")
    protocol = {
        "samples": SAMPLES, "local": [len(modes) for modes in found[1:]], "union": len(union), "global": len(found[0]),
    }  # fmt: skip
    return Figure(len(found[0] & union) / len(union), protocol=protocol)


@measure("reals-to-level")
def reals_to_level(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Reals that the run's game sees until its sliced W1 to the data is low, in thousands.

    The game is trained once more from its first weights, and looked at in fixed intervals; the level must hold at two
    looks in a row. Where it is never reached, the figure is what the whole run sees.

    Args:
        run: folder of a trained game; it says options, steps and batch.
        data: points.
        seed: of the training.
        recipe: file.py:function, where it is not installed.

    Returns:
        Thousands of reals; the protocol has the curve.
    """
    config, source = RunFolder(run).config(), named.load(data)
    real = source.first(source.main, SAMPLES)
    curve: list[float] = []

    def look(run: Run) -> None:
        if run.counters.step % PIECE == 0:
            fake = run.game.sample(SAMPLES, seed=seed).cpu()
            curve.append(sliced_wasserstein(fake, real, p=1, projections=32))
            if len(curve) > 1 and max(curve[-2:]) <= LEVEL:
                reached.append(run.counters.reals)
                raise _Reached

    reached: list[int] = []
    again = Run(
        registry.rebuild(config["game"], recipe), source, steps=config["steps"], batch=config["batch"], seed=seed,
        save_every=10**9, hooks=Hooks(step=[look]),
    )  # fmt: skip
    with suppress(_Reached):
        again.train()
    protocol = {"level": LEVEL, "every": PIECE, "samples": SAMPLES, "curve": [round(w, 3) for w in curve]}
    protocol["reached"] = bool(reached)
    return Figure((reached[0] if reached else again.counters.reals) / 1000, protocol=protocol)


class _Reached(Exception):
    """No error: it ends a training that has shown what it should."""


def _mixture(data: str) -> Mixture:
    truth = named.load(data).truth
    if not isinstance(truth, Mixture):
        raise RivalsError(f"the modes of '{data}' are not known: use ring or grid")
    return truth


def _modes(game: Game, truth: Mixture, seed: int) -> set[int]:
    """The modes with a sample of high quality."""
    distance, mode = nearest(game.sample(SAMPLES, seed=seed).cpu(), truth)
    return set(mode[distance <= radius(truth)].tolist())


def _covered(game: Game, source: Source, seed: int) -> float:
    """See `covered_mass`."""
    truth = source.truth
    if not isinstance(truth, Mixture):
        raise RivalsError("the covered mass needs a mixture whose modes are known: use ring or grid")
    fake = game.sample(2 * SAMPLES, seed=seed).cpu().double()
    real = (source.test or source).first(source.main, SAMPLES).double()
    if not fake.isfinite().all():
        raise RivalsError("samples hold NaN or infinity: the training has diverged")
    centres, others = fake[::2], fake[1::2]

    def density(x: Tensor) -> Tensor:
        return torch.logsumexp(-torch.cdist(x, centres).square() / (2 * (2 * truth.std) ** 2), 1)

    return (density(real) > density(others).quantile(TAIL)).double().mean().item()
