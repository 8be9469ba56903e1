"""Objectives: what critic and generator minimise, on the critic's logits.

Every loss takes logits (N, ...) (a patch critic's map is averaged) and gives one number a sample, (N,). The critic is
high on reals. Names follow the papers; where a paper has several generator losses, each is an objective of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import parts
from rivals.errors import UsageError
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
        features: samples as the critic sees them [, labels] -> what its last layer is given, (N, F).
        mean: (N, ...) -> (...) over the whole batch, whatever shards it is split into; for what is kept as a state.
    """

    critic: Callable[..., Tensor]
    real: Tensor
    fake: Tensor
    real_logits: Tensor | None
    fake_logits: Tensor
    latent: Tensor
    labels: Tensor | None
    updates: int
    features: Callable[..., Tensor] = field(default=lambda x, labels=None: x.flatten(1))
    mean: Callable[[Tensor], Tensor] = field(default=lambda x: x.mean(0))


def per_sample(loss: Tensor) -> Tensor:
    """Mean over all but the first axis: (N, ...) -> (N,)."""
    return loss.flatten(1).mean(1) if loss.dim() > 1 else loss


def _cross_entropy(smooth: float) -> Callable[[Tensor, Tensor], Tensor]:
    """-s log σ(D(x)) - (1 - s) log(1 - σ(D(x))) - log(1 - σ(D(G(z)))): reals' label is s, fakes' stays 0."""
    if not 0.5 < smooth <= 1:
        raise UsageError(f"smooth, the label of reals, must be above 0.5 and at most 1, not {smooth}")
    if smooth == 1:
        return lambda r, f: F.softplus(-r) + F.softplus(f)
    return lambda r, f: F.softplus(-r) + (1 - smooth) * r + F.softplus(f)


@part("objective")
def non_saturating(smooth: float = 1.0) -> Objective:
    """-log σ(D(x)) - log(1 - σ(D(G(z)))); G minimises -log σ(D(G(z))). Goodfellow et al. 2014, section 3.

    Args:
        smooth: the label of reals, in (0.5, 1]; one-sided smoothing below 1, Salimans et al. 2016, 1606.03498, 3.4.
    """
    return Objective("non_saturating", _cross_entropy(smooth), lambda f, r: F.softplus(-f))


@part("objective")
def minimax(smooth: float = 1.0) -> Objective:
    """The same critic; G minimises log(1 - σ(D(G(z)))), whose gradient saturates. Goodfellow et al. 2014, eq. 1.

    Args:
        smooth: as of `non_saturating`.
    """
    return Objective("minimax", _cross_entropy(smooth), lambda f, r: -F.softplus(f))


@part("objective")
def critic_only(of: str = "non_saturating") -> Objective:
    """Another objective for the critic alone; the generator is left to terms, such as feature matching.

    Args:
        of: the objective's text.
    """
    objective: Objective = parts.make("objective", of)
    return Objective("critic_only", objective.critic_loss, lambda f, r: torch.zeros_like(f))


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
def energy(margin: float = 1.0) -> Objective:
    """E(x) + max(0, m - E(G(z))), E = -D; G minimises E(G(z)). Zhao et al. 2016, arXiv:1609.03126, eq. 1-2.

    Args:
        margin: m, above 0.

    Raises:
        UsageError: for another margin.
    """
    if margin <= 0:
        raise UsageError(f"the margin of energies must be above 0, not {margin}")
    return Objective("energy", lambda r, f: -r + F.relu(margin + f), lambda f, r: -f)


@part("objective")
def loss_sensitive(reals: float = 1.0) -> Objective:
    """ρ max(0, L(x)), L = -D; G minimises L(G(z)). Of use with the term `margin` alone. Qi 2017, arXiv:1701.06264.

    The margin moves no level, so a loss below zero gains nothing; otherwise L would fall everywhere and for ever.

    Args:
        reals: ρ, 1 in the LS-GAN, 0 in the GLS-GAN.
    """
    return Objective("loss_sensitive", lambda r, f: reals * F.relu(-r), lambda f, r: -f)


@part("objective")
def unadversarial() -> Objective:
    """-log σ(M(x)) - log σ(M(G(z))); G minimises -log σ(M(G(z))), too. Albanie et al. 2017, 1703.02528, a parody."""
    return Objective("unadversarial", lambda r, f: F.softplus(-r) + F.softplus(-f), lambda f, r: F.softplus(-f))


