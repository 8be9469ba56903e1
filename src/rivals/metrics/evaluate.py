"""Score a game on a source: which metric, against which data, by which judge, is settled by the kind of the data.

A score carries its protocol. What cannot be computed (a Fréchet distance to one picture) is left out, with the reason
in the protocol; what is wrong (samples that are not finite) is refused.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from rivals import noise
from rivals.data import specs
from rivals.data.sources import Source, decoded
from rivals.data.specs import Array, Environment, Images, Pairs, Points, Spec, Tokens, Unpaired
from rivals.data.toy import Mixture, Translation
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.metrics import points
from rivals.metrics.features import frechet_distance, precision_recall
from rivals.metrics.judges import judge_for
from rivals.translator import Translator

MOST = 10_000
"""Samples of an evaluation, unless the training split is smaller or the caller says otherwise."""


DIRECTIONS = 64
"""Random directions on which samples of many numbers are compared where no judge knows their kind."""


class Headline(NamedTuple):
    """The score that stands for a game where there is room for one."""

    name: str
    lower_is_better: bool


HEADLINE: dict[type, tuple[Headline, ...]] = {
    Points: (Headline("mean error", True), Headline("modes", False), Headline("frechet", True)),
    Images: (Headline("fid", True),),
    Pairs: (Headline("l1 to truth", True),),
    Unpaired: (Headline("l1 to truth", True),),
    Array: (Headline("frechet", True),),
    Tokens: (Headline("oracle nll", True),),
    Environment: (Headline("return", False),),
}
"""Kind of data -> its headline; of several the first that was scored."""


def headline(spec: Spec, values: Mapping[str, float]) -> Headline | None:
    """The headline among some scores, or None."""
    return next((h for h in specs.lookup(HEADLINE, spec) or () if h.name in values), None)


@dataclass(frozen=True)
class Scores:
    """Figures and how they were made.

    Attributes:
        values: score -> figure, the headline first.
        protocol: judge and fingerprint, samples, reference split and its count, seed, seconds.
    """

    values: dict[str, float]
    protocol: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Plain data; figures that JSON does not know ("nan", "inf", "-inf") are spelled."""
        plain = {k: v if math.isfinite(v) else str(v) for k, v in self.values.items()}
        return {"values": plain, "protocol": dict(self.protocol)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scores:
        """Inverse of `to_json`."""
        return cls({k: float(v) for k, v in data["values"].items()}, dict(data["protocol"]))


@runtime_checkable
class Likelihood(Protocol):
    """A truth that knows how likely sequences are."""

    def nll(self, tokens: Tensor, /) -> Tensor:
        """Negative log-likelihood in nats a symbol, int64 (N, T) -> (N,)."""


@dataclass
class _Card:
    """One evaluation under way."""

    game: Game
    source: Source
    wanted: int | None
    seed: int
    values: dict[str, float] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)

    @property
    def test(self) -> Source:
        return self.source.test or self.source

    def count(self, size: int | None) -> int:
        """The samples asked for, by default `MOST` or the data's size where that is smaller."""
        return self.wanted or min(MOST, size or MOST)

    def samples(self) -> Tensor | None:
        """The game's samples, or None where it makes none.

        Raises:
            RivalsError: for samples of another shape than the data's, or not finite.
        """
        game, spec = self.game, self.source.spec
        if type(game).generate is Game.generate and type(game).sample is Game.sample:
            return None
        n = self.count(self.source.size)
        made = game.sample(min(n, game.most or n), seed=self.seed)
        if tuple(made.shape[1:]) != spec.shape:
            raise RivalsError(f"samples are {tuple(made.shape[1:])} each, the data is {spec.shape}")
        _finite(made, "samples")
        self.protocol["samples"] = len(made)
        return made.cpu()

    def reference(self, name: str, size: int | None = None) -> Tensor:
        """Held-out data; the protocol says how much, and whether it is the training data for want of another."""
        real = decoded(self.test.first(name, size or self.test.size or self.count(None)))
        self.protocol["reference"] = "test" if self.source.test is not None else "train, since there is no test split"
        self.protocol["references"] = len(real)
        return real

    def score(self, names: tuple[str, ...], measure: Callable[[], tuple[float, ...]]) -> None:
        """Add scores that may turn out impossible for data so small."""
        try:
            self.values.update(zip(names, measure(), strict=True))
        except RivalsError as error:
            self.protocol.setdefault("left out", {}).update(dict.fromkeys(names, str(error)))


