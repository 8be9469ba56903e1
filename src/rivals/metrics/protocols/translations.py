"""The protocol of translators: how far translations are from the truth, where it is known."""

from __future__ import annotations

from torch import Tensor

from rivals.data.specs import Images, Pairs, Unpaired
from rivals.data.toy import Translation
from rivals.metrics import pairs
from rivals.metrics.card import Card
from rivals.metrics.protocols.measure import Measure


def _known(card: Card) -> str:
    known = isinstance(card.spec, Pairs) or isinstance(card.source.truth, Translation)
    return "" if known else "the hidden map of this data is not known"


def _same_shape(card: Card) -> str:
    spec = card.spec
    alike = isinstance(spec, Pairs | Unpaired) and spec.x.shape == spec.y.shape
    return _known(card) or ("" if alike else "input and truth differ in shape")


def _pictures(card: Card) -> str:
    return _known(card) or ("" if isinstance(getattr(card.spec, "y", None), Images) else "the data are no pictures")


def _l1(card: Card) -> float:
    return (card.fake - card.truth).abs().mean().item()


def _input(card: Card) -> float:
    return (card.inputs - card.truth).abs().mean().item()


def _mean(measure: Tensor) -> float:
    return measure.double().mean().item()


MEASURES = (
    Measure(("l1 to truth",), _l1, standard=True, judge="the truth", when=_known),
    Measure(("l1 of input",), _input, standard=True, judge="the truth", when=_same_shape, resampled=False),
    Measure(("psnr",), lambda card: _mean(pairs.psnr(card.fake, card.truth)), judge="the truth", when=_pictures),
    Measure(("ssim",), lambda card: _mean(pairs.ssim(card.fake, card.truth)), judge="the truth", when=_pictures),
    Measure(
        ("ms-ssim to truth",),
        lambda card: _mean(pairs.ms_ssim(card.fake, card.truth)),
        judge="the truth",
        when=_pictures,
        resampled=False,
    ),
)