@part("objective")
def margin(real: float = 0.9, fake: float = 0.1, down: float = 0.5) -> Objective:
    """max(0, m⁺ - D(x))² + λ max(0, D(G(z)) - m⁻)²; G: max(0, m⁺ - D(G(z)))². Jaiswal et al. 2018, arXiv:1802.06167.

    D(x) in [0, 1], the length of a capsule; the loss is that of Sabour et al. 2017, arXiv:1710.09829, eq. 4.

    Args:
        real, fake, down: m⁺, m⁻ and λ.
    """
    return Objective(
        "margin",
        lambda r, f: F.relu(real - r) ** 2 + down * F.relu(f - fake) ** 2,
        lambda f, r: F.relu(real - f) ** 2,
    )


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


@part("objective")
def many_critics(
    mean: Literal["arithmetic", "geometric", "harmonic"] = "arithmetic", weight: float = 0.0, saturating: bool = False
) -> Objective:
    """Logits (N, K) of K critics: each its own loss, G a mean of its K. Durugkar et al. 2016, arXiv:1611.01673.

    G minimises F(L₁, …, L_K), Lᵢ = E of its loss with critic i, with weights wᵢ = softmax(λ L)ᵢ: Σ wᵢ Lᵢ; up to sign
    exp Σ wᵢ log |Lᵢ|; or 1 / Σ (wᵢ / |Lᵢ|). λ = 0 is the classical mean, λ → ∞ the harshest critic alone.

    Args:
        mean: of Pythagoras' three.
        weight: λ, at least 0.
        saturating: Lᵢ = E log(1 - σ(Dᵢ(G(z)))); otherwise E -log σ(Dᵢ(G(z))).

    Raises:
        UsageError: for a negative weight.
    """
    if not 0 <= weight < math.inf:
        raise UsageError(f"the weight of a mean over critics must be at least 0 and finite, not {weight}")
    sign = -1.0 if saturating else 1.0

    def generator(fake: Tensor, real: Tensor) -> Tensor:
        size = F.softplus(sign * -_columns(fake)).mean(0)  # |L|, (K,)
        w = torch.softmax(weight * sign * size, 0)
        if mean == "arithmetic":
            return sign * (w * size).sum()
        if mean == "geometric":
            return sign * (w * (size + 1e-20).log()).sum().exp()
        return sign / (w / (size + 1e-20)).sum()

    return Objective("many_critics", lambda r, f: _columns(F.softplus(-r) + F.softplus(f)).sum(1), generator)


@part("objective")
def dual(alpha: float = 0.2, beta: float = 0.1) -> Objective:
    """Logits (N, 2) of a critic that likes reals and one that likes fakes. Nguyen et al. 2017, arXiv:1709.03831, eq. 1.

    α E log D₁(x) - E D₁(G(z)) - E D₂(x) + β E log D₂(G(z)), D₁ = softplus(v₁), D₂ = softplus(-v₂), so that both logits
    are high on reals; critics climb, G descends. With the best critics that is α KL(p_d ‖ p_g) + β KL(p_g ‖ p_d) up to
    a constant.

    Args:
        alpha, beta: in (0, 1].

    Raises:
        UsageError: for weights that are not above 0.
    """
    if min(alpha, beta) <= 0:
        raise UsageError(f"dual: alpha and beta must be above 0, not {alpha} and {beta}")

    def fakes(f: Tensor) -> Tensor:
        return beta * _log_softplus(-_columns(f)[:, -1]) - F.softplus(_columns(f)[:, 0])

    def reals(r: Tensor) -> Tensor:
        return alpha * _log_softplus(_columns(r)[:, 0]) - F.softplus(-_columns(r)[:, -1])

    return Objective("dual", lambda r, f: -reals(r) - fakes(f), lambda f, r: fakes(f))


def _columns(logits: Tensor) -> Tensor:
    """One column a critic, (N, K); of one critic alone (N, 1)."""
    return logits if logits.dim() > 1 else logits[:, None]


def _log_softplus(v: Tensor) -> Tensor:
    """Logarithm of softplus(v), which tends to v where softplus underflows."""
    return torch.where(v < -15, v, F.softplus(v.clamp(min=-15)).log())
