"""Whoever is attacked: a model that is looked at, and asked for gradients, but never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from rivals.attacks.watch import Watch
from rivals.errors import RivalsError, UsageError

Loss = Callable[[Tensor], Tensor]
"""Logits (N, K) -> what is climbed, (N,)."""


class NoGradient(RivalsError):
    """A model from whose gradient nothing can be learnt."""


class Victim:
    """A classifier as attacks see it: samples in, logits out, every question counted.

    Args:
        model: samples (N, ...) -> logits (N, K), one row a sample.
        bounds: lowest and highest value of a sample's numbers.
        preprocessing: (mean, std) a channel, applied to samples before the model; None where the model does it itself.

    Raises:
        UsageError: for bounds in the wrong order, or a std that is not above 0.
    """

    def __init__(
        self,
        model: nn.Module,
        bounds: tuple[float, float] = (0.0, 1.0),
        preprocessing: tuple[Sequence[float], Sequence[float]] | None = None,
    ) -> None:
        if not bounds[0] < bounds[1]:
            raise UsageError(f"bounds are the lowest and the highest value, not {bounds[0]:g} and {bounds[1]:g}")
        self.model, self.bounds, self.queries, self.gradients = model, bounds, 0, 0
        self.watch: Watch | None = None
        self._scale: tuple[Tensor, Tensor] | None = None
        if preprocessing is not None:
            mean, std = (torch.as_tensor(part, dtype=torch.float32).view(-1, 1, 1) for part in preprocessing)
            if not (std > 0).all():
                raise UsageError("preprocessing is (mean, std), and every std is above 0")
            self._scale = mean, std

    @property
    def device(self) -> torch.device:
        """Of the model's first parameter; the CPU where it has none."""
        return next((p.device for p in self.model.parameters()), torch.device("cpu"))

    def logits(self, x: Tensor, rows: Tensor | None = None) -> Tensor:
        """What the model says of samples (N, ...), (N, K).

        Args:
            x: samples.
            rows: which of the batch that is attacked they are variants of, (N,), for who watches; None for all.

        Raises:
            RivalsError: for anything but finite logits, one row a sample.
        """
        self.queries += len(x)
        seen = x
        if self._scale is not None:
            mean, std = (part.to(x) for part in self._scale)
            seen = (x - mean) / std
        found = checked(self.model(seen), len(x))
        if self.watch is not None:
            self.watch.note(x, found, rows)
        return found

    def gradient(self, x: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
        """Gradient of the loss at samples (N, ...), of their shape, and the logits (N, K) there.

        Raises:
            NoGradient: for a model without one, or where the first one that is asked for is 0 throughout.
        """
        with torch.enable_grad():
            at = x.detach().requires_grad_()
            logits = self.logits(at)
            if not logits.requires_grad:
                raise NoGradient("the model's logits do not depend on its input by anything that has a gradient")
            (found,) = torch.autograd.grad(loss(logits).sum(), at)
        if not self.gradients and not found.any():
            raise NoGradient(
                "the gradient is 0 for every sample: something in the model rounds or cuts, or its logits are as large "
                "as probabilities of 1 (then climb loss=dlr); attack the layers behind it, or take square or boundary"
            )
        self.gradients += len(x)
        return found.detach(), logits.detach()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Evaluation mode without gradients to the weights; every module's mode is put back afterwards."""
        modes = [(module, module.training) for module in self.model.modules()]
        try:
            self.model.eval()
            with torch.no_grad():
                yield
        finally:
            for module, mode in modes:
                module.training = mode


def checked(logits: Any, n: int) -> Tensor:
    """Logits, refused where they are none.

    Raises:
        RivalsError: for another type or shape, or numbers that are not finite.
    """
    if not isinstance(logits, Tensor):
        raise RivalsError(f"the model gives {type(logits).__name__}, not logits (N, classes): wrap it so that it does")
    if logits.dim() != 2 or len(logits) != n or logits.shape[1] < 2:
        raise RivalsError(
            f"the model gives {tuple(logits.shape)} for {n} samples, not logits ({n}, classes) with at least 2 classes"
        )
    if not logits.isfinite().all():
        raise RivalsError("the model gives NaN or infinity: an attack on it would mean nothing")
    return logits


def probabilities(logits: Tensor) -> bool:
    """Whether these look like probabilities: all in [0, 1], each row with sum 1."""
    return bool((logits >= 0).all() and ((logits.sum(1) - 1).abs() < 1e-4).all())
