"""Scores of token sequences: overlap with references, novelty, distance of embeddings, likelihood under an oracle.

Sequences are an integer tensor (N, T) or a list of lists of symbols, all `str` or all `int`. A symbol that fills up
short lines is a symbol like any other: cut it off first where it should not count.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from rivals.errors import RivalsError, UsageError
from rivals.metrics.frechet import frechet_distance
from rivals.metrics.ngrams import Sentence, Tokens, grams, longest, sentences

EPSILON = 0.1
"""What takes the place of no match in a smoothed sentence's precision."""


@runtime_checkable
class Oracle(Protocol):
    """A truth that knows how likely sequences are."""

    def nll(self, tokens: Tensor, /) -> Tensor:
        """Negative log-likelihood in nats a symbol, int64 (N, T) -> (N,)."""


def bleu(hypotheses: Tokens, *references: Tokens, n: int = 4) -> float:
    """Corpus BLEU of sequences that have references of their own, a translation's say.

    B · exp(Σ_k log p_k / n), p_k the share of all hypotheses' k-grams that are in their references, each counted at
    most as often as in one of them, and B = min(1, e^(1 - r/c)) with c the length of all hypotheses and r that of their
    references closest in length. Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine
    translation". Not smoothed: 0 where no n-gram matches.

    Args:
        hypotheses: N sequences.
        references: one or several sets of N, the i-th of each a reference of the i-th hypothesis.
        n: longest n-gram, at least 1.

    Returns:
        BLEU in [0, 1]; sacrebleu prints 100 times that.

    Raises:
        UsageError: for n < 1 or no references.
        RivalsError: for sets of other sizes, or what are no sequences of one type.
    """
    longest(n)
    if not references:
        raise UsageError("BLEU needs at least one set of references")
    made, *sets = sentences(hypotheses, *references)
    if any(len(found) != len(made) for found in sets):
        sizes = ", ".join(str(len(found)) for found in sets)
        raise RivalsError(
            f"BLEU needs one reference of each set a hypothesis: {len(made)} hypotheses, {sizes} references"
        )
    matches, totals, length, wanted = [0] * n, [0] * n, 0, 0
    for hypothesis, *own in zip(made, *sets, strict=True):
        length += len(hypothesis)
        wanted += min((abs(len(r) - len(hypothesis)), len(r)) for r in own)[1]
        for k in range(n):
            most = _union(grams(r, k + 1) for r in own)
            counts = grams(hypothesis, k + 1)
            matches[k] += sum(min(c, most[gram]) for gram, c in counts.items())
            totals[k] += counts.total()
    if not all(matches):
        return 0.0
    logs = sum(math.log(m / t) for m, t in zip(matches, totals, strict=True)) / n
    return math.exp(min(0.0, 1 - wanted / length) + logs)


def reference_bleu(samples: Tokens, references: Tokens, n: int = 4) -> float:
    """Mean smoothed BLEU of each sample against all references at once: the "BLEU-n" of text GANs.

    A precision without a match has 0.1 for its count, and a sample without any symbol of the references scores 0, as
    NLTK's `sentence_bleu` with "method1", which Texygen (Zhu et al. 2018, arXiv:1802.01886) averages. It rises with the
    number of references: compare like with like.

    Args:
        samples: N sequences.
        references: M sequences, of held-out data.
        n: longest n-gram, at least 1.

    Returns:
        The mean in [0, 1]; higher is better.

    Raises:
        UsageError: for n < 1.
        RivalsError: for what are no sequences of one type.
    """
    longest(n)
    made, known = sentences(samples, references)
    most = [_union(grams(r, k + 1) for r in known) for k in range(n)]
    lengths = sorted({len(r) for r in known})
    return math.fsum(_smoothed(s, n, lambda k, gram: most[k][gram], lengths) for s in made) / len(made)


def self_bleu(samples: Tokens, n: int = 4) -> float:
    """Mean smoothed BLEU of each sample against all others: how alike the samples are.

    As `reference_bleu`; Texygen, Zhu et al. 2018, arXiv:1802.01886. It rises with the number of samples.

    Args:
        samples: N sequences, N ≥ 2.
        n: longest n-gram, at least 1.

    Returns:
        The mean in [0, 1]; lower is more diverse.

    Raises:
        UsageError: for n < 1.
        RivalsError: for a single sequence, or what are no sequences of one type.
    """
    longest(n)
    (made,) = sentences(samples)
    if len(made) < 2:
        raise RivalsError("self-BLEU compares samples with each other and needs at least 2")
    leading = [_leaders(made, k + 1) for k in range(n)]
    lengths = Counter(len(s) for s in made)
    total = []
    for i, sample in enumerate(made):

        def others(k: int, gram: Sentence, i: int = i) -> int:
            first, owner, second = leading[k][gram]
            return second if owner == i else first

        left = sorted(size for size, count in lengths.items() if count > 1 or size != len(sample))
        total.append(_smoothed(sample, n, others, left))
    return math.fsum(total) / len(made)