def evaluate(game: Game, source: Source, *, samples: int | None = None, seed: int = 0) -> Scores:
    """Score a game with the protocol of its data, and add what only the game can tell (`Game.scores`).

    Nothing of a surrounding training changes: neither random state, nor modes, nor precision, nor the game.

    Args:
        game: trained or not.
        source: the data; its test split is the reference.
        samples: how many to make (of a translator: how many test inputs); by default the smaller of 10,000 and the
            training split.
        seed: of the samples.

    Returns:
        The scores; those that the game and the data do not allow are not there.

    Raises:
        UsageError: for fewer than 2 samples.
        RivalsError: for samples that are not finite or not of the data's shape.
    """
    if samples is not None and samples < 2:
        raise UsageError(f"a score needs at least 2 samples, not {samples}")
    began, device = time.perf_counter(), game.device
    card = _Card(game, source, samples, seed, protocol={"judge": "none"})
    with noise.seeded(device, "evaluate", seed), torch.autocast(device.type, enabled=False):
        with torch.no_grad():
            (specs.lookup(MEASURES, source.spec) or _nothing)(card)
        with game.presenting(), torch.enable_grad():  # a game may measure its critic's slope
            own = {name: float(value) for name, value in game.scores(source).items()}
    twice = sorted(own.keys() & card.values.keys())
    if twice:
        raise RivalsError(f"{type(game).__name__}.scores repeats {', '.join(twice)}: give them names of their own")
    if own and not card.values:
        card.protocol["judge"] = "the game itself"
    values = card.values | own
    first = headline(source.spec, values)
    if first is not None:
        values = {first.name: values[first.name]} | values
    seconds = round(time.perf_counter() - began, 3)
    return Scores(values, card.protocol | {"seed": seed, "seconds": seconds})


def _images(card: _Card) -> None:
    """Fréchet distance, precision and recall in a judge's features; for conditional games how often the label fits."""
    spec, source = card.source.spec, card.source
    fake = card.samples()
    if fake is None or not isinstance(spec, Images):
        return
    judge = judge_for(spec, source.name).to(card.game.device)
    card.protocol |= {"judge": judge.name, "fingerprint": judge.fingerprint}
    if judge.name != source.name:
        what = f"the {judge.name} judge on the grey picture resized to {judge.size}x{judge.size}"
        card.protocol["note"] = f"{what}, since '{source.name}' has no judge of its own"
    real, train = card.reference(source.main), source.first(source.main, len(fake))
    card.protocol["floor"] = f"{len(train)} of train"
    x, y, z = judge.features(fake), judge.features(real), judge.features(train)
    card.score(("fid",), lambda: (frechet_distance(x, y),))
    card.score(("fid floor",), lambda: (frechet_distance(z, y),))
    card.score(("precision", "recall"), lambda: precision_recall(y, x))
    if card.game.classes:
        card.score(("label accuracy", "real label accuracy"), lambda: _label_accuracy(card, judge.predict, fake, real))


def _label_accuracy(
    card: _Card, predict: Callable[[Tensor], Tensor], fake: Tensor, real: Tensor
) -> tuple[float, float]:
    """Share of samples that the judge takes for the label asked for, beside its accuracy on real data.

    Raises:
        RivalsError: where the judge does not know these classes.
    """
    if "label" not in card.test.fields:
        raise RivalsError("the reference has no labels to try the judge on")
    known = _share(predict(real), card.test.first("label", len(real)))
    if known < 0.5:
        raise RivalsError(f"the judge names only {known:.0%} of the real labels: it does not know these classes")
    return _share(predict(fake), torch.arange(len(fake)) % card.game.classes), known


