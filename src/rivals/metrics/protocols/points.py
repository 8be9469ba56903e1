"""The protocol of points: modes where they are known, else distances to held-out points."""

from __future__ import annotations

from dataclasses import replace

from rivals.data.toy import Mixture
from rivals.metrics import points as against
from rivals.metrics.card import Card
from rivals.metrics.protocols import arrays
from rivals.metrics.protocols.images import label_accuracy
from rivals.metrics.protocols.measure import Measure, unless_conditional
from rivals.metrics.transport import mmd, sliced_wasserstein, wasserstein

TRANSPORTED = 2000
"""Points of each side between which the exact optimal transport is found."""


def _known(card: Card) -> str:
    return "" if isinstance(card.source.truth, Mixture) else "the modes of this data are not known"


def _unknown(card: Card) -> str:
    return "the modes of this data are known" if isinstance(card.source.truth, Mixture) else ""


def _single(card: Card) -> str:
    one = isinstance(card.source.truth, Mixture) and len(card.source.truth.means) == 1
    return "" if one else "the data is not a single mode"


def _truth(card: Card) -> Mixture:
    assert isinstance(card.source.truth, Mixture)
    return card.source.truth


def _modes(card: Card) -> tuple[float, ...]:
    found = against.against_truth(card.fake, card.real, _truth(card))
    return tuple(found[name] for name in MODES)


def _moments(card: Card) -> tuple[float, ...]:
    found = against.against_truth(card.fake, card.real, _truth(card))
    return found["mean error"], found["std error"]


def _label_accuracy(card: Card) -> tuple[float, float]:
    truth = _truth(card)
    return label_accuracy(card, *(against.nearest(part, truth)[1] for part in (card.fake, card.real)))


def _log_likelihood(card: Card) -> float:
    return against.mixture_log_likelihood(card.fake, _truth(card)).mean().item()


def _wasserstein(card: Card) -> tuple[float, float]:
    n = min(TRANSPORTED, len(card.fake), len(card.real))
    x, y = card.vectors("fake")[:n], card.vectors("real")[:n]
    return wasserstein(x, y, 1), wasserstein(x, y, 2)


def _sliced(card: Card) -> float:
    return sliced_wasserstein(card.vectors("fake"), card.vectors("real"))


def _mmd(card: Card) -> float:
    return mmd(card.vectors("fake"), card.vectors("real"))


MODES = ("modes", "high quality", "real high quality", "reverse kl")
TRUTH = "known truth"
RAW = "raw coordinates"

MEASURES = (
    Measure(("mean error", "std error"), _moments, standard=True, judge=TRUTH, when=_single),
    Measure(MODES, _modes, standard=True, judge=TRUTH, when=_known),
    Measure(
        ("label accuracy", "real label accuracy"),
        _label_accuracy,
        standard=True,
        judge=TRUTH,
        when=lambda card: _known(card) or unless_conditional(card),
        resampled=False,
    ),
    *(replace(m, when=_unknown) for m in arrays.MEASURES if m.standard),
    Measure(("log likelihood",), _log_likelihood, when=_known, judge=TRUTH),
    Measure(("w1", "w2"), _wasserstein, resampled=False),
    *(m for m in arrays.MEASURES if not m.standard),
)
