"""One step along the gradient's sign, and many small ones."""

from __future__ import annotations

from torch import Tensor

from rivals.attacks import ball
from rivals.attacks.attack import attack
from rivals.attacks.ball import Norm
from rivals.attacks.losses import cross_entropy
from rivals.attacks.victim import Victim


@attack("fgsm", "Goodfellow et al. 2014, arXiv:1412.6572")
def fgsm(
    victim: Victim, x: Tensor, y: Tensor, target: Tensor | None, *, epsilon: float = 8 / 255, norm: Norm = "inf"
) -> Tensor:
    """One step of the whole length along the steepest direction.

    x + ε sign ∇_x L(x, y), for norm inf; towards a target it is -ε sign ∇_x L(x, t).

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε, above 0.
        norm: of the ball.
    """
    gradient, _ = ascent(victim, x, y, target)
    return x + epsilon * ball.steepest(gradient, norm)


@attack("bim", "Kurakin et al. 2016, arXiv:1607.02533")
def bim(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    norm: Norm = "inf",
    steps: int = 10,
    step: float | None = None,
) -> Tensor:
    """Many small steps along the steepest direction, each brought back into the ball; starts at the sample itself.

    x_{i+1} = clip(x_i + α sign ∇_x L(x_i, y)).

    Args:
        victim: the model, or a `Victim`.
        x: samples (N, ...).
        y: their labels (N,).
        target: the classes that are wanted, (N,), or one for all; None for any but y.
        epsilon: ε, above 0.
        norm: of the ball.
        steps: how many, at least 1.
        step: α; by default ε / steps, the paper's 1/255 where ε is as many levels.
    """
    return climbed(victim, x, x, y, target, epsilon, norm, steps, epsilon / steps if step is None else step)


def ascent(victim: Victim, at: Tensor, y: Tensor, target: Tensor | None) -> tuple[Tensor, Tensor]:
    """Gradient of the cross-entropy that an attack climbs, and the logits: away from y, or towards the target."""
    if target is None:
        return victim.gradient(at, lambda logits: cross_entropy(logits, y))
    return victim.gradient(at, lambda logits: -cross_entropy(logits, target))


def climbed(
    victim: Victim, x: Tensor, start: Tensor, y: Tensor, target: Tensor | None, epsilon: float, norm: Norm, steps: int,
    step: float,
) -> Tensor:  # fmt: skip
    """Projected gradient ascent from a start, the last point."""
    near = start
    for _ in range(steps):
        gradient, _ = ascent(victim, near, y, target)
        near = near + step * ball.steepest(gradient, norm)
        near = (x + ball.project(near - x, epsilon, norm)).clamp(*victim.bounds)
    return near
