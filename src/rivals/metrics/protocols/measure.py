"""A measure: which scores it gives, when it applies, whether it belongs to the standard protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rivals.data.specs import Pairs, Unpaired
from rivals.metrics.card import Card
from rivals.translator import Translator

Figures = float | tuple[float, ...]


@dataclass(frozen=True)
class Measure:
    """One measurement of a card, which gives one or more scores.

    Attributes:
        names: of the scores.
        function: card -> the figures, in that order.
        standard: whether it belongs to the protocol of every score of such data.
        judge: who judges where it is not the space of the card.
        when: card -> why it does not apply, or nothing.
        resampled: whether the bootstrap may draw the samples anew: it depends on them, and is cheap enough.
        sampled: whether it is of the game's samples at all; they may cost much.
    """

    names: tuple[str, ...]
    function: Callable[[Card], Figures]
    standard: bool = False
    judge: str = ""
    when: Callable[[Card], str] = lambda card: ""
    resampled: bool = True
    sampled: bool = True

    def unfit(self, card: Card) -> str:
        """Why it does not apply to this game and data, or nothing."""
        if isinstance(card.spec, Pairs | Unpaired):
            return self.when(card) if isinstance(card.game, Translator) else "the game translates nothing"
        return self.when(card) if card.samples_made else "the game makes no samples"

    def __call__(self, card: Card) -> dict[str, float]:
        """The scores by name."""
        figures = self.function(card)
        figures = figures if isinstance(figures, tuple) else (figures,)
        return {name: float(figure) for name, figure in zip(self.names, figures, strict=True)}


def unless_conditional(card: Card) -> str:
    """For measures of conditional games."""
    return "" if card.game.classes else "the game knows no classes"