def _points(card: _Card) -> None:
    """Modes covered where they are known, else distances to held-out points."""
    source, truth = card.source, card.source.truth
    fake = card.samples()
    if fake is None:
        return
    real = card.reference(source.main)
    if not isinstance(truth, Mixture):
        card.protocol["judge"] = "raw coordinates"
        train = source.first(source.main, len(fake))
        card.score(("frechet",), lambda: (frechet_distance(fake, real),))
        card.score(("frechet floor",), lambda: (frechet_distance(train, real),))
        card.score(("precision", "recall"), lambda: precision_recall(real, fake))
        return
    card.protocol["judge"] = "known truth"
    card.values |= points.against_truth(fake, real, truth)
    if card.game.classes:
        card.score(
            ("label accuracy", "real label accuracy"),
            lambda: _label_accuracy(card, lambda x: points.nearest(x, truth)[1], fake, real),
        )


def _arrays(card: _Card) -> None:
    """Distances to held-out samples in raw coordinates, or on fixed random directions where there are many."""
    fake = card.samples()
    if fake is None:
        return
    real, train = card.reference(card.source.main), decoded(card.source.first(card.source.main, len(fake)))
    x, y, z = (part.flatten(1).double() for part in (fake, real, train))
    card.protocol["judge"] = "raw coordinates"
    if x.shape[1] > DIRECTIONS:
        card.protocol["judge"] = f"{DIRECTIONS} fixed random directions"
        mixing = torch.randn(x.shape[1], DIRECTIONS, generator=torch.Generator().manual_seed(0), dtype=torch.double)
        directions = torch.linalg.qr(mixing).Q
        x, y, z = x @ directions, y @ directions, z @ directions
    card.score(("frechet",), lambda: (frechet_distance(x, y),))
    card.score(("frechet floor",), lambda: (frechet_distance(z, y),))
    card.score(("precision", "recall"), lambda: precision_recall(y, x))


def _translations(card: _Card) -> None:
    """Mean absolute error of a translator on the test split, beside that of leaving the input as it is."""
    game, truth, paired = card.game, card.source.truth, isinstance(card.source.spec, Pairs)
    if not isinstance(game, Translator) or not (paired or isinstance(truth, Translation)):
        return
    x = card.reference("x", card.count(card.test.size))
    y = card.test.first("y", len(x)) if paired else truth.forward(x)
    y, made = decoded(y), []
    with game.presenting():
        for i, part in enumerate(torch.split(x, game.chunk)):
            with noise.seeded(game.device, "translate", card.seed, i):
                made.append(game.translate(part.to(game.device)).cpu())
    translated = torch.cat(made)
    if translated.shape != y.shape:
        raise RivalsError(f"translations are {tuple(translated.shape[1:])} each, the truth is {tuple(y.shape[1:])}")
    _finite(translated, "translations")
    card.protocol |= {"judge": "pairs" if paired else "known truth", "samples": len(x)}
    card.values["l1 to truth"] = (translated - y).abs().mean().item()
    if x.shape == y.shape:
        card.values["l1 of input"] = (x - y).abs().mean().item()


def _tokens(card: _Card) -> None:
    """Likelihood of samples under the oracle that made the data, in nats a symbol, beside that of held-out data."""
    oracle = card.source.truth
    fake = card.samples()
    if fake is None or not isinstance(oracle, Likelihood):
        return
    real = card.reference(card.source.main)
    card.protocol["judge"] = "known truth"
    for name, tokens in {"oracle nll": fake, "oracle nll floor": real}.items():
        card.values[name] = oracle.nll(tokens).double().mean().item()


def _nothing(card: _Card) -> None:
    """The game alone knows its scores."""


MEASURES: dict[type, Callable[[_Card], None]] = {
    Points: _points,
    Images: _images,
    Pairs: _translations,
    Unpaired: _translations,
    Tokens: _tokens,
    Array: _arrays,
    Environment: _nothing,
}
"""Kind of data -> what is measured."""


def _share(found: Tensor, right: Tensor) -> float:
    return (found == right).double().mean().item()


def _finite(x: Tensor, what: str) -> None:
    bad = int((~x.isfinite()).flatten(1).any(1).sum())
    if bad:
        raise RivalsError(f"{bad} of {len(x)} {what} hold NaN or infinity: the training has diverged")