def novelty(samples: Tokens, train: Tokens) -> float:
    """Share of samples that are not in the training set, symbol for symbol.

    Args:
        samples: N sequences.
        train: M sequences.

    Returns:
        The share in [0, 1]; 0 for a model that only repeats.

    Raises:
        RivalsError: for what are no sequences of one type.
    """
    made, known = sentences(samples, train)
    seen = set(known)
    return sum(s not in seen for s in made) / len(made)


def frechet_embedding_distance(x: Tokens, y: Tokens, embed: Callable[[Tokens], Tensor] | None = None) -> float:
    """Fréchet distance between embeddings of two sets of sequences.

    `rivals.metrics.frechet.frechet_distance` of the embedded sets; de Masson d'Autume et al. 2019, arXiv:1905.09922,
    with a sentence encoder. Distances by different embeddings are never compared.

    Args:
        x: N sequences, N ≥ 2.
        y: M sequences, M ≥ 2.
        embed: N sequences -> (N, D); by default `hashed_ngrams`, which knows no meaning but needs no weights.

    Returns:
        d², at least 0.

    Raises:
        RivalsError: for what are no sequences of one type, or embeddings that are no (N, D) of finite numbers.
    """
    sentences(x, y)
    return frechet_distance(*((embed or hashed_ngrams)(tokens) for tokens in (x, y)))


def hashed_ngrams(tokens: Tokens, size: int = 256, n: int = 3) -> Tensor:
    """A fixed embedding: how often each 1-gram to n-gram occurs, hashed with signs into one vector of length 1.

    Weinberger et al. 2009, arXiv:0902.2206; the hash is scikit-learn's, the same on every machine.

    Args:
        tokens: N sequences.
        size: numbers of a vector.
        n: longest n-gram, at least 1.

    Returns:
        float64 (N, size).

    Raises:
        UsageError: for n < 1.
        RivalsError: for what are no sequences of one type.
    """
    from sklearn.feature_extraction import FeatureHasher  # slow to import

    longest(n)
    (made,) = sentences(tokens)
    named = ([repr(gram) for k in range(1, n + 1) for gram in grams(s, k).elements()] for s in made)
    counts = FeatureHasher(size, input_type="string").transform(named).toarray()
    return torch.nn.functional.normalize(torch.from_numpy(counts), dim=1)


def oracle_nll(tokens: Tensor, oracle: Oracle) -> float:
    """Mean negative log-likelihood of samples under the model that made the data, in nats a symbol.

    -E (1/T) Σ_t log p(y_t | y_<t), Yu et al. 2016, arXiv:1609.05473, eq. 9. It is low for samples of few modes as well:
    read it beside `self_bleu`.

    Args:
        tokens: integers (N, T).
        oracle: has `nll`.

    Returns:
        The mean; lower is better.

    Raises:
        RivalsError: for what are no integers (N, T).
    """
    sentences(tokens)
    return oracle.nll(tokens).double().mean().item()


def _smoothed(sample: Sentence, n: int, most: Callable[[int, Sentence], int], lengths: Sequence[int]) -> float:
    """BLEU of one sequence; `most` is the count up to which a k-gram matches, `lengths` those of the references."""
    logs = 0.0
    for k in range(n):
        counts = grams(sample, k + 1)
        matches = sum(min(c, most(k, gram)) for gram, c in counts.items())
        if not k and not matches:
            return 0.0
        logs += math.log((matches or EPSILON) / max(1, counts.total())) / n
    closest = min((abs(size - len(sample)), size) for size in lengths)[1]
    return math.exp(min(0.0, 1 - closest / len(sample)) + logs)


def _union(parts: Iterable[Counter[Sentence]]) -> Counter[Sentence]:
    """The most often that each gram is in one of them."""
    most: Counter[Sentence] = Counter()
    for part in parts:
        for gram, count in part.items():  # the operator | would walk through all that was found, each time
            if count > most[gram]:
                most[gram] = count
    return most


def _leaders(samples: Sequence[Sentence], k: int) -> dict[Sentence, tuple[int, int, int]]:
    """K-gram -> the most often it is in one sentence, in which, and the most often it is in another."""
    found: dict[Sentence, tuple[int, int, int]] = defaultdict(lambda: (0, -1, 0))
    for i, sentence in enumerate(samples):
        for gram, count in grams(sentence, k).items():
            first, owner, second = found[gram]
            found[gram] = (count, i, first) if count > first else (first, owner, max(second, count))
    return found
