"""The protocol of pictures: distances in a judge's features, variety, memory, labels."""

from __future__ import annotations

from torch import Tensor

from rivals.data.made.stacked import Stacked
from rivals.data.sources import decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.card import Card
from rivals.metrics.curve import precision_recall_curve
from rivals.metrics.diversity import ms_ssim_diversity, perceptual_diversity
from rivals.metrics.frechet import frechet_distance, frechet_infinity, intra_frechet
from rivals.metrics.inception import inception_score, mode_score
from rivals.metrics.kernel import kernel_distance
from rivals.metrics.manifold import density_coverage, precision_recall
from rivals.metrics.neighbours import memorisation, nearest_neighbour_test
from rivals.metrics.parzen import parzen_log_likelihood
from rivals.metrics.protocols.measure import Measure, unless_conditional
from rivals.metrics.separability import separability_index
from rivals.metrics.stacked import mode_coverage, stacked_modes

VALIDATED = 1000
"""Training pictures on which the width of a Parzen window is chosen."""

SMALL = 32 * 32
"""Pixels of a picture above which a Parzen window says nothing."""


def label_accuracy(card: Card, named: Tensor, named_real: Tensor) -> tuple[float, float]:
    """Share of samples that are what they were asked for, beside the same of real data; classes as they were named.

    Raises:
        RivalsError: where whoever named them does not know these classes.
    """
    known = (named_real == card.labels("real")).double().mean().item()
    if known < 0.5:
        raise RivalsError(f"the judge names only {known:.0%} of the real labels: it does not know these classes")
    return (named == card.asked).double().mean().item(), known


def _fid(card: Card) -> float:
    return frechet_distance(card.vectors("fake"), card.vectors("real"))


def _floor(card: Card) -> float:
    return frechet_distance(card.vectors("train"), card.vectors("real"))


def _precision_recall(card: Card) -> tuple[float, float]:
    return precision_recall(card.vectors("real"), card.vectors("fake"))


def _labels(card: Card) -> tuple[float, float]:
    return label_accuracy(card, *(card.probabilities(part).argmax(1) for part in ("fake", "real")))


def _infinity(card: Card) -> float:
    return frechet_infinity(card.vectors("real"), card.vectors("fake"))


def _kid(card: Card) -> tuple[float, float]:
    real = card.vectors("real")
    size = min(1000, len(card.fake), len(real), len(card.train))
    parts = [kernel_distance(card.vectors(part), real, size=size) for part in ("fake", "train")]
    return parts[0][0], parts[1][0]


def _inception(card: Card) -> tuple[float, float]:
    fake, real = (inception_score(card.probabilities(part)) for part in ("fake", "real"))
    return fake[0], real[0]


def _mode_score(card: Card) -> float:
    return mode_score(card.probabilities("fake"), card.probabilities("real"))


def _density_coverage(card: Card) -> tuple[float, float]:
    return density_coverage(card.vectors("real"), card.vectors("fake"))


def _curve(card: Card) -> tuple[float, float]:
    curve = precision_recall_curve(card.vectors("real"), card.vectors("fake"))
    return curve.f8, curve.f_eighth


def _two_samples(card: Card) -> tuple[float, float]:
    real, fake = card.vectors("real"), card.vectors("fake")
    n = min(len(real), len(fake))
    found = nearest_neighbour_test(real[:n], fake[:n])
    return found.real, found.fake


def _memorised(card: Card) -> float:
    if card.source.test is None:
        raise RivalsError("memory shows against held-out data, and there are none")
    return memorisation(card.vectors("learnt"), card.vectors("real"), card.vectors("fake")).nearer


def _alike(card: Card) -> tuple[float, float]:
    if card.game.classes:
        return ms_ssim_diversity(card.fake, card.asked), ms_ssim_diversity(card.real, card.labels("real"))
    return ms_ssim_diversity(card.fake), ms_ssim_diversity(card.real)


def _parzen(card: Card) -> tuple[float, float]:
    valid = decoded(card.source.first(card.source.main, VALIDATED))
    fake, real, valid = ((x.flatten(1) + 1) / 2 for x in (card.fake, card.real, valid))
    found = parzen_log_likelihood(fake, real, valid)
    card.protocol["parzen"] = f"sigma {found.sigma:.3g} of 10 in [.1, 1], on the first {len(valid)} of train"
    return found.mean, found.error


def _small(card: Card) -> str:
    spec = card.spec
    large = isinstance(spec, Images) and spec.height * spec.width > SMALL
    return "a Parzen window says nothing of pictures above 32 × 32" if large else ""


def _separable(card: Card) -> float:
    return separability_index(card.vectors("real"), card.labels("real"))


def _intra(card: Card) -> float:
    return intra_frechet(card.vectors("fake"), card.asked, card.vectors("real"), card.labels("real"))


def _diversity(card: Card) -> tuple[float, float]:
    return (
        perceptual_diversity(card.vectors("fake"), card.asked),
        perceptual_diversity(card.vectors("real"), card.labels("real")),
    )


def _stacked(card: Card) -> str:
    return "" if isinstance(card.source.truth, Stacked) else "the pictures are no stacked digits"


def _modes(card: Card) -> tuple[float, ...]:
    """Of samples, and of as many training data: what the best generator would score."""
    truth = card.source.truth
    judge = judges.load(truth.judge).to(card.game.device)
    card.protocol["channels named by"] = f"{judge.name} {judge.fingerprint}"
    key = {"modes": judge.fingerprint, "of": card.source.fingerprint(), "n": len(card.train)}
    real = card.kept(key, lambda: stacked_modes(card.train, judge.predict))
    return *mode_coverage(stacked_modes(card.fake, judge.predict), truth.shares), *mode_coverage(real, truth.shares)


def _labelled(card: Card) -> str:
    return "" if "label" in card.test.fields else "the data has no labels"


MEASURES = (
    Measure(("fid",), _fid, standard=True),
    Measure(("fid floor",), _floor, standard=True, resampled=False),
    Measure(("precision", "recall"), _precision_recall, standard=True, resampled=False),
    Measure(
        ("label accuracy", "real label accuracy"), _labels, standard=True, when=unless_conditional, resampled=False
    ),
    Measure(
        ("modes", "reverse kl", "real modes", "real reverse kl"), _modes, standard=True, when=_stacked, resampled=False
    ),
    Measure(("fid infinity",), _infinity, resampled=False),
    Measure(("kid", "kid floor"), _kid, resampled=False),
    Measure(("inception score", "real inception score"), _inception, resampled=False),
    Measure(("mode score",), _mode_score),
    Measure(("density", "coverage"), _density_coverage, resampled=False),
    Measure(("prd f8", "prd f1/8"), _curve, resampled=False),
    Measure(("1-nn real accuracy", "1-nn fake accuracy"), _two_samples, resampled=False),
    Measure(("nearer than held-out",), _memorised, resampled=False),
    Measure(("ms-ssim", "real ms-ssim"), _alike, resampled=False),
    Measure(("parzen", "parzen error"), _parzen, when=_small, resampled=False),
    Measure(("separability of the data",), _separable, when=_labelled, resampled=False),
    Measure(("intra fid",), _intra, when=unless_conditional, resampled=False),
    Measure(("diversity", "real diversity"), _diversity, when=unless_conditional, resampled=False),
)
