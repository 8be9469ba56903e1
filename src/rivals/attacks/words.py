"""Classifiers of sentences as attacks see them, and what words and sentences have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.attacks.victim import NoGradient, Victim
from rivals.errors import RivalsError, UsageError

TEXT = (
    "a an the and or but though although if because as of at by for with about against between into through "
    "during before after above below to from up down in out on off over under again further then once here there "
    "when where why how all any both each few more most other some such no nor not never none nobody nothing "
    "neither hardly only own same so than too very can cannot could should would will shall may might must i me "
    "my we us our you your he him his she her it its they them their what which who whom whose this that these "
    "those am is are was were be been being have has had having do does did doing n't 's 're 've 'll 'd . , ; : ! "
    "? ' \" - ( ) "
)

STOPPED = frozenset(TEXT.split())
"""English words that keep a sentence together; they are not replaced."""


class Reading(Victim):
    """A classifier of sentences: symbols in, logits out; its gradient is that of its embedded words.

    Args:
        model: sentences, int64 (N, T) -> logits (N, K), with exactly one `nn.Embedding` that they pass through.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        found = [module for module in model.modules() if isinstance(module, nn.Embedding)]
        self.embedding = found[0] if len(found) == 1 else None

    @property
    def table(self) -> Tensor:
        """The embedding of every word, (V, D).

        Raises:
            RivalsError: for a model without exactly one `nn.Embedding`.
        """
        if self.embedding is None:
            raise RivalsError(
                "the model has not exactly one nn.Embedding: take textfooler, which needs none, and give it vectors"
            )
        return self.embedding.weight.detach()

    def slopes(self, tokens: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Gradient of the cross-entropy at the embedded words, (N, T, D), and the logits.

        Raises:
            NoGradient: where the sentences do not pass through the embedding.
        """
        seen: list[Tensor] = []

        def keep(module: nn.Module, inputs: Any, out: Tensor) -> Tensor:
            seen.append(out.detach().requires_grad_())
            return seen[-1]

        _ = self.table
        assert self.embedding is not None
        handle = self.embedding.register_forward_hook(keep)
        try:
            with torch.enable_grad():
                logits = self.logits(tokens)
                loss = F.cross_entropy(logits, y, reduction="sum")
                if len(seen) != 1 or not loss.requires_grad:
                    raise NoGradient("the sentences do not pass through the model's nn.Embedding once")
                (found,) = torch.autograd.grad(loss, seen[0])
        finally:
            handle.remove()
        self.gradients += len(tokens)
        return found, logits.detach()


class Meaning:
    """Which words and sentences are alike: cosines of vectors, whoever made them.

    Args:
        vectors: of words, (V, D); a word whose vector is 0 is like no other.
        stopped: places of words that are not replaced, nor taken as replacements; the filler 0 is one.
    """

    def __init__(self, vectors: Tensor, stopped: Tensor | None = None) -> None:
        self.vectors = F.normalize(vectors.float(), dim=1)
        self.free = self.vectors.any(1)
        self.free[0] = False
        if stopped is not None:
            self.free[stopped.to(self.free.device)] = False

    def words(self, tokens: Tensor) -> Tensor:
        """Cosine of each word with every other, (..., V); -1 for itself, and where one of the two must stay."""
        like = self.vectors[tokens] @ self.vectors.T
        allowed = self.free & self.free[tokens][..., None]
        allowed = allowed.scatter(-1, tokens[..., None], False)
        return like.masked_fill(~allowed, -1.0)

    def sentences(self, a: Tensor, b: Tensor) -> Tensor:
        """1 - angle/π of the sums of their words' vectors, (..., T) and (..., T) -> (...); 1 for equal ones."""
        one, other = (self.vectors[x].sum(-2) for x in (a, b))
        cosine = F.cosine_similarity(one, other, dim=-1, eps=1e-12).clamp(-1, 1)
        return torch.where((a == b).all(-1), 1.0, 1 - cosine.acos() / torch.pi)


def places(symbols: tuple[str, ...]) -> Tensor:
    """Places in a vocabulary of the words that are not replaced."""
    return torch.tensor([i for i, word in enumerate(symbols) if not word or word.lower() in STOPPED], dtype=torch.long)


@contextmanager
def asked(
    model: nn.Module | Reading, tokens: Tensor, y: Tensor, vectors: Tensor | Meaning | None
) -> Iterator[tuple[Reading, Tensor, Tensor, Meaning]]:
    """What an attack on sentences works with, the model in evaluation mode meanwhile.

    Args:
        model: sentences -> logits.
        tokens: int64 (N, T); 0 fills up.
        y: labels, int64 (N,).
        vectors: in which words are compared, (V, D); by default the model's own embedding.

    Raises:
        UsageError: for other types and shapes, or symbols that have no vector.
    """
    victim = model if isinstance(model, Reading) else Reading(model)
    if tokens.dtype != torch.long or tokens.dim() != 2 or not len(tokens):
        raise UsageError(f"an attack on sentences takes int64 (N, T), not {tokens.dtype} {tuple(tokens.shape)}")
    if y.dtype != torch.long or y.shape != tokens.shape[:1]:
        raise UsageError(f"labels are int64 ({len(tokens)},), not {y.dtype} {tuple(y.shape)}")
    place = victim.device
    if not isinstance(vectors, Meaning):
        vectors = Meaning((victim.table if vectors is None else vectors).to(place))
    if int(tokens.max()) >= len(vectors.vectors) or int(tokens.min()) < 0:
        raise UsageError(
            f"symbols reach from {int(tokens.min())} to {int(tokens.max())}, and {len(vectors.vectors)} have vectors"
        )
    with victim.still():
        yield victim, tokens.to(place), y.to(place), vectors
