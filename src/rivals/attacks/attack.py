"""The protocol of attacks: what is checked before, what holds afterwards, and which there are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn

from rivals import noise
from rivals.attacks import ball
from rivals.attacks.losses import fooled as fooled
from rivals.attacks.victim import Victim
from rivals.errors import RivalsError, UsageError

Core = Callable[..., Tensor]
"""(victim, x (N, ...), y (N,), target (N,) or None, options) -> adversarial samples (N, ...)."""


@dataclass(frozen=True)
class Attack:
    """An attack that is registered.

    Attributes:
        name: what `rivals attack --method` takes.
        function: (model, x, y, target=None, *, bounds, preprocessing, seed, batch, options) -> adversarial samples.
        paper: where it is from.
        options: with their defaults.
        white: whether it uses gradients.
        minimal: whether it looks for the smallest perturbation, instead of the worst in a ball.
        targeted: whether it can lead to a class that is named.
    """

    name: str
    function: Callable[..., Tensor]
    paper: str
    options: dict[str, Any] = field(default_factory=dict)
    white: bool = True
    minimal: bool = False
    targeted: bool = True


ATTACKS: dict[str, Attack] = {}
"""Name -> attack, in the order in which they are told."""


def attack(name: str, paper: str, **facts: bool) -> Callable[[Core], Callable[..., Tensor]]:
    """Make a plain function of an attack's core, and register it.

    The function takes any model and any number of samples. The model is in evaluation mode while it runs, and
    afterwards as it was; what comes back lies in the bounds and, where the attack has an `epsilon`, in the ball, to the
    last digit. The same seed gives the same samples.

    Args:
        name: for `rivals attack --method`.
        paper: where it is from.
        **facts: of `Attack`.
    """

    def register(core: Core) -> Callable[..., Tensor]:
        own = {p.name: p for p in inspect.signature(core).parameters.values() if p.kind is p.KEYWORD_ONLY}

        @wraps(core)
        def public(
            model: nn.Module | Victim,
            x: Tensor,
            y: Tensor,
            target: Tensor | int | None = None,
            *,
            bounds: tuple[float, float] = (0.0, 1.0),
            preprocessing: tuple[Sequence[float], Sequence[float]] | None = None,
            seed: int = 0,
            batch: int = 250,
            **options: Any,
        ) -> Tensor:
            victim = model if isinstance(model, Victim) else Victim(model, bounds, preprocessing)
            if unknown := sorted(options.keys() - own.keys()):
                raise UsageError(f"{name} has no option '{unknown[0]}'; it takes {', '.join(own)}")
            if target is not None and not ATTACKS[name].targeted:
                raise UsageError(f"{name} leads to no class that is named: leave the target out")
            options = {key: own[key].default for key in own} | options
            if "norm" in options:
                options["norm"] = ball.known(options["norm"])
            samples, labels, wanted = _checked(victim, x, y, target)
            return _run(core, name, victim, samples, labels, wanted, seed, batch, options).to(x.device)

        public.__signature__ = inspect.Signature([  # type: ignore[attr-defined]
            *(p for p in inspect.signature(public, follow_wrapped=False).parameters.values() if p.name != "options"),
            *own.values(),
        ])  # fmt: skip
        ATTACKS[name] = Attack(name, public, paper, {key: p.default for key, p in own.items()}, **facts)
        return public

    return register


def _checked(victim: Victim, x: Tensor, y: Tensor, target: Tensor | int | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """Samples, labels and targets on the victim's device.

    Raises:
        UsageError: for shapes and types that do not fit.
        RivalsError: for samples outside of the bounds.
    """
    if not x.is_floating_point() or x.dim() < 2 or not len(x):
        raise UsageError(f"an attack takes float samples (N, ...), not {x.dtype} {tuple(x.shape)}")
    if isinstance(target, int):
        target = torch.full_like(y, target)
    for what, labels in (("labels", y), ("targets", target)):
        if labels is not None and (labels.dtype != torch.long or labels.shape != x.shape[:1]):
            raise UsageError(f"{what} are int64 ({len(x)},), not {labels.dtype} {tuple(labels.shape)}")
    low, high = victim.bounds
    if not x.isfinite().all():
        raise RivalsError("samples hold NaN or infinity")
    if x.min() < low - 1e-6 or x.max() > high + 1e-6:
        raise RivalsError(
            f"samples reach from {x.min():.4g} to {x.max():.4g}, outside of the bounds {low:g} and {high:g}: name "
            "their bounds, or, where they have been normalised, give them as before, and the rest as preprocessing"
        )
    place = victim.device
    return x.to(place), y.to(place), target.to(place) if target is not None else None


def _run(
    core: Core, name: str, victim: Victim, x: Tensor, y: Tensor, target: Tensor | None, seed: int, batch: int,
    options: dict[str, Any],
) -> Tensor:  # fmt: skip
    parts = []
    with victim.still():
        for c, start in enumerate(range(0, len(x), batch)):
            at = slice(start, start + batch)
            with noise.seeded(victim.device, "attack", name, seed, c):
                wanted = None if target is None else target[at]
                if victim.watch is not None:
                    victim.watch.begin(x[at], y[at], wanted)
                made = core(victim, x[at], y[at], wanted, **options)
            made = made.detach().clamp(*victim.bounds)
            if "epsilon" in options and not ATTACKS[name].minimal:
                made = ball.settle(x[at], made, options["epsilon"], options.get("norm", "inf"), victim.bounds)
            parts.append(made)
    return torch.cat(parts)


def lowered(x: Tensor) -> Tensor:
    """Samples as an 8-bit picture keeps them: rounded to 1/255, for values in [0, 1]."""
    return (x * 255).round() / 255
