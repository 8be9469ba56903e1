"""What any game that has a verb is scored by: errors of reconstruction and of names, likelihoods."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import torch

from rivals import verbs
from rivals.data.sources import FEW, decoded
from rivals.data.specs import Images
from rivals.metrics.card import MOST, Card
from rivals.metrics.likelihood import bits_per_dimension
from rivals.metrics.protocols.measure import Measure
from rivals.nn.distance import l1

HEARD = 2000
"""Sounds that are transcribed where there is no end of them."""


@dataclass(frozen=True)
class Ability(Measure):
    """A measure of what a verb gives; samples do not come into it.

    Attributes:
        verb: that the game must have, a word of `rivals.verbs`.
    """

    standard: bool = True
    resampled: bool = False
    sampled: bool = False
    judge: str = "the game itself"
    verb: str = ""

    def unfit(self, card: Card) -> str:
        """Why it does not apply to this game and data, or nothing."""
        return self.when(card) if self.verb in verbs.abilities(card.game) else f"the game cannot {self.verb}"


def _reconstruction(card: Card) -> float:
    """Mean absolute difference of held-out samples and what comes of them, a number."""
    x = decoded(card.test.first(card.test.main, MOST))
    return float(l1(card.game.reconstruct(x).cpu(), x).mean())  # type: ignore[operator]


def _error(card: Card) -> float:
    """Share of held-out samples that are named wrongly."""
    n = card.test.size or MOST
    samples, labels = (card.test.main, "label") if "label" in card.test.fields else FEW
    x, label = decoded(card.test.first(samples, n)), card.test.first(labels, n)
    if samples != card.test.main:
        card.protocol["named"] = f"the {len(label):,} of {n:,} held-out samples that have a label"
    return float((card.game.classify(x).argmax(1).cpu() != label).double().mean())  # type: ignore[operator]


def _transcripts(card: Card) -> float:
    """Share of held-out sounds whose transcript is not exactly theirs."""
    n = card.test.size or HEARD
    x, said = decoded(card.test.first(card.test.main, n)), card.test.first("transcript", n)
    return float((card.game.transcribe(x).cpu() != said).any(1).double().mean())  # type: ignore[operator]


def _nats(card: Card) -> float:
    """Mean of -log p(x) over held-out samples, or an upper bound of it."""
    x = decoded(card.test.first(card.test.main, MOST))
    return -float(card.game.log_prob(x).double().mean())  # type: ignore[operator]


def _likelihood(card: Card) -> tuple[float, float]:
    """The same in bits a dimension of the stored levels, for pictures."""
    nats = _nats(card)
    card.protocol["pixels"] = getattr(card.game, "pixels", "levels")
    return nats, float(bits_per_dimension(torch.tensor(nats), math.prod(card.spec.shape), step=1.0))


def _pictures(card: Card, wanted: bool) -> str:
    return "" if isinstance(card.spec, Images) == wanted else "the data are of another kind"


def _said(card: Card) -> str:
    return "" if "transcript" in card.test.fields else "the data have no transcripts"


def _named(card: Card) -> str:
    return "" if {"label", FEW[1]} & set(card.test.fields) else "the data have no labels"


ABILITIES = (
    Ability(("reconstruction",), _reconstruction, verb="reconstruct"),
    Ability(("error",), _error, verb="classify", when=_named),
    Ability(("transcript error",), _transcripts, verb="transcribe", when=_said),
    Ability(("nats", "bits per dimension"), _likelihood, verb="log_prob", when=partial(_pictures, wanted=True)),
    Ability(("nats",), _nats, verb="log_prob", when=partial(_pictures, wanted=False)),
)
