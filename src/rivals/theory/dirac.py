"""The Dirac-GAN: a point mass at θ plays against a critic of slope ψ, and the data are a point mass at 0.

L(θ, ψ) = f(ψθ) + f(0) with f(t) = -log(1 + e^-t); the critic climbs L, the generator descends it. Both end at 0, or do
not: with this game Mescheder et al. 2018, arXiv:1801.04406, tell apart which methods converge.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor

from rivals.errors import UsageError

Verdict: TypeAlias = Literal["none", "sublinear", "linear"]
Field: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

NODES = 40
"""Of the quadrature of instance noise; its integrands are smooth."""

NEAR = 0.03
"""A verdict is read from the curve up to where so much of the first distance is left: below, noise has a floor."""


@dataclass(frozen=True)
class Method:
    """A way to play.

    Attributes:
        name: as one writes it in a table.
        field: (θ, ψ), float64 of one shape -> (dθ, dψ), the directions in which both move.
        verdict: the paper's, of how fast both get to 0.
        bound: ψ is clipped to [-bound, bound] after each of its moves; None clips nothing.
    """

    name: str
    field: Field
    verdict: Verdict
    bound: float | None = None


def methods(
    *,
    gamma: float = 0.3,
    bound: float = 1.0,
    weight: float = 0.7,
    target: float = 1.0,
    noise: float = 0.7,
    consensus: float = 1.0,
) -> dict[str, Method]:
    """The methods that the paper compares.

    Args:
        gamma: γ of R1 and R2, at least 0.
        bound: WGAN's c, above 0.
        weight, target: λ and g₀ of WGAN-GP's λ/2 (|ψ| - g₀)², at least 0.
        noise: σ of the instance noise, at least 0; the field is its expectation.
        consensus: γ of γ/2 ‖v‖², at least 0, v being the plain game's field.

    Raises:
        UsageError: for a value out of its range.
    """
    given = {"gamma": gamma, "weight": weight, "target": target, "noise": noise, "consensus": consensus}
    for name, value in given.items():
        if value < 0:
            raise UsageError(f"{name} must be at least 0, not {value}")
    if bound <= 0:
        raise UsageError(f"bound must be above 0, not {bound}")
    nodes, share = (torch.from_numpy(x) for x in np.polynomial.hermite_e.hermegauss(NODES))
    share = share / share.sum()

    def penalised(field: Field) -> Field:
        # of a point mass, ‖∇D‖² is ψ² at the reals and at the fakes alike: R1 and R2 are one
        return lambda a, b: (field(a, b)[0], field(a, b)[1] - gamma * b)

    def wgan_gp(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return -b, a - weight * b.sign() * (b.abs() - target)

    def instance_noise(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        fake, real = a[..., None] + noise * nodes, noise * nodes
        at_fake, at_real = torch.sigmoid(-b[..., None] * fake), torch.sigmoid(b[..., None] * real)
        return -b * (share * at_fake).sum(-1), (share * (fake * at_fake - real * at_real)).sum(-1)

    def agreeing(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        # ½‖v‖² = ½(θ² + ψ²) s², s = f'(θψ), s' = -s(1 - s)
        s, (da, db) = torch.sigmoid(-a * b), plain(a, b)
        steep = (a**2 + b**2) * s**2 * (1 - s)
        return da - consensus * (a * s**2 - b * steep), db - consensus * (b * s**2 - a * steep)

    return {
        "gan": Method("GAN", plain, "none"),
        "nsgan": Method("NSGAN", non_saturating, "sublinear"),
        "wgan": Method("WGAN", lambda a, b: (-b, a.clone()), "none", bound),
        "wgan-gp": Method("WGAN-GP", wgan_gp, "none"),
        "instance-noise": Method("instance noise", instance_noise, "linear"),
        "r1": Method("R1", penalised(plain), "linear"),
        "r2": Method("R2", penalised(plain), "linear"),
        "consensus": Method("consensus", agreeing, "linear"),
        "nsgan-r1": Method("NSGAN, R1", penalised(non_saturating), "linear"),
    }


def plain(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The plain game's field (-ψ f'(θψ), θ f'(θψ))."""
    s = torch.sigmoid(-a * b)
    return -b * s, a * s


