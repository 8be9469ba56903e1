"""One step along the gradient's sign, and many small ones."""

from __future__ import annotations

from torch import Tensor

from rivals.attacks import ball, losses
from rivals.attacks.attack import attack
from rivals.attacks.ball import Norm
from rivals.attacks.climbing import Slope, climbed
from rivals.attacks.losses import Aim
from rivals.attacks.victim import Victim


@attack("fgsm", "Goodfellow et al. 2014, arXiv:1412.6572")
def fgsm(
    victim: Victim,
    x: Tensor,
    y: Tensor,
    target: Tensor | None,
    *,
    epsilon: float = 8 / 255,
    norm: Norm = "inf",
    loss: losses.Name = "ce",
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
        loss: cross-entropy (ce), the margin of the logits (cw), or their ratio (dlr).
    """
    gradient, _ = victim.gradient(x, Aim(y, target, loss).climbed)
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
    alpha = epsilon / steps if step is None else step
    return climbed(slope(victim, Aim(y, target)), x, x, epsilon, norm, steps, alpha, victim.bounds)


def slope(victim: Victim, aim: Aim) -> Slope:
    """The gradient of what an attack wants to grow."""
    return lambda at: victim.gradient(at, aim.climbed)[0]
