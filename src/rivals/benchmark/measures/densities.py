"""Densities on a line: the generator's against the data's, and the critic against the best one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from rivals import noise, registry
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.specs import Points
from rivals.data.toy import Mixture
from rivals.errors import RivalsError
from rivals.metrics.points import mixture_log_likelihood, nearest
from rivals.metrics.transport import wasserstein
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.store.model import load

Curve: TypeAlias = NDArray[np.float64]

SAMPLES = 10_000
"""Of each side of a distance."""

CRITIC_STEPS, CRITIC_BATCH = 3000, 512
"""Training of the critic alone, long enough that its distance to the optimum no longer falls."""

DENSITY_SAMPLES, DRAWN = 1_000_000, 50_000
"""Samples behind the generator's density, and how many are drawn at a time."""

STEP, BANDWIDTH = 0.005, 0.02
"""Width of a bin, and the kernel's standard deviation."""


@measure("density")
def density(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """W1 between the run's samples and held-out data on a line, exact: the area between their distributions.

    The score "w1" looks at fewer points, since in the plane and beyond it must solve a transport problem.

    Args:
        run: folder of a trained game.
        data: points on a line.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance, in the data's unit; the protocol has "floor", that of training data, and of a mixture "shares",
        how much of the samples is nearest to each mode.

    Raises:
        RivalsError: for data that are not on a line, or samples that are not finite.
    """
    source, game = named.load(data), load(run, recipe=recipe)
    if not (isinstance(source.spec, Points) and source.spec.dim == 1):
        raise RivalsError(f"this distance is for points on a line, and '{data}' are none: use the score w1")
    fake = game.sample(SAMPLES, seed=seed).cpu()
    real, train = (each.first(source.main, SAMPLES) for each in (source.test or source, source))
    protocol: dict[str, Any] = {"samples": len(fake), "references": len(real), "reference": "test"}
    protocol["floor"] = round(wasserstein(train, real), 4)
    if isinstance(source.truth, Mixture):
        mode = nearest(fake, source.truth)[1]
        count = torch.bincount(mode, minlength=len(source.truth.means)).double()
        protocol["shares"] = [round(share, 4) for share in (count / len(mode)).tolist()]
    return Figure(wasserstein(fake, real), protocol=protocol)


@measure("optimal-critic")
def optimal_critic(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far a critic, trained alone against the run's generator, is from D* = p_d / (p_d + p_g).

    E |D(x) - D*(x)| over x from (p_d + p_g) / 2, on a grid. The run's generator stays as it is; a new critic of the
    same recipe is trained with its own objective and optimiser. p_d is known, p_g is a kernel estimate.
    Goodfellow et al. 2014, arXiv:1406.2661, proposition 1.

    Args:
        run: folder of a trained declarative game.
        data: a mixture on a line, which knows its density.
        seed: of the new critic, its batches and the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The distance, in [0, 1]; the protocol has "blind", that of a critic that says ½ everywhere.

    Raises:
        RivalsError: for another kind of game or data, or samples that are not finite.
    """
    source = named.load(data)
    game, truth = load(run, recipe=recipe), source.truth
    if not (isinstance(source.spec, Points) and source.spec.dim == 1 and isinstance(truth, Mixture)):
        raise RivalsError(f"the optimal critic is known for mixtures on a line, and '{data}' is none: use bimodal")
    if not isinstance(game, Adversarial):
        raise RivalsError(f"the optimal critic is measured of games with a generator and a critic, not of {run}")
    config = RunFolder(run).config()["game"]
    fresh = registry.rebuild({**config, "seed": config["seed"] + 1}, recipe)
    assert isinstance(fresh, Adversarial)
    game.critic.load_state_dict(fresh.critic.state_dict())
    game.critic_updates, game.generator_updates = 1, 0
    Run(game, source, steps=CRITIC_STEPS, batch=CRITIC_BATCH, seed=seed, save_every=10**9).train()
    x, fake = _density(game, truth, seed)
    real = mixture_log_likelihood(torch.from_numpy(x)[:, None], truth).exp().numpy()
    with game.presenting():
        found = torch.sigmoid(game.critic(torch.from_numpy(x).float()[:, None])).double().numpy()
    weight = (real + fake) / (real + fake).sum()
    best = real / np.maximum(real + fake, 1e-300)
    value, blind = (float((weight * np.abs(d - best)).sum()) for d in (found, np.full_like(best, 0.5)))
    protocol = {
        "critic steps": CRITIC_STEPS, "critic batch": CRITIC_BATCH, "density samples": DENSITY_SAMPLES,
        "bandwidth": BANDWIDTH, "blind": round(blind, 4),
    }  # fmt: skip
    return Figure(value, protocol=protocol)


def _density(game: Adversarial, truth: Mixture, seed: int) -> tuple[Curve, Curve]:
    """A grid that holds data and samples, and the density of the samples on it."""
    made: list[Tensor] = []
    with game.presenting(), noise.seeded(game.device, "density", seed):
        for _ in range(-(-DENSITY_SAMPLES // DRAWN)):
            made.append(game.generate(DRAWN)[:, 0].double().cpu())
    samples = torch.cat(made).numpy()
    if not np.isfinite(samples).all():
        raise RivalsError("samples hold NaN or infinity: the training has diverged")
    means, margin = truth.means.double().numpy(), 8 * max(truth.std, BANDWIDTH)
    low, high = min(samples.min(), means.min()) - margin, max(samples.max(), means.max()) + margin
    counts, edges = np.histogram(samples, bins=int(np.ceil((high - low) / STEP)), range=(low, high))
    width = edges[1] - edges[0]
    return (edges[1:] + edges[:-1]) / 2, gaussian_filter1d(counts / (len(samples) * width), BANDWIDTH / width)
