"""The protocol of arrays of one shape: distances in raw coordinates, or on fixed random directions."""

from __future__ import annotations

from rivals.metrics.card import Card
from rivals.metrics.frechet import frechet_distance
from rivals.metrics.manifold import density_coverage, precision_recall
from rivals.metrics.protocols.measure import Measure
from rivals.metrics.transport import mmd, sliced_wasserstein


def _frechet(card: Card) -> float:
    return frechet_distance(card.vectors("fake"), card.vectors("real"))


def _floor(card: Card) -> float:
    return frechet_distance(card.vectors("train"), card.vectors("real"))


def _precision_recall(card: Card) -> tuple[float, float]:
    return precision_recall(card.vectors("real"), card.vectors("fake"))


def _density_coverage(card: Card) -> tuple[float, float]:
    return density_coverage(card.vectors("real"), card.vectors("fake"))


def _sliced(card: Card) -> float:
    return sliced_wasserstein(card.vectors("fake"), card.vectors("real"))


def _mmd(card: Card) -> float:
    return mmd(card.vectors("fake"), card.vectors("real"))


MEASURES = (
    Measure(("frechet",), _frechet, standard=True),
    Measure(("frechet floor",), _floor, standard=True, resampled=False),
    Measure(("precision", "recall"), _precision_recall, standard=True, resampled=False),
    Measure(("density", "coverage"), _density_coverage, resampled=False),
    Measure(("sliced wasserstein",), _sliced, resampled=False),
    Measure(("mmd",), _mmd, resampled=False),
)
