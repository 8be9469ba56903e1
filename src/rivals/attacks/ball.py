"""Balls of ‖δ‖ ≤ ε: projections onto them, steepest steps in them, and staying inside them exactly."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from rivals.errors import UsageError

Norm: TypeAlias = Literal["inf", "2", "1", "0"]
"""Of a perturbation: largest change, Euclidean length, sum of changes, number of changed coordinates."""

NORMS: tuple[Norm, ...] = ("inf", "2", "1", "0")


def known(norm: object) -> Norm:
    """A norm as it is written: inf, 2, 1 or 0, as text or number.

    Raises:
        UsageError: for another one.
    """
    text = str(norm).removesuffix(".0")
    for name in NORMS:
        if text == name:
            return name
    raise UsageError(f"a norm is inf, 2, 1 or 0, not {norm!r}")


def per_sample(x: Tensor, like: Tensor) -> Tensor:
    """Numbers (N,) with axes of 1 behind, to be multiplied with samples (N, ...)."""
    return x.view(-1, *[1] * (like.dim() - 1))


def size(delta: Tensor, norm: Norm) -> Tensor:
    """‖δ‖ of each perturbation (N, ...), (N,)."""
    flat = delta.flatten(1)
    if norm == "inf":
        largest: Tensor = flat.abs().amax(1)
        return largest
    if norm == "0":
        return (flat != 0).sum(1).to(flat.dtype)
    length: Tensor = flat.norm(p=float(norm), dim=1)
    return length


def project(delta: Tensor, epsilon: float, norm: Norm) -> Tensor:
    """The nearest perturbation of norm at most ε, for each of (N, ...).

    For norm 1 the amounts are lowered by one threshold (Duchi et al. 2008); for norm 0 the ⌊ε⌋ largest stay.
    """
    if norm == "inf":
        within: Tensor = delta.clamp(-epsilon, epsilon)
        return within
    flat = delta.flatten(1)
    if norm == "2":
        length: Tensor = flat.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return (flat * (epsilon / length).clamp(max=1.0)).view_as(delta)
    amounts, order = flat.abs().sort(dim=1, descending=True)
    if norm == "0":
        kept = torch.zeros_like(flat).scatter(1, order[:, : math.floor(epsilon)], 1.0)
        return (flat * kept).view_as(delta)
    over = (amounts.cumsum(1) - epsilon) / torch.arange(1, amounts.shape[1] + 1, device=delta.device)
    last = (amounts > over).sum(1, keepdim=True) - 1
    threshold = over.gather(1, last).clamp_min(0.0)
    return (flat.sign() * (flat.abs() - threshold).clamp_min(0.0)).view_as(delta)


def steepest(gradient: Tensor, norm: Norm) -> Tensor:
    """The step of norm 1 along which a function with this gradient grows most, (N, ...).

    For norms 1 and 0, where that is one coordinate, it is spread over the largest hundredth of them, since one at a
    time takes too long.
    """
    if norm == "inf":
        return gradient.sign()
    flat: Tensor = gradient.flatten(1)
    if norm == "2":
        length: Tensor = flat.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return (flat / length).view_as(gradient)
    count = max(1, flat.shape[1] // 100)
    largest = torch.zeros_like(flat).scatter(1, flat.abs().topk(count, dim=1).indices, 1.0)
    return (flat.sign() * largest / count).view_as(gradient)


def drawn(x: Tensor, epsilon: float, norm: Norm, uniform: Tensor, normal: Tensor) -> Tensor:
    """A random perturbation of the ball, (N, ...): uniform for inf and 2, else a projected normal one.

    Args:
        x: samples, for their shape.
        epsilon, norm: of the ball.
        uniform, normal: of the shape of x, U(0, 1) and N(0, 1).
    """
    if norm == "inf":
        return (2 * uniform - 1) * epsilon
    if norm == "2":
        direction = steepest(normal, "2")
        radius = uniform.flatten(1)[:, 0] ** (1 / x[0].numel())
        return direction * per_sample(epsilon * radius, x)
    return project(normal * epsilon, epsilon, norm)


def settle(x: Tensor, near: Tensor, epsilon: float, norm: Norm, bounds: tuple[float, float]) -> Tensor:
    """The samples near to x, inside the ball and the bounds in the very numbers that they are stored in.

    A projection is exact in real numbers; rounding may leave it outside by a unit in the last place. Here what is
    outside is moved towards x until the difference, as it is computed, has at most norm ε.
    """
    near = (x + project(near - x, epsilon, norm)).clamp(*bounds)
    if norm == "0":
        return near
    delta = near - x
    for i in range(24):
        outside = (near - x).abs() > epsilon if norm == "inf" else per_sample(size(near - x, norm) > epsilon, x)
        if not outside.any():
            break
        nearer = torch.nextafter(near, x) if norm == "inf" else x + delta * (1 - 1e-7 * 2**i)
        near = torch.where(outside, nearer, near)
    return near
