"""Optimisers as factories for `Player`, schedules as pure functions of a player's update count."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rivals.game import OptimizerFactory, Schedule


def adam(
    rate: float, betas: tuple[float, float] = (0.9, 0.999), decay: float = 0.0, eps: float = 1e-8
) -> OptimizerFactory:
    """Adam in its fused form, or AdamW where `decay` > 0; betas are floats (torch refuses a plain 0)."""
    b1, b2 = float(betas[0]), float(betas[1])

    def make(parameters: Iterable[nn.Parameter]) -> Optimizer:
        kind: Callable[..., Optimizer] = torch.optim.AdamW if decay else torch.optim.Adam
        return kind(parameters, lr=rate, betas=(b1, b2), eps=eps, weight_decay=decay, fused=True)

    return make


def sgd(rate: float, momentum: float = 0.0) -> OptimizerFactory:
    """Stochastic gradient descent."""
    return lambda parameters: torch.optim.SGD(parameters, lr=rate, momentum=momentum)


def rmsprop(rate: float, alpha: float = 0.99) -> OptimizerFactory:
    """RMSProp, which WGAN's authors use with weight clipping."""
    return lambda parameters: torch.optim.RMSprop(parameters, lr=rate, alpha=alpha)


def sghmc(rate: float, friction: float = 0.1, noise: float = 1.0) -> OptimizerFactory:
    """Stochastic-gradient Hamiltonian Monte Carlo; see `SGHMC`."""
    return lambda parameters: SGHMC(parameters, rate, friction, noise)


def noisy(make: OptimizerFactory, std: float) -> OptimizerFactory:
    """An optimiser whose every gradient g is g + ε, ε ~ N(0, std²), drawn anew at each step."""

    @torch.no_grad()
    def add(optimizer: Optimizer, *_: Any) -> None:
        for weight in (w for group in optimizer.param_groups for w in group["params"] if w.grad is not None):
            weight.grad.add_(torch.randn_like(weight), alpha=std)

    def made(parameters: Iterable[nn.Parameter]) -> Optimizer:
        optimizer = make(parameters)
        optimizer.register_step_pre_hook(add)
        return optimizer

    return made


class SGHMC(Optimizer):
    """v ← (1 - α)v - η∇U + ε, ε ~ N(0, 2αη·s²), θ ← θ + v. Chen et al. 2014, arXiv:1402.4102, eq. 15, β̂ = 0.

    Args:
        params: what is sampled.
        lr: η.
        friction: α in (0, 1].
        noise: s, 1 for the posterior of the loss as a sum over the data; smaller for a colder one.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, friction: float, noise: float) -> None:
        super().__init__(params, {"lr": lr, "friction": friction, "noise": noise})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            rate, friction = group["lr"], group["friction"]
            std = group["noise"] * math.sqrt(2 * friction * rate)
            for weight in (w for w in group["params"] if w.grad is not None):
                state: dict[str, Tensor] = self.state[weight]
                velocity = state.setdefault("velocity", torch.zeros_like(weight))
                velocity.mul_(1 - friction).add_(weight.grad, alpha=-rate).add_(torch.randn_like(weight), alpha=std)
                weight.add_(velocity)


def linear(start: int, end: int, floor: float = 0.0) -> Schedule:
    """Factor 1 up to update `start`, then in a straight line to `floor` at update `end`, where it stays."""

    def factor(updates: int) -> float:
        return floor + (1 - floor) * min(1.0, max(0.0, (end - updates) / max(1, end - start)))

    return factor


def step_down(every: int, factor: float) -> Schedule:
    """Multiply by `factor` after each `every` updates."""
    return lambda updates: float(factor ** (updates // every))
