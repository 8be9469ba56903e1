"""Penalties on the critic, each a function of what it saw (`Pass`) to one number a sample, (N,).

The critic computes in the run's precision, the rest in float32, with the graph kept, since a penalty's gradient is a
second derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from rivals import noise
from rivals.errors import UsageError
from rivals.objectives import Pass, per_sample
from rivals.parts import part

Penalty: TypeAlias = Callable[[Pass], Tensor]


def slope(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Euclidean norm of the critic's gradient in its input, ‖∇ₓ D(x)‖: (N, ...) -> (N,), differentiable."""
    return squared_slope(critic, x).add(1e-24).sqrt()  # the root of an exact zero has no derivative


def squared_slope(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """‖∇ₓ D(x)‖²: (N, ...) -> (N,), differentiable; see `gradient`."""
    return gradient(critic, x).flatten(1).square().sum(1)


def seen_slope(critic: Callable[[Tensor], Tensor], x: Tensor, logits: Tensor | None) -> Tensor:
    """`squared_slope` at samples that the critic was shown, from that very pass where it kept what that needs."""
    if logits is None or not x.requires_grad:
        return squared_slope(critic, x)
    (found,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return found.flatten(1).square().sum(1)


def gradient(critic: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """∇ₓ D(x), of the sum where the critic gives a map: (N, ...) -> (N, ...), differentiable.

    Eagerly where the network is compiled: compiled code has no second derivative.
    """
    with torch.enable_grad(), torch.compiler.set_stance("force_eager"):
        x = x.detach().requires_grad_()
        (found,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return found


def between(real: Tensor, fake: Tensor) -> Tensor:
    """A uniform point on the segment from each fake to its real: (N, ...), (N, ...) -> (N, ...)."""
    u = noise.uniform(len(real)).to(real).view(-1, *[1] * (real.dim() - 1))
    return u * real + (1 - u) * fake


@part("penalty")
def gradient_penalty(weight: float = 10.0, target: float = 1.0, sides: Literal["two", "one"] = "two") -> Penalty:
    """λ(‖∇D(x̂)‖ - target)², x̂ uniform between real and fake. Gulrajani et al. 2017, arXiv:1704.00028, eq. 3.

    Args:
        weight: λ.
        target: the slope aimed at.
        sides: "one" punishes only slopes above the target (section 4, "one-sided penalty").
    """

    def penalty(p: Pass) -> Tensor:
        excess = slope(p.critic, between(p.real, p.fake)) - target
        return weight * (excess if sides == "two" else excess.relu()).square()

    return penalty


@part("penalty")
def r1(gamma: float = 10.0) -> Penalty:
    """(γ/2)‖∇D(x)‖² on reals. Mescheder et al. 2018, arXiv:1801.04406, eq. 9."""
    return lambda p: gamma / 2 * seen_slope(p.critic, p.real, p.real_logits)


@part("penalty")
def r2(gamma: float = 10.0) -> Penalty:
    """(γ/2)‖∇D(G(z))‖² on fakes. Mescheder et al. 2018, arXiv:1801.04406, eq. 10."""
    return lambda p: gamma / 2 * seen_slope(p.critic, p.fake, p.fake_logits)


@part("penalty")
def js_regulariser(gamma: float = 2.0, half_life: int = 0) -> Penalty:
    """(γ/2)[(1 - σ(D(x)))² ‖∇D(x)‖² + σ(D(G(z)))² ‖∇D(G(z))‖²]. Roth et al. 2017, arXiv:1705.09367.

    What noise on reals and fakes of variance γ would add to the Jensen-Shannon objective, to first order in γ; the
    weights vanish where the critic is sure and right.

    Args:
        gamma: γ.
        half_life: updates of the critic after which γ is halved, again and again; 0 keeps it.

    Raises:
        UsageError: for a negative γ or half-life.
    """
    if min(gamma, half_life) < 0:
        raise UsageError(f"gamma and half_life must be 0 or more, not {gamma} and {half_life}")

    def penalty(p: Pass) -> Tensor:
        assert p.real_logits is not None  # a critic's move always sees reals
        real, fake = (per_sample(sign * v).sigmoid() for sign, v in ((-1, p.real_logits), (1, p.fake_logits)))
        terms = real**2 * seen_slope(p.critic, p.real, p.real_logits)
        terms = terms + fake**2 * seen_slope(p.critic, p.fake, p.fake_logits)
        left: float = 0.5 ** (p.updates / half_life) if half_life else 1.0
        return gamma * left / 2 * terms

    return penalty


@part("penalty")
def dragan(weight: float = 10.0, spread: float = 0.5) -> Penalty:
    """λ(‖∇D(x + δ)‖ - 1)² around reals, δ = spread · std(x) · u, u uniform. Kodali et al. 2017, arXiv:1705.07215."""

    def penalty(p: Pass) -> Tensor:
        x = p.real
        u = noise.uniform(*x.shape).to(x)
        return weight * (slope(p.critic, x + spread * x.std() * u) - 1).square()

    return penalty


@part("penalty")
def drift(weight: float = 1e-3) -> Penalty:
    """ε D(x)² on reals, which holds the critic's level near 0. Karras et al. 2017, arXiv:1710.10196, appendix A.1."""

    def penalty(p: Pass) -> Tensor:
        assert p.real_logits is not None  # a critic's move always sees reals
        return weight * per_sample(p.real_logits.square())

    return penalty


def every(k: int, penalty: Penalty) -> Penalty:
    """A lazy penalty: k times as strong, at each k-th of the critic's own updates. Karras et al. 2019, 1912.04958."""
    return lambda p: k * penalty(p) if p.updates % k == 0 else p.fake_logits.new_zeros(())


@part("penalty")
def lazy_r1(gamma: float = 10.0, k: int = 16) -> Penalty:
    """`r1` at each k-th update of the critic, k times as strong. Karras et al. 2019, arXiv:1912.04958, section 3.1."""
    return every(k, r1(gamma))
