"""Objectives: what critic and generator minimise, on the critic's logits.

Every loss takes logits (N, ...) (a patch critic's map is averaged) and gives one number a sample, (N,). The critic is
high on reals. Names follow the papers; where a paper has several generator losses, each is an objective of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch.nn.functional as F
from torch import Tensor

from rivals.parts import part


@dataclass(frozen=True)
class Objective:
    """A pair of losses, both minimised.

    Attributes:
        name: as registered.
        critic_loss: (real, fake) logits -> elementwise loss.
        generator_loss: (fake, real) logits -> elementwise loss; `real` is None unless `both` is set.
        both: whether the generator's loss looks at the critic's logits of reals too.
    """

    name: str
    critic_loss: Callable[[Tensor, Tensor], Tensor]
    generator_loss: Callable[[Tensor, Tensor], Tensor]
    both: bool = False

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss, (N,), from logits of reals and fakes, each (N, ...)."""
        return per_sample(self.critic_loss(real, fake))

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """The generator's loss, (N,), from logits of fakes (N, ...), and of reals where `both` is set."""
        return per_sample(self.generator_loss(fake, fake if real is None else real))


@dataclass(frozen=True)
class Pass:
    """All that one look at a batch saw, for penalties and terms.

    Attributes:
        critic: the critic on any input of the batch's shape, bound to the batch's labels unless others are given.
        real, fake: as the critic saw them, (N, ...).
        real_logits, fake_logits: what it said; reals' logits are None in a generator's move that does not need them.
        latent: what the fakes were made from, (N, D).
        labels: the batch's condition (N,), or None.
        updates: how often the critic moved before.
    """

    critic: Callable[..., Tensor]
    real: Tensor
    fake: Tensor
    real_logits: Tensor | None
    fake_logits: Tensor
    latent: Tensor
    labels: Tensor | None
    updates: int


def per_sample(loss: Tensor) -> Tensor:
    """Mean over all but the first axis: (N, ...) -> (N,)."""
    return loss.flatten(1).mean(1) if loss.dim() > 1 else loss


@part("objective")
def non_saturating() -> Objective:
    """-log σ(D(x)) - log(1 - σ(D(G(z)))); G minimises -log σ(D(G(z))). Goodfellow et al. 2014, section 3."""
    return Objective("non_saturating", lambda r, f: F.softplus(-r) + F.softplus(f), lambda f, r: F.softplus(-f))


@part("objective")
def minimax() -> Objective:
    """The same critic; G minimises log(1 - σ(D(G(z)))), whose gradient saturates. Goodfellow et al. 2014, eq. 1."""
    return Objective("minimax", lambda r, f: F.softplus(-r) + F.softplus(f), lambda f, r: -F.softplus(f))


@part("objective")
def least_squares() -> Objective:
    """½(D(x) - 1)² + ½D(G(z))²; G minimises ½(D(G(z)) - 1)². Mao et al. 2016, arXiv:1611.04076, eq. 9."""
    return Objective("least_squares", lambda r, f: ((r - 1) ** 2 + f**2) / 2, lambda f, r: (f - 1) ** 2 / 2)


@part("objective")
def wasserstein() -> Objective:
    """D(G(z)) - D(x); G minimises -D(G(z)). Arjovsky et al. 2017, arXiv:1701.07875, eq. 3 and algorithm 1."""
    return Objective("wasserstein", lambda r, f: f - r, lambda f, r: -f)


@part("objective")
def hinge() -> Objective:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))); G minimises -D(G(z)). Miyato et al. 2018, arXiv:1802.05957, eq. 16-17."""
    return Objective("hinge", lambda r, f: F.relu(1 - r) + F.relu(1 + f), lambda f, r: -f)


@part("objective")
def relativistic() -> Objective:
    """-log σ(D(x) - D(G(z))), pairs of one batch; G the reverse. Jolicoeur-Martineau 2018, 1807.00734, eq. 5-6."""
    return Objective("relativistic", lambda r, f: F.softplus(f - r), lambda f, r: F.softplus(r - f), both=True)


def _average(
    name: str, real: Callable[[Tensor], Tensor], fake: Callable[[Tensor], Tensor], halved: bool = True
) -> Objective:
    """A relativistic average objective: logits are measured from the other side's mean (arXiv:1807.00734, eq. 9-10)."""
    share = 0.5 if halved else 1.0

    def loss(high: Tensor, low: Tensor) -> Tensor:
        return share * (real(high - low.mean()) + fake(low - high.mean()))

    return Objective(name, loss, lambda f, r: loss(f, r), both=True)


@part("objective")
def relativistic_average() -> Objective:
    """½[-log σ(D(x) - E D(G(z))) - log(1 - σ(D(G(z)) - E D(x)))]; G exchanged. arXiv:1807.00734, eq. 9-10, RaSGAN."""
    return _average("relativistic_average", lambda t: F.softplus(-t), F.softplus)


@part("objective")
def relativistic_average_least_squares() -> Objective:
    """½[(D(x) - E D(G(z)) - 1)² + (D(G(z)) - E D(x) + 1)²]; G exchanged. arXiv:1807.00734, appendix, RaLSGAN."""
    return _average("relativistic_average_least_squares", lambda t: (t - 1) ** 2, lambda t: (t + 1) ** 2)


@part("objective")
def relativistic_average_hinge() -> Objective:
    """½[max(0, 1 - (D(x) - E D(G(z)))) + max(0, 1 + (D(G(z)) - E D(x)))]; G exchanged. arXiv:1807.00734, RaHingeGAN."""
    return _average("relativistic_average_hinge", lambda t: F.relu(1 - t), lambda t: F.relu(1 + t))


Divergence: TypeAlias = Literal["kl", "reverse_kl", "pearson", "hellinger", "js", "gan", "total_variation"]

# logits v -> (g(v), f*(g(v))), with f*(g(v)) simplified where the plain form over- or underflows
_CONJUGATES: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    "kl": lambda v: (v, (v - 1).exp()),
    "reverse_kl": lambda v: (-(-v).exp(), v - 1),
    "pearson": lambda v: (v, v**2 / 4 + v),
    "hellinger": lambda v: (1 - (-v).exp(), v.exp() - 1),
    "js": lambda v: (math.log(2) - F.softplus(-v), F.softplus(v) - math.log(2)),
    "gan": lambda v: (-F.softplus(-v), F.softplus(v)),
    "total_variation": lambda v: (v.tanh() / 2, v.tanh() / 2),
}


@part("objective")
def f_divergence(divergence: Divergence = "kl", saturating: bool = False) -> Objective:
    """-g(D(x)) + f*(g(D(G(z)))), less which is a bound from below on D_f. Nowozin et al. 2016, arXiv:1606.00709, eq. 6.

    Args:
        divergence: which f; g and f* as in the paper's tables of output activations and conjugates.
        saturating: G descends -f*(g(D(G(z)))), the bound itself; otherwise -g(D(G(z))), section 3.2.
    """
    both = _CONJUGATES[divergence]
    return Objective(
        "f_divergence", lambda r, f: both(f)[1] - both(r)[0], lambda f, r: -both(f)[1] if saturating else -both(f)[0]
    )