def non_saturating(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The field where the generator climbs f(-θψ): (-ψ f'(-θψ), θ f'(θψ))."""
    return -b * torch.sigmoid(a * b), a * torch.sigmoid(-a * b)


def trajectory(
    method: Method,
    *,
    start: tuple[float, float] = (1.0, 1.0),
    rate: float = 0.2,
    steps: int = 500,
    critic_updates: int = 0,
) -> Tensor:
    """Where gradient steps lead, (steps + 1, 2) in float64: θ and ψ.

    Args:
        method: of `methods`.
        start: θ and ψ.
        rate: h, above 0.
        steps: at least 1.
        critic_updates: 0 moves both at once; n moves the generator, and then the critic n times.

    Raises:
        UsageError: for a value out of its range.
    """
    if rate <= 0 or steps < 1 or critic_updates < 0:
        raise UsageError(
            f"rate must be above 0, steps at least 1 and critic_updates at least 0, not {rate}, {steps}, "
            f"{critic_updates}"
        )
    bound = float("inf") if method.bound is None else method.bound
    a, b = torch.tensor(start, dtype=torch.float64)
    path = [torch.stack([a, b])]
    for _ in range(steps):
        da, db = method.field(a, b)
        a = a + rate * da
        for move in range(max(1, critic_updates)):
            # at once: the critic has seen the same point as the generator
            b = (b + rate * (db if move == critic_updates else method.field(a, b)[1])).clamp(-bound, bound)
        path.append(torch.stack([a, b]))
    return torch.stack(path)


def distance(path: Tensor) -> Tensor:
    """|(θ, ψ)| along a trajectory: (T, 2) -> (T,)."""
    norm: Tensor = torch.linalg.vector_norm(path, dim=-1)
    return norm


def verdict(distances: Tensor) -> Verdict:
    """How fast a curve of distances (T,) falls to 0.

    "none" where the largest one of its second half is hardly below the largest one of the quarter before. Otherwise
    "linear" or "sublinear": whether a straight line fits log d better over time or over log time, d being the largest
    distance that is still to come. The curve ends where `NEAR` of the first distance is left.

    Raises:
        UsageError: for fewer than 16 distances.
    """
    if len(distances) < 16:
        raise UsageError(f"a verdict needs at least 16 distances, not {len(distances)}")
    near = torch.nonzero(distances <= NEAR * distances[0])
    end = max(15, int(near[0])) if len(near) else len(distances) - 1
    before, after = distances[end // 4 : end // 2 + 1].max(), distances[end // 2 : end + 1].max()
    if after > 0.93 * before:  # a power of time as slow as t^-0.1 would still pass
        return "none"
    time = torch.arange(end // 8, end + 1, dtype=torch.float64) + 1
    to_come = distances[end // 8 : end + 1].double().flip(0).cummax(0).values.flip(0)
    curve = to_come.clamp_min(1e-300).log()
    return "linear" if _misfit(time, curve) < _misfit(time.log(), curve) else "sublinear"


def _misfit(x: Tensor, y: Tensor) -> float:
    """The sum of squares that a straight line leaves over."""
    line = torch.stack([x, torch.ones_like(x)], 1)
    return float((line @ torch.linalg.lstsq(line, y[:, None]).solution - y[:, None]).square().sum())


def jacobian(method: Method, at: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    """The field's Jacobian at (θ, ψ), by automatic differentiation: (2, 2) in float64."""
    point = torch.tensor(at, dtype=torch.float64)
    found = torch.autograd.functional.jacobian(lambda x: torch.stack(method.field(x[0], x[1])), point)
    assert isinstance(found, Tensor)
    return found


def eigenvalues(method: Method, at: tuple[float, float] = (0.0, 0.0)) -> list[complex]:
    """Those of the Jacobian at (θ, ψ), the equilibrium by default, sorted by imaginary, then real part."""
    return _sorted(torch.linalg.eigvals(jacobian(method, at)).tolist())


def closed_form(damping: float = 0.0) -> list[complex]:
    """-γ/2 ± √(γ²/4 - ¼), the equilibrium's eigenvalues where the critic is damped by γ; sorted as `eigenvalues`.

    γ is R1's or R2's own; none in the plain game: ±i/2; σ²/2 of instance noise.
    """
    root = cmath.sqrt(damping**2 / 4 - 0.25)
    return _sorted([-damping / 2 - root, -damping / 2 + root])


def _sorted(values: list[complex]) -> list[complex]:
    return sorted(values, key=lambda z: (round(z.imag, 9), z.real))
