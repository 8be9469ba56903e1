"""What an activation does to gradients, through one unit and through many layers."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor

from rivals.errors import UsageError
from rivals.lab.drawing import COLOURS, label, panels
from rivals.lab.experiment import Result, Table, experiment

FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "ReLU": F.relu,
    "leaky ReLU (.2)": lambda x: F.leaky_relu(x, 0.2),
    "ELU": F.elu,
    "GELU": F.gelu,
}

FLAT = 0.05
"""A slope below this counts as saturated."""


@experiment("activations")
def activations(*, depth: int = 20, width: int = 512, spread: float = 3.0, seed: int = 0) -> Result:
    """Which activations saturate, and how much of a gradient is left after many layers.

    Weights are normal with variance σ² / width, σ² = 1 / E f(z)², z ~ N(0, 1), so that every layer's input has variance
    1. In wide layers a squared gradient is then multiplied by χ = E f'(z)² / E f(z)² at each layer, and χ^depth is left
    of it: all for ReLU (He et al. 2015, arXiv:1502.01852), next to nothing for the sigmoid.

    Args:
        depth: layers that a gradient goes through.
        width: units in a layer.
        spread: standard deviation of inputs for the share that saturates.

    Raises:
        UsageError: for sizes below 1, or no spread.
    """
    if min(depth, width) < 1 or not spread > 0:
        raise UsageError(f"depth and width are 1 or more and spread is above 0, not {depth}, {width}, {spread}")
    z = torch.linspace(-10, 10, 20_000, dtype=torch.float64)
    weight = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    rows, kept, profiles = [], [], {}
    x0 = torch.randn(64, width)
    x0 = x0 * (width**0.5 / x0.norm(dim=1, keepdim=True))  # variance 1, exactly
    pushed = torch.randn(64, width)
    for name, f in FUNCTIONS.items():
        size, slope = (weight @ f(z).square()).item(), (weight @ slopes(f, z).square()).item()
        flat = (weight @ (slopes(f, spread * z).abs() < FLAT).double()).item()
        rows.append((name, slopes(f, z).abs().max().item(), flat))
        norms = gradients(f, x0, pushed, depth, 1 / size)
        kept.append((name, slope / size, (slope / size) ** (depth / 2), norms[0] / norms[-1]))
        profiles[name] = norms

    def draw(figure: Figure) -> None:
        curve, derivative, through = panels(figure, 3)
        shown = torch.linspace(-4, 4, 401, dtype=torch.float64)
        for (name, f), colour in zip(FUNCTIONS.items(), COLOURS, strict=True):
            curve.plot(shown, f(shown), color=colour, label=name, linewidth=1.5)
            derivative.plot(shown, slopes(f, shown), color=colour, linewidth=1.5)
            norms = profiles[name]
            left = [norm / norms[-1] for norm in norms]
            through.semilogy(range(depth, -1, -1), left, color=colour, linewidth=1.5)
        curve.set_ylim(-1.3, 3)
        label(curve, "activation", "input", legend="upper left")
        label(derivative, "slope", "input")
        label(through, "gradient that is left", "layers it has passed", "share of its norm")

    return Result(
        (
            Table(
                f"One unit, inputs from N(0, {spread:g}²)", ("activation", "largest slope", f"slope < {FLAT:g}"), rows
            ),
            Table(
                f"A gradient's norm after {depth} layers of {width}",
                ("activation", "χ", "theory χ^(depth/2)", "measured"),
                kept,
            ),
        ),
        draw,
        (10.0, 3.4),
    )


def slopes(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """f'(x), (N,)."""
    with torch.enable_grad():
        x = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(f(x).sum(), x)
    return slope


def gradients(f: Callable[[Tensor], Tensor], x: Tensor, pushed: Tensor, depth: int, variance: float) -> list[float]:
    """Norms of the gradients at every layer's input, the first layer's first; the last is that of `pushed`.

    Args:
        f: the activation.
        x: the first layer's input, (N, W).
        pushed: gradient at the last layer's output, (N, W).
        depth: layers f(x) W.
        variance: of a weight, times W.
    """
    width = x.shape[1]
    states = [x.requires_grad_()]
    for _ in range(depth):
        matrix = torch.randn(width, width) * math.sqrt(variance / width)
        states.append(f(states[-1]) @ matrix)
    found = torch.autograd.grad(states[-1], states[:-1], pushed)
    return [g.norm().item() for g in (*found, pushed)]
