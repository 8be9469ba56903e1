"""What all translators share: a few inputs of their own, so that sampling needs no data set."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rivals.game import Game
from rivals.run import Run


class Translator(Game):
    """A game that maps pictures or points of domain x to domain y.

    Its samples are the translations of a few inputs that it keeps from the training data.

    Args:
        shape: of one x.
    """

    chunk: ClassVar[int] = 16
    most: ClassVar[int | None] = 16

    examples: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("examples", torch.zeros(self.chunk, *shape))

    def prepare(self, run: Run) -> None:
        """Keep the first inputs of the data, repeated where there are few."""
        x = run.examples(self.chunk, "x")
        self.examples.copy_(x[torch.arange(self.chunk, device=x.device) % len(x)])

    def translate(self, x: Tensor) -> Tensor:
        """X (N, ...) -> y (N, ...)."""
        raise NotImplementedError

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        return self.translate(self.examples[:n])
