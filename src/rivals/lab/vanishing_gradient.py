"""The better the discriminator, the less a generator learns from it."""

from __future__ import annotations

import math

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.lab import critics
from rivals.lab.divergences import js, normal
from rivals.lab.drawing import BLUE, GREEN, GREY, ORANGE, label, panels
from rivals.lab.experiment import Result, Table, experiment
from rivals.networks import mlp
from rivals.objectives import Objective, minimax, non_saturating, wasserstein
from rivals.penalties import gradient_penalty

FAKES = 256


@experiment("vanishing-gradient")
def vanishing_gradient(
    *, thetas: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0), steps: int = 600, rate: float = 2e-3, seed: int = 0
) -> Result:
    """The better the discriminator, the weaker the push on the generator; a Wasserstein critic pushes on.

    Best discriminator of N(0, 1) and N(θ, 1): |∂ E log(1 - D*)| = 2 |∂ JS| ≤ ½ |θ| e^(-θ²/8), whereas -log D gives up
    to |θ| and W gives 1. Trained on two lines at distance 1, with ε = sup over fakes of |D - D*| + ‖∇D - ∇D*‖:
    |∂ E log(1 - D)| ≤ ε / (1 - ε). Arjovsky and Bottou 2017, arXiv:1701.04862, theorem 2.4; ∂ is the slope in θ.

    Args:
        thetas: θ, above 0 and up to 12.
        steps, rate: of the training on the lines, at most 5,000, with Adam.

    Raises:
        UsageError: for other numbers.
    """
    if not thetas or min(thetas) <= 0 or max(thetas) > 12 or not 10 <= steps <= 5000 or not rate > 0:
        raise UsageError("thetas are above 0 and up to 12, steps from 10 to 5,000, the rate above 0")
    best = [(theta, *optimal(theta)) for theta in thetas]
    marks = sorted({1, 3, 10, 30, 100, 300, 1000, 3000, steps})
    nets = [mlp.critic((2,), [64, 64], activation=nn.Tanh()) for _ in range(2)]
    trace: list[list[tuple[float, ...]]] = [[], []]
    z = torch.rand(FAKES)

    def watch(of: int, step: int) -> None:
        if step in marks or step % 10 == 0:
            found = _judged(nets[of], z) if of == 0 else (pushed(nets[1], z, wasserstein()),)
            trace[of].append((step, *found))

    critics.train(nets[0], _line(0.0), _line(1.0), non_saturating(), steps, rate, after=lambda step: watch(0, step))
    critics.train(
        nets[1], _line(0.0), _line(1.0), wasserstein(), steps, rate,
        betas=(0.0, 0.9), penalty=gradient_penalty(), after=lambda step: watch(1, step),
    )  # fmt: skip
    rows = [(int(a[0]), *a[1:], *b[1:], 1.0) for a, b in zip(*trace, strict=True) if a[0] in marks]

    def draw(figure: Figure) -> None:
        ideal, trained = panels(figure, 2)
        axis = np.linspace(0.1, 8, 60)
        curves = [optimal(theta) for theta in axis]
        for i, name, colour in ((0, "log(1 - D)", ORANGE), (3, "-log D", GREEN), (4, "W", BLUE)):
            ideal.semilogy(axis, [c[i] for c in curves], color=colour, linewidth=2, label=name)
        ideal.semilogy(axis, [c[2] for c in curves], color=GREY, linewidth=1, linestyle="--", label="½ θ exp(-θ²/8)")
        label(ideal, "best discriminator of N(0, 1) and N(θ, 1)", "θ", "push on θ", legend="lower left")
        by_step = np.array(trace[0])
        trained.loglog(by_step[:, 0], by_step[:, 4], color=ORANGE, linewidth=2)
        trained.loglog(by_step[:, 0], by_step[:, 5], color=GREEN, linewidth=2)
        trained.loglog(*np.array(trace[1]).T, color=BLUE, linewidth=2)
        trained.loglog(by_step[:, 0], by_step[:, 3], color=GREY, linewidth=1, linestyle="--", label="ε / (1 - ε)")
        trained.set_ylim(max(1e-6, 0.3 * float(by_step[:, 4].min())), 30)
        label(trained, "two lines, a discriminator in training", "its steps", "push on θ", legend="lower left")

    return Result(
        (
            Table(
                "Push on θ by the best discriminator of N(0, 1) and N(θ, 1)",
                ("θ", "log(1 - D)", "2 |∂ JS|", "at most", "-log D", "W"),
                best,
            ),
            Table(
                "Push on θ while discriminators of two lines at distance 1 train",
                ("step", "right", "ε", "ε/(1-ε)", "log(1 - D)", "-log D", "W, trained", "theory"),
                rows,
            ),
        ),
        draw,
        (9.0, 3.6),
    )


def optimal(theta: float) -> tuple[float, float, float, float, float]:
    """By quadrature |∂ E log(1 - D*)|, 2 |∂ JS| by a difference, the bound, |∂ E log D*|, |∂ W|."""
    x, cell = np.linspace(-10, theta + 10, 20_001, retstep=True)
    p, q = normal(x) * cell, normal(x, theta) * cell
    fooled = float((p * q / (p + q)).sum())  # E D* over fakes
    h = 1e-4
    ends = [js(p, normal(x, at) * cell) for at in (theta - h, theta + h)]
    slope = abs(ends[1] - ends[0]) / h
    # the logit of D* is (θ² - 2θx) / 2, of slope -θ
    return (
        theta * fooled,
        slope if slope > 1e-9 else 0.0,
        theta / 2 * math.exp(-(theta**2) / 8),
        theta * (1 - fooled),
        1.0,
    )


def pushed(critic: nn.Module, z: Tensor, objective: Objective) -> float:
    """|∂ E loss(D(1, z)) / ∂θ| at θ = 1."""
    theta = torch.ones((), requires_grad=True)
    made = torch.stack([theta.expand(len(z)), z], 1)
    (gradient,) = torch.autograd.grad(objective.generator(critic(made)).mean(), theta)
    return abs(gradient.item())


def _judged(critic: nn.Module, z: Tensor) -> tuple[float, float, float, float, float]:
    """Share judged rightly, ε, ε / (1 - ε), and the push by both of the generator's losses."""
    x = torch.stack([torch.ones_like(z), z], 1).requires_grad_()
    d = torch.sigmoid(critic(x))
    (slope,) = torch.autograd.grad(d.sum(), x)
    with torch.no_grad():
        real = critic(torch.stack([torch.zeros_like(z), z], 1)) > 0
    right = (real.double().mean() + (d < 0.5).double().mean()).item() / 2
    away = (d.max() + slope.norm(dim=1).max()).item()  # D* and its slope are 0 on fakes
    bound = away / (1 - away) if away < 1 else math.inf
    return right, away, bound, pushed(critic, z, minimax()), pushed(critic, z, non_saturating())


def _line(theta: float) -> critics.Draw:
    return lambda n: torch.stack([torch.full((n,), theta), torch.rand(n)], 1)
