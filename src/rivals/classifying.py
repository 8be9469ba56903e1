"""Games whose outcome is a classifier: what they name samples, and what they show of their training."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.run import Run
from rivals.verbs import verb


class Classifying(Game):
    """A game with the verb classify; its samples are what its training makes of samples that it keeps.

    A subclass names samples by the player `classifier`, (N, ...) -> logits (N, K), or says how in `logits`; unless it
    steps in a way of its own, it learns to name the training samples.

    Args:
        shape: of a sample.
        dtype: of its numbers.
    """

    original = False
    most: ClassVar[int | None] = Game.chunk
    classifier: Player
    kept: Tensor
    labels: Tensor

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.register_buffer("kept", torch.zeros(self.chunk, *shape, dtype=dtype))
        self.register_buffer("labels", torch.zeros(self.chunk, dtype=torch.long))

    def prepare(self, run: Run) -> None:
        """Keep samples that are shown, repeated where there are few."""
        x, y = run.examples(self.chunk), run.examples(self.chunk, "label")
        rows = torch.arange(self.chunk, device=x.device) % len(x)
        self.kept.copy_(x[rows])
        self.labels.copy_(y[rows])

    def step(self, run: Run) -> None:
        """One descent of the cross-entropy."""
        self.learn(run, self.classifier, self.logits)

    def learn(
        self, run: Run, player: Player, logits: Callable[[Tensor], Tensor] | None = None, by: float = 1.0
    ) -> None:
        """One descent of a classifier on a labelled batch: -log softmax(logits / by)_y.

        Args:
            run: gives the batch.
            player: who moves.
            logits: samples -> logits (N, K); by default the player's own.
            by: temperature.
        """
        x, y = run.real(run.source.main, "label")
        run.descend((player, F.cross_entropy((logits or player)(x) / by, y, reduction="none")))

    @property
    def network(self) -> nn.Module:
        """Who names samples, (N, ...) -> logits (N, K): what a certificate looks into."""
        player = self.classifier
        return player.average if player.presenting and player.average is not None else player.net

    def logits(self, x: Tensor) -> Tensor:
        """Of the classes, (N, K), up to a constant a sample."""
        found: Tensor = self.classifier(x)
        return found

    @verb
    def classify(self, x: Tensor) -> Tensor:
        """Log p(y | x)."""
        return self.logits(x).log_softmax(1)

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """What the training makes of samples (N, ...) with labels (N,): what a step descends on."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it shows")

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """What the training makes of the kept samples."""
        return self.shown(self.kept[:n], self.labels[:n])


def several(classes: int, who: str) -> None:
    """Refuse data without classes.

    Args:
        classes: of the data.
        who: the recipe that needs them.

    Raises:
        UsageError: for fewer than 2.
    """
    if classes < 2:
        raise UsageError(f"{who} needs data with at least 2 classes")
