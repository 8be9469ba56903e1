"""Semi-supervised games: the critic also names classes, and few of the data carry a label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.adversarial import Adversarial
from rivals.data.labelled import FewLabels
from rivals.data.sources import FEW, Source
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.objectives import Pass
from rivals.run import Run
from rivals.terms import Term
from rivals.verbs import verb
from rivals.views import View


class FewLabelled(Game):
    """A game that learns to classify from a few labels: a labelled stream beside the data.

    A subclass says what it makes of samples, `log_probabilities`, and descends what `named` gives.

    Args:
        classes: K, at least 2.
        labels: how many labelled samples there are, balanced over the classes; 0 for a game that uses none. Of data
            some of whose samples have a label it takes all of those.
        subset: which samples those are; None for a choice that follows the seed the game was created with.
        **others: of the next base class.

    Raises:
        UsageError: for data without classes, a negative number of labels, or none where the game needs some.
    """

    needed: ClassVar[bool] = False
    """Whether there is no such game without labels."""

    def __init__(self, *, classes: int, labels: int, subset: int | None = None, **others: Any) -> None:
        super().__init__(**others)
        if labels < 0:
            raise UsageError(f"the number of labels must be at least 0, not {labels}")
        if self.needed and not labels:
            raise UsageError("this game learns from labels: give at least one of each class")
        if labels and classes < 2:
            raise UsageError("learning from a few labels needs data with at least 2 classes")
        self.labels, self.subset = labels, subset
        self.lacks = () if labels else ("classify",)

    def feed(self, source: Source) -> Source:
        """The data with the labelled samples beside it."""
        if set(FEW) <= set(source.fields):
            return source
        seed = self.config["seed"] if self.config else 0
        return FewLabels(source, self.labels, seed if self.subset is None else self.subset) if self.labels else source

    def named(self, run: Run, *critics: Callable[[Tensor], Tensor], view: View | None = None) -> list[Tensor]:
        """-log p(y | x, y ≤ K) by each critic, samples -> logits (N, K), on the next labelled batch; (N,) each."""
        x, label = run.real(*FEW)
        x = view(x) if view else x
        return [F.cross_entropy(critic(x), label, reduction="none") for critic in critics]

    def log_probabilities(self, x: Tensor) -> Tensor:
        """Of the classes, (N, ...) -> (N, K)."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it classifies")

    @verb
    def classify(self, x: Tensor) -> Tensor:
        """Log probabilities of the classes, (N, ...) -> (N, K)."""
        return self.log_probabilities(x)


class SemiSupervised(FewLabelled, Adversarial):
    """A critic of K classes, of which all are "real"; the logit of "fake" is 0. Salimans et al. 2016, section 5.

    D(x) = Z(x) / (Z(x) + 1), Z(x) = Σ_k exp l_k(x), so log Σ_k exp l_k is the logit of any objective on logits. The
    critic further descends -log p(y | x, y ≤ K) on the labelled samples, a batch of them at each of its moves.

    Args:
        supervised: weight of the labelled samples' loss.
        unlabelled: weight of the objective in the critic's loss; at 0 the critic learns from the labels alone.
        **others: of `FewLabelled` and `Adversarial`, whose critic gives (N, K) logits.
    """

    needed = True

    def __init__(self, *, supervised: float = 1.0, unlabelled: float = 1.0, **others: Any) -> None:
        super().__init__(**others)
        self.supervised, self.unlabelled = supervised, unlabelled

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """The logit of "real", log Σ_k exp l_k(x): (N, ...) -> (N,)."""
        return real_logit(self.critic(x))

    def critic_loss(self, run: Run, p: Pass) -> dict[str, Tensor]:
        """The game's losses, and that of the labelled samples."""
        (named,) = self.named(run, self.critic, view=self.view)
        loss = super().critic_loss(run, p)
        return {"labelled": self.supervised * named, **loss, "objective": self.unlabelled * loss["objective"]}

    def log_probabilities(self, x: Tensor) -> Tensor:
        """See `FewLabelled`."""
        logits: Tensor = self.critic(x)
        return logits.log_softmax(1)


class Naming(Term):
    """A head on the critic's trunk that names classes; `Named` says what it learns from.

    Args:
        trunk: of the critic, which the critic's side moves; samples -> features.
        head: features -> logits (N, K).
        weight: how much of its gradient the trunk gets; the head always gets all of it, and at 0 it only reads.
    """

    name = "naming"

    def __init__(self, trunk: Player, head: Player, weight: float = 1.0) -> None:
        super().__init__()
        self.head, self.critic_players, self.weight = head, (head,), weight
        self._trunk = (trunk,)  # in a tuple: owned elsewhere

    def logits(self, x: Tensor) -> Tensor:
        """Of the classes, (N, ...) -> (N, K)."""
        features = self._trunk[0](x)
        logits: Tensor = self.head(torch.lerp(features.detach(), features, self.weight))
        return logits


class Named(FewLabelled, Adversarial):
    """A game whose critic has a second head that learns the classes of the few labelled samples in the critic's move.

    Args:
        naming: the head.
        **others: of `FewLabelled` and `Adversarial`.
    """

    needed = True

    def __init__(self, *, naming: Naming, **others: Any) -> None:
        self._naming = (naming,)  # in a tuple: owned by the terms
        super().__init__(**others)

    def join_terms(self) -> None:
        """The head is one of the terms, whichever are set from outside."""
        if not any(term is self._naming[0] for term in self.terms):
            self.terms.append(self._naming[0])
        super().join_terms()

    def critic_loss(self, run: Run, p: Pass) -> dict[str, Tensor]:
        """The game's losses, and -log p(y | x) of the labelled samples."""
        (named,) = self.named(run, self._naming[0].logits, view=self.view)
        return {"labelled": named, **super().critic_loss(run, p)}

    def log_probabilities(self, x: Tensor) -> Tensor:
        """See `FewLabelled`."""
        return self._naming[0].logits(x).log_softmax(1)


def real_logit(logits: Tensor) -> Tensor:
    """The logit of "real" where K classes are real and "fake" has logit 0: (N, K) -> (N,); (N,) is one already."""
    return logits.logsumexp(1) if logits.dim() > 1 else logits
