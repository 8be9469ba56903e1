"""The climb that attacks and defences share: steps along the steepest direction, each brought back into the ball."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rivals.attacks import ball
from rivals.attacks.ball import Norm

Slope = Callable[[Tensor], Tensor]
"""Samples (N, ...) -> the gradient there of what is climbed, (N, ...)."""


def climbed(
    slope: Slope, x: Tensor, start: Tensor, epsilon: float, norm: Norm, steps: int, step: float,
    bounds: tuple[float, float],
) -> Tensor:  # fmt: skip
    """The last point of x_{i+1} = Π(x_i + α s(∇_i)), s the steepest direction.

    Madry et al. 2017, arXiv:1706.06083, section 2.1.

    Args:
        slope: gradient of what is climbed.
        x: centres of the balls (N, ...).
        start: first points (N, ...).
        epsilon, norm: of the balls.
        steps, step: how many, and α.
        bounds: lowest and highest value of a sample's numbers.
    """
    near = start
    for _ in range(steps):
        near = near + step * ball.steepest(slope(near), norm)
        near = (x + ball.project(near - x, epsilon, norm)).clamp(*bounds)
    return near


def slope_of(gain: Callable[[Tensor], Tensor]) -> Slope:
    """The gradient of a function of samples, (N, ...) -> (N,) or a scalar, in each of them."""

    def slope(x: Tensor) -> Tensor:
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            (found,) = torch.autograd.grad(gain(at).sum(), at)
        return found

    return slope
