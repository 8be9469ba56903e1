"""A classifier of sentences, and the words by which it is fooled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from rivals.attacks.hotflip import hotflip
from rivals.attacks.textfooler import textfooler
from rivals.attacks.words import Meaning, places
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Sentences
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.sentences import SentenceClassifier
from rivals.nn.cooccurrence import leanings, word_vectors
from rivals.optim import adam
from rivals.run import Run

READ = 20_000
"""Training sentences at most from which the words' vectors are made."""


class Read(Classifying):
    """A classifier that learns by cross-entropy, and shows training sentences as an attack leaves them.

    Args:
        classifier: sentences (N, T) -> logits (N, K).
        data: what it reads.
        attack: (model, sentences, labels, vectors=…) -> sentences.
        size: of a word's vector.
        apart: how far words that speak for different classes are pushed apart.
    """

    vectors: Tensor
    stopped: Tensor

    def __init__(
        self, classifier: Player, data: Sentences, attack: Callable[..., Tensor], size: int, apart: float
    ) -> None:
        super().__init__((data.length,), torch.long)
        self.classifier, self.attack, self.apart, self.sizes = classifier, attack, apart, (data.vocabulary, size)
        self.register_buffer("vectors", torch.zeros(data.vocabulary, size + data.classes))
        self.register_buffer("stopped", places(data.symbols))

    def prepare(self, run: Run) -> None:
        """Make the words' vectors of the training sentences, and keep the first sentences."""
        super().prepare(run)
        x, y = run.examples(READ), run.examples(READ, "label")
        vocabulary, size = self.sizes
        company = word_vectors(x, vocabulary, size)
        opinion = leanings(x, y, vocabulary, self.vectors.shape[1] - size)
        self.vectors.copy_(torch.cat([company, self.apart * opinion * company.any(1, keepdim=True)], 1))

    def meaning(self) -> Meaning:
        """In which words are compared."""
        return Meaning(self.vectors, self.stopped)

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """Sentences after the attack; those that it cannot change as they are."""
        return self.attack(self.classifier, x, y, vectors=self.meaning())


@recipe(
    "text-attack",
    paper=Paper("Is BERT Really Robust? A Strong Baseline for Natural Language Attack", 2019, "1907.11932"),
    data=("sentences",),
    kind="classifier",
    batch=50,
    steps=1000,
    tiny={"width": 4, "embedding": 8, "size": 8},
)
def text_attack(
    data: Sentences,
    *,
    attack: Literal["textfooler", "hotflip"] = "textfooler",
    similarity: float = 0.7,
    size: int = 50,
    apart: float = 1.0,
    width: int = 100,
    embedding: int = 64,
    dropout: float = 0.5,
    rate: float = 1e-3,
) -> Read:
    """The convolutional classifier of sentences that both papers attack, with vectors in which words are compared.

    Words are alike where they keep the same company (positive mutual information, Levy & Goldberg 2014) and speak for
    the same class; `rivals attack RUN --method textfooler` replaces them by others that are.

    Args:
        data: sentences with classes.
        attack: that samples show: "textfooler", or "hotflip" (Ebrahimi et al. 2017, arXiv:1712.06751).
        similarity: least cosine of a word and what replaces it, in samples.
        size: of a vector of a word's company.
        apart: weight of what a word says for each class beside its company; 0 leaves it out.
        width, embedding, dropout: of the classifier, see `rivals.networks.sentences`.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. Words' vectors are made of the training sentences instead of counter-fitted Paragram vectors; the
    leanings of words stand for lists of antonyms. 2. The classifier's embedding is learnt from nothing.
    """
    several(data.classes, "text-attack")
    if min(size, width, embedding) < 1 or apart < 0 or not (0 <= dropout < 1 and -1 <= similarity <= 1):
        raise UsageError(
            "text-attack: size, width and embedding are at least 1, apart at least 0, dropout in [0, 1), similarity in "
            "[-1, 1]"
        )
    attacks: dict[str, Callable[..., Tensor]] = {"textfooler": textfooler, "hotflip": hotflip}
    return Read(
        Player(SentenceClassifier(data, width, embedding, dropout), adam(rate)), data,
        partial(attacks[attack], similarity=similarity), size, apart,
    )  # fmt: skip
