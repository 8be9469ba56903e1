"""Trust regions: the largest natural-gradient step that keeps a policy near itself, and what it is told to raise.

max over s of the gain L(θ + s) with KL(π_θ ‖ π_{θ+s}) ≤ δ. Schulman et al. 2015, arXiv:1502.05477, appendix C: the
direction x solves F x = g by conjugate gradients, F the Fisher matrix, which is never built; the step √(2δ / xᵀF x) x
is halved until the gain is real.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, kl_divergence
from torch.func import functional_call

Product: TypeAlias = Callable[[Tensor], Tensor]
"""A symmetric positive definite matrix as what it does to a vector, (P,) -> (P,)."""

Local: TypeAlias = Callable[[Sequence[Tensor]], tuple[Tensor, Tensor]]
"""Weights -> (gain over the present policy, KL of the new policy from the present one), both ()."""

Mean: TypeAlias = Callable[[Tensor], Tensor]
"""(1, ...) -> (...): the mean over shards, `run.mean` where a run is split."""


def _alone(x: Tensor) -> Tensor:
    return x.mean(0)


def conjugate_gradient(product: Product, b: Tensor, iterations: int = 10, tolerance: float = 1e-10) -> Tensor:
    """The x with A x ≈ b, (P,), for symmetric positive definite A. Hestenes & Stiefel 1952.

    Args:
        product: v -> A v.
        b: (P,).
        iterations: at most so many products.
        tolerance: stop at a squared residual ‖b - A x‖² below it.
    """
    x, residual, direction = torch.zeros_like(b), b.clone(), b.clone()
    squared = residual @ residual
    for _ in range(iterations):
        if float(squared) <= tolerance:
            break
        image = product(direction)
        pace = squared / (direction @ image)
        x, residual = x + pace * direction, residual - pace * image
        before, squared = squared, residual @ residual
        direction = residual + squared / before * direction
    return x


def fisher_product(kl: Tensor, weights: Sequence[Tensor], damping: float = 0.0, mean: Mean = _alone) -> Product:
    """The product v -> (F + damping · I) v, with F the Hessian of KL(π_θ' ‖ π_θ) at θ = θ', which is the Fisher matrix.

    Args:
        kl: of the policy from its own detached copy, (), with a graph to `weights` that is differentiable twice.
        weights: θ; vectors are their flattened concatenation.
        damping: added to the diagonal.
        mean: over shards.
    """
    slope = flat(torch.autograd.grad(kl, list(weights), create_graph=True))

    def product(v: Tensor) -> Tensor:
        image = flat(torch.autograd.grad(slope @ v, list(weights), retain_graph=True))
        return mean(image[None]) + damping * v

    return product


def line_search(
    trial: Callable[[float], tuple[float, float]],
    expected: float,
    limit: float,
    *,
    accept: float = 0.1,
    shrink: float = 0.5,
    tries: int = 10,
) -> float:
    """The first fraction t of 1, ½, ¼, … with gain ≥ accept · t · expected and KL ≤ limit; 0 where none has both.

    Args:
        trial: t -> (gain, KL) at that fraction of the step.
        expected: gain of the whole step by the first derivative.
        limit: of the KL.
        accept: share of the expected gain that must be real.
        shrink: factor between tries, in (0, 1).
        tries: how many.
    """
    for i in range(tries):
        t = shrink**i
        gain, kl = trial(t)
        if math.isfinite(gain) and gain >= accept * t * expected and kl <= limit:
            return t
    return 0.0


def step(
    local: Local,
    weights: Sequence[Tensor],
    *,
    limit: float = 0.01,
    damping: float = 0.1,
    iterations: int = 10,
    mean: Mean = _alone,
) -> list[Tensor]:
    """One trust-region step, to be added to the weights: a tensor for each, zeros where the line search fails.

    Args:
        local: gain and KL as functions of the weights, both 0 at the present ones.
        weights: θ, with gradients.
        limit: δ; the step is scaled to it, and the line search grants twice as much, as openai/imitation does.
        damping: added to the Fisher matrix's diagonal.
        iterations: of conjugate gradients.
        mean: over shards.
    """

    def shared(x: Tensor) -> Tensor:
        # rounded after the mean, so that all shards see the same bits and take the same branches
        return mean(x.detach().double()).to(x)

    gain, kl = local(weights)
    slope = shared(flat(torch.autograd.grad(gain, list(weights), retain_graph=True))[None])
    product = fisher_product(kl, weights, damping, shared)
    direction = conjugate_gradient(product, slope, iterations)
    curvature = direction @ product(direction)
    whole = direction * (2 * limit / curvature.clamp_min(1e-12)).sqrt()

    @torch.no_grad()
    def trial(t: float) -> tuple[float, float]:
        moved = [w + t * s for w, s in zip(weights, unflat(whole, weights), strict=True)]
        gain, kl = shared(torch.stack(local(moved))[None]).tolist()
        return gain, kl

    return unflat(line_search(trial, float(slope @ whole), 2 * limit) * whole, weights)


def policy_step(
    policy: nn.Module,
    state: Tensor,
    action: Tensor,
    advantage: Tensor,
    *,
    limit: float = 0.01,
    entropy: float = 0.0,
    damping: float = 0.1,
    mean: Mean = _alone,
) -> list[Tensor]:
    """The step that raises E[π(a|s) / π_old(a|s) · A(s, a)] + λH(π) where KL(π_old ‖ π) ≤ δ; arXiv:1502.05477, eq. 14.

    Args:
        policy: states -> logits of actions; in evaluation it must be a function of the states alone.
        state: (N, D).
        action: int64 (N,), drawn from the present policy.
        advantage: A, (N,); it is brought to mean 0 and variance 1 first.
        limit: δ.
        entropy: λ.
        damping: added to the Fisher matrix's diagonal.
        mean: over shards.
    """
    names = [name for name, weight in policy.named_parameters() if weight.requires_grad]
    advantage = advantage - mean(advantage)
    advantage = advantage / mean(advantage.square()).sqrt().clamp_min(1e-6)

    def pi(weights: Sequence[Tensor]) -> Categorical:
        return Categorical(logits=functional_call(policy, dict(zip(names, weights, strict=True)), (state,)))

    def local(weights: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        new = pi(weights)
        ratio = (new.log_prob(action) - old.log_prob(action)).exp()
        gain = (ratio - 1) * advantage + entropy * (new.entropy() - old.entropy())
        return gain.mean(), kl_divergence(old, new).mean()

    weights = [weight for weight in policy.parameters() if weight.requires_grad]
    with torch.autocast(state.device.type, enabled=False):  # a KL of .01 is lost in bfloat16
        old = pi([weight.detach() for weight in weights])
        return step(local, weights, limit=limit, damping=damping, mean=mean)


def generalised_advantage(
    reward: Tensor, value: Tensor, after: Tensor, ended: Tensor, terminated: Tensor, discount: float, trace: float
) -> Tensor:
    """A_t = δ_t + γλ A_{t+1}, δ_t = r_t + γ V(s_{t+1}) - V(s_t), (A, T). Schulman et al. 2016, 1506.02438, eq. 11-16.

    Args:
        reward: r, (A, T), T steps of A actors.
        value: V(s_t), (A, T).
        after: V(s_{t+1}), (A, T), of the state that the step led to, before any reset; counted unless terminated.
        ended: whether an episode ends with this step, bool (A, T): nothing is carried over its end.
        terminated: whether it ends for good, so that nothing would follow, bool (A, T).
        discount: γ in [0, 1].
        trace: λ in [0, 1].
    """
    error = reward + discount * after * ~terminated - value
    running, advantage = torch.zeros_like(error[:, 0]), torch.zeros_like(error)
    for t in reversed(range(error.shape[1])):
        running = error[:, t] + discount * trace * running * ~ended[:, t]
        advantage[:, t] = running
    return advantage


def flat(parts: Sequence[Tensor]) -> Tensor:
    """Tensors joined into one vector, (P,)."""
    return torch.cat([part.reshape(-1) for part in parts])


def unflat(vector: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """A vector (P,) cut into tensors of the shapes of `like`, the inverse of `flat`."""
    parts = vector.split([x.numel() for x in like])
    return [part.view_as(x) for part, x in zip(parts, like, strict=True)]
