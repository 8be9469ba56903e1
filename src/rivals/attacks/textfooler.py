"""Words replaced by synonyms, the most important first; probabilities are all that is asked for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.attacks.words import Meaning, Reading, asked


def textfooler(
    model: nn.Module | Reading,
    tokens: Tensor,
    y: Tensor,
    *,
    vectors: Tensor | Meaning | None = None,
    similarity: float = 0.7,
    sentence: float = 0.7,
    candidates: int = 50,
) -> Tensor:
    """Rank words by what their deletion does, then try the synonyms of each; algorithm 1.

    The importance of word w_i is F_y(X) - F_y(X without w_i), and where another class wins then, its own gain is added
    (eq. 2). Of the synonyms that change the class the one that keeps the sentence most alike is taken; where none does,
    the one that lowers F_y most, and the next word is tried. Jin et al. 2019, arXiv:1907.11932.

    Args:
        model: sentences, int64 (N, T) -> logits (N, K); or a `Reading` of it.
        tokens: sentences (N, T); 0 fills up.
        y: their labels (N,).
        vectors: of words, (V, D), or a `Meaning`, in which words and sentences are compared; by default the model's
            embedding.
        similarity: least cosine of a word and its synonym, the paper's δ.
        sentence: least likeness of the sentence and the original, the paper's ε.
        candidates: synonyms at most, the paper's N.

    Returns:
        Sentences (N, T): those that the model names wrongly where that was found, the others as they were.

    Raises:
        UsageError: for other types and shapes.

    Deviations: 1. Sentences are compared by the angle of their words' summed vectors, whole sentences with the
    original; the paper has the Universal Sentence Encoder. 2. Instead of a tagger for parts of speech, the vectors
    decide which words are of a kind.
    """
    with asked(model, tokens, y, vectors) as (victim, x, label, meaning):
        made = [
            _one(victim, one, int(k), meaning, similarity, sentence, candidates)
            for one, k in zip(x, label, strict=True)
        ]
        return torch.stack(made).to(tokens.device)


def _one(
    victim: Reading, x: Tensor, y: int, meaning: Meaning, similarity: float, sentence: float, candidates: int
) -> Tensor:
    words = torch.nonzero(x)[:, 0]
    if not len(words):
        return x
    chances = victim.logits(torch.cat([x[None], _without(x, words)])).softmax(1)
    before, deleted = chances[0], chances[1:]
    if int(before.argmax()) != y:
        return x
    named = deleted.argmax(1)
    other = (deleted.gather(1, named[:, None])[:, 0] - before[named]).masked_fill(named == y, 0.0)
    near, chance = x.clone(), float(before[y])
    like = meaning.words(x)
    for place in words[(before[y] - deleted[:, y] + other).argsort(descending=True)].tolist():
        worth, synonyms = like[place].topk(min(candidates, like.shape[1]))
        synonyms = synonyms[worth >= similarity]
        tried = near.repeat(len(synonyms), 1)
        tried[:, place] = synonyms
        alike = meaning.sentences(tried, x.expand_as(tried))
        tried, alike = tried[alike >= sentence], alike[alike >= sentence]
        if not len(tried):
            continue
        found = victim.logits(tried).softmax(1)
        changed = found.argmax(1) != y
        if changed.any():
            return tried[alike.masked_fill(~changed, -1.0).argmax()]
        least = int(found[:, y].argmin())
        if float(found[least, y]) < chance:
            near, chance = tried[least], float(found[least, y])
    return x


def _without(x: Tensor, words: Tensor) -> Tensor:
    """The sentence without one of its words, for each of them, (len(words), T)."""
    at = torch.arange(len(x), device=x.device)
    source = at + (at >= words[:, None]).long()
    return torch.nn.functional.pad(x, (0, 1))[source]
