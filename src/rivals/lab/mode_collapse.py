"""A generator that runs after its critic's favourite mode, and what makes it settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

import rivals
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.data.toy import Mixture
from rivals.diagnosis.measures import spectrum
from rivals.errors import UsageError
from rivals.lab.drawing import BLUE, GREEN, GREY, ORANGE, PINK, label, panels
from rivals.lab.experiment import Cell, Result, Table, experiment
from rivals.metrics.points import nearest
from rivals.run import Hooks, Run

GAMES: dict[str, Mapping[str, Any]] = {
    "ahead, 5 : 1": {"packing": 1, "generator_updates": 5},
    "ahead, packs of 4": {"packing": 4, "generator_updates": 5},
    "by turns, 1 : 1": {"packing": 1},
    "by turns, R1": {"packing": 1, "penalties": "[r1(gamma=0.1)]"},
}
"""Name -> options of `pacgan`, which with packs of one is the plain GAN: moves of the generator, remedies."""

COLOURS = (ORANGE, PINK, GREEN, BLUE)

SAMPLES, LOOKS, NEAR = 1000, 20, 0.2
"""Samples of a look at a game; looks; how near to a mode of radius 1 a sample counts for it."""


@experiment("mode-collapse")
def mode_collapse(*, steps: int = 600, width: int = 48, rate: float = 1e-3, batch: int = 128, seed: int = 0) -> Result:
    """A generator ahead of its critic runs from mode to mode; packs, or a penalty on the critic, let it hold them.

    For a critic that stands still, min_G -E log D(G(z)) is any G that sends every z to the critic's highest point: one
    mode. The same small GAN on eight modes plays with 5 moves of the generator for each of the critic, without and with
    a remedy (packs of 4, Lin et al. 2017), and by turns, without and with R1 on the critic (Mescheder et al. 2018).
    Spread is in that of the data, the tangent rank the effective rank of ∂G/∂z, the norm of D its largest matrix's.

    Args:
        steps: of each training.
        width, rate, batch: half the units of each hidden layer; Adam's; of the training.

    Raises:
        UsageError: for numbers that are not above 0.
    """
    if min(steps, width, rate, batch) <= 0 or batch % 4:
        raise UsageError("steps, width, rate and batch are above 0, and batch is a multiple of 4")
    source = named.load("ring")
    assert isinstance(source.truth, Mixture)
    truth, real = source.truth, source.first(source.main, SAMPLES)
    rows: list[tuple[Cell, ...]] = []
    traces: dict[str, list[tuple[int, int]]] = {}
    clouds: dict[str, Tensor] = {}
    for name, options in GAMES.items():
        game = rivals.create("pacgan", "ring", seed=seed, width=width, latent=16, rate=rate, **options)
        assert isinstance(game, Adversarial)
        trace: list[tuple[int, int]] = []

        def look(run: Run, game: Adversarial = game, trace: list[tuple[int, int]] = trace) -> None:
            if run.counters.step % max(1, steps // LOOKS) == 0:
                trace.append((run.counters.step, held(game.sample(SAMPLES, seed=seed), truth)))

        Run(game, source, steps=steps, batch=batch, seed=seed, hooks=Hooks(step=[look]), save_every=10**9).train()
        x = game.sample(SAMPLES, seed=seed)
        late = [modes for _, modes in trace[-LOOKS // 2 :]]
        rows.append(
            (
                name, min(late), max(late), held(x, truth), len(truth.means), nearest(x, truth)[0].mean().item(),
                spread(x) / spread(real), tangent_rank(game), spectrum(game.critic.parameters())[0],
            )
        )  # fmt: skip
        traces[name], clouds[name] = trace, x

    def draw(figure: Figure) -> None:
        *seen, curve = panels(figure, len(GAMES) + 1)
        for axes, (name, x), colour in zip(seen, clouds.items(), COLOURS, strict=True):
            axes.plot(truth.means[:, 0], truth.means[:, 1], "x", color=GREY, markersize=7)
            axes.scatter(x[:, 0], x[:, 1], s=3, color=colour, alpha=0.5, linewidths=0)
            axes.set_xlim(-1.6, 1.6)
            axes.set_ylim(-1.6, 1.6)
            axes.set_aspect("equal")
            label(axes, name)
        for (name, trace), colour in zip(traces.items(), COLOURS, strict=True):
            curve.plot([s for s, _ in trace], [m for _, m in trace], color=colour, linewidth=1.5, label=name)
        curve.set_ylim(-0.3, 8.3)
        label(curve, "modes held", "step")

    columns = (
        "game", "modes, least", "most", "at the end", "of", "distance to mode", "spread", "tangent rank", "norm of D",
    )  # fmt: skip
    return Result((Table("The last half of each training, and its end", columns, rows),), draw, (12.0, 2.9))


def held(x: Tensor, truth: Mixture) -> int:
    """Modes with at least a quarter of their fair share of samples near them."""
    distance, mode = nearest(x, truth)
    near = torch.bincount(mode[distance < NEAR], minlength=len(truth.means))
    return int((near >= len(x) / len(truth.means) / 4).sum())


def spread(x: Tensor) -> float:
    """Root of the mean squared distance from the mean, (N, D)."""
    return (x - x.mean(0)).square().sum(1).mean().sqrt().item()


def tangent_rank(game: Adversarial, points: int = 64) -> float:
    """Mean effective rank of ∂G/∂z: 1 where a generator draws a curve, 2 where it covers the plane."""
    z = game.prior(points)
    with game.presenting(), torch.enable_grad():
        z = z.requires_grad_()
        x = game.fake(z, None)
        rows = [torch.autograd.grad(x[:, i].sum(), z, retain_graph=True)[0] for i in range(x.shape[1])]
    values = torch.linalg.svdvals(torch.stack(rows, 1)).square()
    share = values / values.sum(1, keepdim=True).clamp_min(1e-20)
    return float((-(share * share.clamp_min(1e-20).log()).sum(1)).exp().mean())
