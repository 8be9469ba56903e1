"""Opinions by a small grammar, with negation and words of degree: the class of any sentence of it is known."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from rivals.data.made.fixed import fixed, within
from rivals.data.sources import Source
from rivals.data.specs import Sentences


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GOOD = _words(
    "good great nice lovely excellent wonderful pleasant superb charming delightful fine splendid brilliant amazing "
    "friendly beautiful fantastic enjoyable marvellous impressive terrific fresh cosy elegant comfortable helpful "
    "generous perfect magnificent outstanding admirable graceful spotless gorgeous cheerful exquisite stunning "
    "heavenly polished sublime"
)
BAD = _words(
    "bad awful poor terrible horrible dreadful nasty boring dull rude disappointing disgusting ugly dirty "
    "unpleasant cold noisy shabby mediocre appalling annoying miserable gloomy stale bland tasteless filthy clumsy "
    "lousy hideous pathetic tedious careless dismal grim atrocious unbearable revolting shoddy abysmal"
)
LIKED = _words("liked loved enjoyed praised admired adored recommended treasured")
LOATHED = _words("hated disliked regretted criticised loathed despised cursed detested")
THINGS = _words(
    "food room service staff hotel film story music view wine soup breakfast waiter bed ending plot garden dessert "
    "kitchen bathroom song actor book menu bread coffee museum beach guide concert"
)
WHO = _words("i we they she he everyone")
COPULAS = _words("was is seemed looked felt remained")
STRONG = _words("very really extremely truly incredibly so")
WEAK = _words("rather quite slightly somewhat fairly")
FACTS = (
    "we came on monday", "it opened in may", "they stayed for two days", "he paid by card", "she sat near the door",
    "we ordered at noon", "it rained all week", "they took the train",
)  # fmt: skip
NEGATIONS = ("not", "never")
JOINTS = {"and": 1.0, ",": 1.0, "but": 2.0, "though": 0.5}
"""Between clauses; what the clause that follows counts."""

VALUE = {**dict.fromkeys(GOOD + LIKED, 1.0), **dict.fromkeys(BAD + LOATHED, -1.0)}
DEGREE = {**dict.fromkeys(STRONG, 2.0), **dict.fromkeys(WEAK, 0.5)}

LENGTH = 24
"""Words that a sentence has room for."""


class Opinions:
    """What is known of `sentiments`: the class of every sentence.

    The value of a clause is that of its polar word, ±1, times -1 for each negation, times 2 or ½ for a word of degree
    before it; clauses add up, after "but" twofold, after "though" half. A sentence is positive above 0.

    Args:
        words: the vocabulary; the first is the filler.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)

    def label(self, tokens: Tensor) -> Tensor:
        """Class of sentences (N, T), int64 (N,): 1 positive, 0 negative, -1 where they balance."""
        sums = [value([self.words[i] for i in row if i]) for row in tokens.tolist()]
        return torch.tensor([1 if s > 0 else 0 if s < 0 else -1 for s in sums])


def value(words: Sequence[str]) -> float:
    """The sum over a sentence's clauses; see `Opinions`."""
    total, weight, sign, degree = 0.0, 1.0, 1.0, 1.0
    for word in words:
        if word in JOINTS:
            weight, sign, degree = JOINTS[word], 1.0, 1.0
        sign *= -1.0 if word in NEGATIONS else 1.0
        degree *= DEGREE.get(word, 1.0)
        if word in VALUE:
            total += weight * sign * degree * VALUE[word]
            degree = 1.0
    return total


def sentiments(n: int = 6000) -> Source:
    """Opinions of one to three clauses, two classes, as common as each other; a tenth is held out.

    Of each part of speech the k-th word is drawn with a probability ∝ 1/(k + 2), so some are rare, as in any text.

    Args:
        n: how many, 20 to 200,000.

    Raises:
        UsageError: for another number.
    """
    within("sentiments", n=(n, 20, 200_000))
    rng = np.random.default_rng(0)
    lines, labels = list[list[str]](), list[int]()
    while len(lines) < n:
        words = _sentence(rng)
        found = value(words)
        if found and len(words) <= LENGTH and (found > 0) == (len(lines) % 2 == 0):
            lines.append(words)
            labels.append(int(found > 0))
    spoken = {word for line in lines for word in line}
    vocabulary = ("", *sorted(spoken))
    place = {word: i for i, word in enumerate(vocabulary)}
    tokens = np.zeros((n, LENGTH), np.int64)
    for row, line in zip(tokens, lines, strict=True):
        row[: len(line)] = [place[word] for word in line]
    spec = Sentences(len(vocabulary), LENGTH, vocabulary, classes=2, names=("negative", "positive"))
    facts = {"sentences": f"{n:,}", "words": f"{len(vocabulary) - 1}"}
    source = fixed("sentiments", spec, {"token": tokens, "label": np.array(labels)}, facts)
    source.truth = Opinions(vocabulary)
    return source


def _sentence(rng: np.random.Generator) -> list[str]:
    words = _clause(rng)
    for _ in range(rng.integers(0, 3)):
        words += [_one(rng, tuple(JOINTS)), *_clause(rng)]
    return words


def _clause(rng: np.random.Generator) -> list[str]:
    kind, thing = rng.random(), ["the", _one(rng, THINGS)]
    if kind < 0.15:
        return str(rng.choice(FACTS)).split()
    no = [str(rng.choice(NEGATIONS))] if rng.random() < 0.2 else []
    if kind < 0.4:
        return [_one(rng, WHO), *no, _one(rng, LIKED if rng.random() < 0.5 else LOATHED), *thing]
    chance = rng.random()
    degree = [_one(rng, STRONG)] if chance < 0.25 else [_one(rng, WEAK)] if chance < 0.4 else []
    return [*thing, _one(rng, COPULAS), *no, *degree, _one(rng, GOOD if rng.random() < 0.5 else BAD)]


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[bisect.bisect_right(_edges(len(words)), rng.random())]


@lru_cache
def _edges(n: int) -> list[float]:
    """Where the shares of n words end, all but the last."""
    chances = 1 / np.arange(2, n + 2)
    edges: list[float] = np.cumsum(chances / chances.sum())[:-1].tolist()
    return edges
