"""What trained games can do besides making samples: the same words everywhere.

A recipe writes the mathematics of a verb as a method under `@verb`; what every caller wants of it is added here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch
from torch import Tensor

from rivals import noise

if TYPE_CHECKING:
    from rivals.game import Game

VERBS = {
    "encode": "samples (N, ...) -> codes (N, L)",
    "decode": "codes (N, L) -> samples (N, ...)",
    "reconstruct": "samples (N, ...) -> what comes of them through their codes, (N, ...)",
    "classify": "samples (N, ...) -> log probabilities of the classes (N, K)",
    "transcribe": "sounds (N, ...) -> letters of what is said (N, L), 0 fills up",
    "log_prob": "samples (N, ...) -> log p(x) or a lower bound of it, in nats, (N,)",
    "edit": "samples (N, ...), attribute=value, … -> the same samples with these values, (N, ...)",
    "complete": "samples (N, ...), places that are known (N, ...) -> samples with the other places made anew",
    "anomaly": "samples (N, ...) -> how unlike the training data each is, (N,)",
    "translate": "samples of x (N, ...) -> samples of y (N, ...)",
}
"""Name -> what it does; a game has those that it defines."""

CHUNK = 500
"""Samples that are dealt with at a time."""

Method = TypeVar("Method", bound=Callable[..., Tensor])


def verb(method: Method) -> Method:
    """A method of a game on samples, as callers want it: whatever their number, on any device, the same each time.

    It runs in evaluation mode with averaged weights and without gradients, on chunks of samples that are moved to the
    game's device; what it draws from `rivals.noise` depends on its name and the chunk alone. In training, a recipe
    calls its players instead.

    Args:
        method: (game, tensors (N, ...), further arguments) -> (N, ...); each tensor is cut alike.
    """

    @wraps(method)
    def public(game: Game, x: Tensor, *others: Any, **named: Any) -> Tensor:
        def cut(value: Any, at: slice) -> Any:
            return value[at].to(game.device) if isinstance(value, Tensor) and value.dim() else value

        def part(c: int) -> Tensor:
            at = slice(c * CHUNK, (c + 1) * CHUNK)
            with noise.seeded(game.device, method.__name__, c):
                return method(
                    game, cut(x, at), *(cut(v, at) for v in others), **{k: cut(v, at) for k, v in named.items()}
                )

        with game.presenting():
            return torch.cat([part(c) for c in range(max(1, -(-len(x) // CHUNK)))])

    return cast(Method, public)


def abilities(game: Game) -> list[str]:
    """The verbs that a game has, in the order of `VERBS`; its `lacks` names those that its options took away."""
    lacks = getattr(game, "lacks", ())
    return [name for name in VERBS if callable(getattr(game, name, None)) and name not in lacks]
