"""Kind of data -> its protocol: what is always measured, and what is measured on demand."""

from __future__ import annotations

from collections.abc import Mapping

from rivals.data import specs
from rivals.data.specs import Array, Environment, Images, Pairs, Points, Spec, Tokens, Unpaired
from rivals.metrics.protocols import arrays, images, points, tokens, translations
from rivals.metrics.protocols.abilities import ABILITIES as ABILITIES
from rivals.metrics.protocols.measure import Measure as Measure

MEASURES: Mapping[type, tuple[Measure, ...]] = {
    Points: points.MEASURES,
    Images: images.MEASURES,
    Pairs: translations.MEASURES,
    Unpaired: translations.MEASURES,
    Tokens: tokens.MEASURES,
    Array: arrays.MEASURES,
    Environment: (),
}
"""Kind of data -> what can be measured; of other kinds the game alone knows its scores."""


def measures_of(spec: Spec) -> list[Measure]:
    """What can be measured on data of a spec, in the order in which it is told."""
    return [*(specs.lookup(MEASURES, spec) or ()), *ABILITIES]
