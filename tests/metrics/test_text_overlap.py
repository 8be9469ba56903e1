from __future__ import annotations

import re
import time

import pytest
import torch

from rivals.data.oracle import small
from rivals.errors import RivalsError, UsageError
from rivals.metrics import text
from rivals.metrics.frechet import frechet_distance


def sequences(n: int, seed: int, vocabulary: int = 12, length: int = 15) -> torch.Tensor:
    """Runs of nearby symbols, so that long n-grams match at times."""
    generator = torch.Generator().manual_seed(seed)
    steps = torch.randint(0, 3, (n, length), generator=generator)
    return (torch.randint(0, vocabulary, (n, 1), generator=generator) + steps.cumsum(1)) % vocabulary


def ragged(n: int, seed: int) -> list[list[str]]:
    lengths = torch.randint(3, 15, (n,), generator=torch.Generator().manual_seed(seed)).tolist()
    return [[f"w{s}" for s in row[:size]] for row, size in zip(sequences(n, seed).tolist(), lengths, strict=True)]


@pytest.mark.parametrize("n", [2, 4])
@pytest.mark.parametrize("sets", [1, 3])
def test_corpus_bleu_equals_sacrebleu(sets: int, n: int) -> None:
    peer = pytest.importorskip("sacrebleu.metrics")
    made, known = ragged(60, 0), [ragged(60, 1 + i) for i in range(sets)]
    lines = [[" ".join(s) for s in part] for part in (made, *known)]
    theirs = peer.BLEU(tokenize="none", smooth_method="none", max_ngram_order=n, force=True)
    score = theirs.corpus_score(lines[0], lines[1:]).score / 100
    assert 0 < score < 1
    assert text.bleu(made, *known, n=n) == pytest.approx(score, rel=1e-9)


def test_corpus_bleu_by_hand() -> None:
    made, known = [["the", "the", "the", "cat"]], [["the", "cat", "is", "there", "now"]]
    assert text.bleu(made, known, n=1) == pytest.approx(2 / 4 * 2.718281828459045 ** (1 - 5 / 4))
    assert text.bleu(known, known) == 1
    assert text.bleu(made, known, n=3) == 0
    assert text.bleu(sequences(5, 0), sequences(5, 0)) == 1


@pytest.mark.parametrize("n", [2, 3, 5])
def test_reference_bleu_and_self_bleu_equal_nltk(n: int) -> None:
    peer = pytest.importorskip("nltk.translate.bleu_score")
    made, known = [*ragged(25, 0), ["w0", "w1", "other"], ["other"]], ragged(20, 1)
    smoothing, weights = peer.SmoothingFunction().method1, (1 / n,) * n

    def mean(references: list[list[list[str]]]) -> float:
        scores = [
            peer.sentence_bleu(r, s, weights, smoothing_function=smoothing)
            for r, s in zip(references, made, strict=True)
        ]
        return sum(scores) / len(scores)

    assert text.reference_bleu(made, known, n) == pytest.approx(mean([known] * len(made)), rel=1e-9)
    others = [made[:i] + made[i + 1 :] for i in range(len(made))]
    assert text.self_bleu(made, n) == pytest.approx(mean(others), rel=1e-9)


def test_self_bleu_is_reference_bleu_of_each_sample_against_the_others() -> None:
    made = ragged(30, 4)
    each = [text.reference_bleu([s], made[:i] + made[i + 1 :], 3) for i, s in enumerate(made)]
    assert text.self_bleu(made, 3) == pytest.approx(sum(each) / len(each), rel=1e-12)
    assert text.self_bleu([["a", "b"]] * 3, 2) == pytest.approx(1)


def test_smoothing_by_hand() -> None:
    made, known = [["a", "b", "c"], ["x"]], [["a", "b", "d"]]
    first = (2 / 3 * 1 / 2 * 0.1 / 1) ** (1 / 3)
    assert text.reference_bleu(made, known, 3) == pytest.approx(first / 2)


def test_a_thousand_against_a_thousand_take_seconds() -> None:
    made, known = sequences(1000, 0, 500, 20), sequences(1000, 1, 500, 20)
    began = time.process_time()
    text.reference_bleu(made, known, 4)
    text.self_bleu(made, 4)
    assert time.process_time() - began < 6


def test_novelty_counts_what_the_training_set_lacks() -> None:
    train = sequences(20, 0)
    assert text.novelty(train, train) == 0
    assert text.novelty(torch.cat([train[:3], (train[:1] + 1) % 12 + 50]), train) == 0.25
    assert text.novelty([["a"], ["a", "b"]], [["a"], ["b"]]) == 0.5


def test_frechet_embedding_distance_sees_order_and_symbols() -> None:
    x, y = sequences(400, 0), sequences(400, 1)
    near = text.frechet_embedding_distance(x, y)
    assert text.frechet_embedding_distance(x.flip(1), y) > 5 * near
    assert text.frechet_embedding_distance(x, x) == pytest.approx(0, abs=1e-9)
    embedded = text.frechet_embedding_distance(x, y, lambda tokens: tokens[:, :2].double())
    assert embedded == frechet_distance(x[:, :2], y[:, :2])


def test_the_default_embedding_never_changes() -> None:
    rows = text.hashed_ngrams([["to", "be"], ["be"]], size=16)
    assert rows.norm(dim=1).tolist() == pytest.approx([1, 1])
    assert rows[1].tolist() == [0, 0, 0, -1] + 12 * [0]
    assert torch.equal(text.hashed_ngrams(torch.tensor([[3, 1]])), text.hashed_ngrams([[3, 1]]))


def test_oracle_nll_is_the_oracles_mean() -> None:
    source = small()
    tokens = source.first("token", 50)
    assert text.oracle_nll(tokens, source.truth) == pytest.approx(source.truth.nll(tokens).mean().item(), rel=1e-6)
    with pytest.raises(RivalsError, match=r"integers \(N, T\), not torch.float32 \(2, 3\)"):
        text.oracle_nll(torch.zeros(2, 3), source.truth)


@pytest.mark.parametrize(
    ("samples", "references", "sentence"),
    [
        (["to be"], [["to", "be"]], "a sequence is a list of symbols, not str: split sentences into words first"),
        ([["to"]], [[1]], "the symbols of all sequences are int or all are str, and these are int, str"),
        ([[1.5]], [[1.5]], "and these are float"),
        (torch.zeros(0, 3, dtype=torch.int64), [[1]], "there are no sequences to score"),
        (torch.zeros(2, 3), [[1]], "sequences are integers (N, T), not torch.float32 (2, 3)"),
        ([1, 2], [[1]], "a sequence is a list of symbols, not int"),
    ],
)
@pytest.mark.parametrize(
    "measure", [text.bleu, text.reference_bleu, text.novelty, text.frechet_embedding_distance], ids=lambda f: f.__name__
)
def test_what_are_no_sequences_is_refused(measure, samples: object, references: object, sentence: str) -> None:
    with pytest.raises(RivalsError, match=re.escape(sentence)):
        measure(samples, references)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(UsageError, match="n-grams have at least 1 symbol, not 0"):
        text.self_bleu([["a"], ["b"]], 0)
    with pytest.raises(RivalsError, match="self-BLEU compares samples with each other and needs at least 2"):
        text.self_bleu([["a"]])
    with pytest.raises(UsageError, match="BLEU needs at least one set of references"):
        text.bleu([["a"]])
    with pytest.raises(RivalsError, match="one reference of each set a hypothesis: 2 hypotheses, 2, 1 references"):
        text.bleu([["a"], ["b"]], [["a"], ["b"]], [["a"]])
