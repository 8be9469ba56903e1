"""The protocol of token sequences: likelihood under an oracle, overlap with held-out text, variety, novelty."""

from __future__ import annotations

from rivals.metrics import text
from rivals.metrics.card import Card
from rivals.metrics.frechet import frechet_distance
from rivals.metrics.protocols.measure import Measure

COMPARED = 1000
"""Samples and references between which overlaps are counted."""


def _oracle(card: Card) -> str:
    return "" if isinstance(card.source.truth, text.Oracle) else "no oracle made this data"


def _no_oracle(card: Card) -> str:
    return "an oracle made this data" if isinstance(card.source.truth, text.Oracle) else ""


def _likelihood(card: Card) -> tuple[float, float]:
    oracle = card.source.truth
    assert isinstance(oracle, text.Oracle)
    return text.oracle_nll(card.fake, oracle), text.oracle_nll(card.real, oracle)


def _embedding(card: Card) -> float:
    return frechet_distance(card.vectors("fake"), card.vectors("real"))


def _embedding_floor(card: Card) -> float:
    return frechet_distance(card.vectors("train"), card.vectors("real"))


def _bleu(card: Card) -> tuple[float, ...]:
    return tuple(text.reference_bleu(card.fake[:COMPARED], card.real[:COMPARED], n) for n in LENGTHS)


def _self_bleu(card: Card) -> tuple[float, ...]:
    return tuple(text.self_bleu(card.fake[:COMPARED], n) for n in LENGTHS)


def _novelty(card: Card) -> float:
    return text.novelty(card.fake[:COMPARED], card.source.first(card.source.main, card.source.size or len(card.fake)))


LENGTHS = (2, 3, 4, 5)

MEASURES = (
    Measure(("oracle nll", "oracle nll floor"), _likelihood, standard=True, judge="known truth", when=_oracle),
    Measure(("frechet embedding",), _embedding, standard=True, when=_no_oracle),
    Measure(("frechet embedding floor",), _embedding_floor, standard=True, when=_no_oracle, resampled=False),
    Measure(tuple(f"bleu-{n}" for n in LENGTHS), _bleu, resampled=False),
    Measure(tuple(f"self-bleu-{n}" for n in LENGTHS), _self_bleu, resampled=False),
    Measure(("novelty",), _novelty, resampled=False),
)
