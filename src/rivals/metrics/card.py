"""What the measures of one evaluation share: samples, held-out data, and their vectors, each made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from rivals import noise, processes
from rivals.data import cache, specs
from rivals.data.made.stacked import Stacked
from rivals.data.sources import Source, decoded
from rivals.data.specs import Array, Images, Pairs, Points, Spec, Tokens, Unpaired
from rivals.data.toy import Translation
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.metrics import judges
from rivals.metrics.text import hashed_ngrams
from rivals.translator import Translator

MOST = 10_000
"""Samples of an evaluation, unless the training split is smaller or the caller says otherwise."""

LEARNT = 60_000
"""Training samples among which copies are looked for."""

DIRECTIONS = 64
"""Random directions on which samples of many numbers are compared where no judge knows their kind."""


@runtime_checkable
class Judge(Protocol):
    """Whoever turns pictures into vectors; see `rivals.metrics.judges`."""

    name: str

    @property
    def fingerprint(self) -> str:
        """Of weights and preprocessing."""

    def features(self, images: Tensor, /) -> Tensor:
        """(N, C, H, W) -> (N, D)."""


class Space(NamedTuple):
    """Where samples are compared: the protocol's word for it, its fingerprint, and the map (N, ...) -> (N, D)."""

    name: str
    fingerprint: str
    vectors: Callable[[Tensor], Tensor]


@dataclass
class Card:
    """One evaluation under way.

    Args:
        game, source: what is scored, on which data.
        wanted: samples asked for.
        seed: of the samples.
        judge: instead of the data's own.
    """

    game: Game
    source: Source
    wanted: int | None = None
    seed: int = 0
    judge: Judge | None = None
    protocol: dict[str, Any] = field(default_factory=dict)
    _vectors: dict[str, Tensor] = field(default_factory=dict)
    _probabilities: dict[str, Tensor] = field(default_factory=dict)

    @property
    def spec(self) -> Spec:
        """Of the data."""
        return self.source.spec

    @property
    def test(self) -> Source:
        """The held-out split, or the training one where nothing is held out."""
        return self.source.test or self.source

    def count(self, size: int | None) -> int:
        """The samples asked for; by default what the data's own protocol says, else `MOST` or the data's size."""
        return self.wanted or getattr(self.source.truth, "samples", None) or min(MOST, size or MOST)

    @property
    def samples_made(self) -> bool:
        """Whether the game makes samples of its own."""
        return self.game.original and (
            type(self.game).generate is not Game.generate or type(self.game).sample is not Game.sample
        )

    @cached_property
    def fake(self) -> Tensor:
        """The game's samples, or a translator's translations of held-out inputs.

        Raises:
            RivalsError: for samples of another shape than the data's, or not finite.
        """
        if isinstance(self.spec, Pairs | Unpaired):
            return self._translations()
        n = self.count(self.source.size)
        made = self.game.sample(min(n, self.game.most or n), seed=self.seed)
        if tuple(made.shape[1:]) != self.spec.shape:
            raise RivalsError(f"samples are {tuple(made.shape[1:])} each, the data is {self.spec.shape}")
        _finite(made, "samples")
        return made.cpu()

    @cached_property
    def real(self) -> Tensor:
        """Held-out data; the protocol says how much, and whether it is the training data for want of another."""
        return self._reference(self.source.main, None)

    @cached_property
    def train(self) -> Tensor:
        """As many training data as there are samples: what the best generator would make."""
        found = decoded(self.source.first(self.source.main, len(self.fake)))
        self.protocol["floor"] = f"{len(found)} of train"
        return found

    @cached_property
    def learnt(self) -> Tensor:
        """What the game may have learnt by heart: the training split, its first `LEARNT` where it is larger."""
        return decoded(self.source.first(self.source.main, min(LEARNT, self.source.size or len(self.fake))))

    @cached_property
    def inputs(self) -> Tensor:
        """What a translator is given: held-out x."""
        return self._reference("x", self.count(self.test.size))

    @cached_property
    def truth(self) -> Tensor:
        """What its translations should be: the other half of each pair, or the hidden map's values."""
        if isinstance(self.spec, Pairs):
            return decoded(self.test.first("y", len(self.inputs)))
        assert isinstance(self.source.truth, Translation)
        return decoded(self.source.truth.forward(self.inputs))

    def _reference(self, name: str, size: int | None) -> Tensor:
        real = decoded(self.test.first(name, size or self.test.size or self.count(None)))
        self.protocol["reference"] = "test" if self.source.test is not None else "train, since there is no test split"
        self.protocol["references"] = len(real)
        return real

    def _translations(self) -> Tensor:
        assert isinstance(self.game, Translator)
        made = []
        with self.game.presenting():
            for i, part in enumerate(torch.split(self.inputs, self.game.chunk)):
                with noise.seeded(self.game.device, "translate", self.seed, i):
                    made.append(self.game.translate(part.to(self.game.device)).cpu())
        found = torch.cat(made)
        if found.shape != self.truth.shape:
            shapes = tuple(found.shape[1:]), tuple(self.truth.shape[1:])
            raise RivalsError(f"translations are {shapes[0]} each, the truth is {shapes[1]}")
        _finite(found, "translations")
        return found

    # ---- labels ----------------------------------------------------------------------------------------------------

    @property
    def asked(self) -> Tensor:
        """The label (N,) that each sample was asked for; a conditional game walks through its classes."""
        return torch.arange(len(self.fake)) % self.game.classes

    def labels(self, part: str) -> Tensor:
        """The labels (N,) of "real" or "train".

        Raises:
            RivalsError: where the data have none.
        """
        source, data = (self.test, self.real) if part == "real" else (self.source, self.train)
        if "label" not in source.fields:
            raise RivalsError("the reference has no labels to try the judge on")
        return source.first("label", len(data))

    # ---- vectors ---------------------------------------------------------------------------------------------------

    @cached_property
    def space(self) -> Space:
        """Where the samples of this kind of data are compared."""
        make = specs.lookup(SPACES, self.spec)
        if make is None:
            raise RivalsError(f"nothing is known that turns {specs.spelled(self.spec)} into vectors")
        space: Space = make(self)
        return space

    @cached_property
    def seen_by(self) -> Judge:
        """The judge of pictures: the one asked for, or the data's own."""
        assert isinstance(self.spec, Images)
        judge: Judge = self.judge or self._own_judge(self.spec)
        if isinstance(judge, torch.nn.Module):
            judge.to(self.game.device)
        return judge

    def _own_judge(self, spec: Images) -> Judge:
        if isinstance(self.source.truth, Stacked):
            return judges.EachChannel(judges.load(self.source.truth.judge), spec.channels)
        return judges.judge_for(spec, self.source.name)

    def vectors(self, part: str) -> Tensor:
        """Vectors (N, D) of "fake", "real", "train" or "learnt"; a judge's of real data are kept in the cache."""
        if part not in self._vectors:
            data = getattr(self, part)
            judged = part != "fake" and isinstance(self.spec, Images)
            self._vectors[part] = self._kept(part, data) if judged else self.space.vectors(data)
        return self._vectors[part]

    def probabilities(self, part: str) -> Tensor:
        """The judge's class probabilities (N, K) of "fake", "real" or "train".

        Raises:
            RivalsError: where the judge tells no classes apart.
        """
        if part not in self._probabilities:
            if not getattr(self.seen_by, "classes", 0):
                raise RivalsError(f"the judge {self.seen_by.name} tells no classes apart")
            self._probabilities[part] = self.seen_by.probabilities(getattr(self, part))  # type: ignore[attr-defined]
        return self._probabilities[part]

    def _kept(self, part: str, data: Tensor) -> Tensor:
        """A judge's features of real data, computed once for each data set and judge."""
        source = self.test if part == "real" else self.source
        key = {"features": self.space.fingerprint, "of": source.fingerprint(), "n": len(data)}
        return self.kept(key, lambda: self.space.vectors(data).float())

    @staticmethod
    def kept(key: Mapping[str, Any], make: Callable[[], Tensor]) -> Tensor:
        """A tensor (N, ...) that depends on real data alone, from the cache or made and put there."""

        def there() -> Tensor | None:
            kept = cache.stored(key)
            return None if kept is None else torch.from_numpy(kept.array)

        # the first process looks for all: a judge shares its work out, so all of them compute, or none
        known = processes.from_first(there)
        if known is not None:
            return known
        found = make()
        if processes.first():
            rows = found.numpy()
            cache.keep(key, lambda: cache.Rows(rows.dtype, rows.shape[1:], len(rows), iter(rows)))
        return found

    def resampled(self, generator: torch.Generator) -> Card:
        """The same card with its samples drawn anew from themselves, for the bootstrap."""
        rows = torch.randint(len(self.fake), (len(self.fake),), generator=generator)
        other = Card(self.game, self.source, self.wanted, self.seed, self.judge)
        for name in ("fake", "real", "train", "space", "inputs", "truth"):
            if name in self.__dict__:
                value = self.__dict__[name]
                paired = name in ("fake", "inputs") or (name == "truth" and "inputs" in self.__dict__)
                other.__dict__[name] = value[rows] if paired and isinstance(value, Tensor) else value
        for mine, theirs in ((self._vectors, other._vectors), (self._probabilities, other._probabilities)):
            theirs.update({part: x[rows] if part == "fake" else x for part, x in mine.items()})
        return other


def _judged(card: Card) -> Space:
    judge = card.seen_by
    if card.judge is None and judge.name != card.source.name:
        card.protocol["note"] = f"judged by {judge.name}, since '{card.source.name}' has no judge of its own"
    return Space(judge.name, judge.fingerprint, judge.features)


def _raw(card: Card) -> Space:
    return Space("raw coordinates", "", lambda x: x.flatten(1).double())


def _directed(card: Card) -> Space:
    numbers = card.real[0].numel()
    if numbers <= DIRECTIONS:
        return _raw(card)
    mixing = torch.randn(numbers, DIRECTIONS, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    directions = torch.linalg.qr(mixing).Q
    return Space(f"{DIRECTIONS} fixed random directions", "", lambda x: x.flatten(1).double() @ directions)


def _words(card: Card) -> Space:
    return Space("hashed n-grams", "", hashed_ngrams)


SPACES: Mapping[type, Callable[[Card], Space]] = {
    Points: _raw,
    Images: _judged,
    Array: _directed,
    Tokens: _words,
}
"""Kind of data -> where its samples are compared."""


def chosen_judge(judge: str | Judge | None, spec: Spec) -> Judge | None:
    """The judge that a word or a file names.

    Raises:
        UsageError: where the data are no pictures, or there is no such judge.
    """
    if judge is None:
        return None
    if not isinstance(spec, Images):
        raise UsageError(f"judges look at pictures, and this data is {specs.spelled(spec)}: leave --judge out")
    return judges.load(judge) if isinstance(judge, str) else judge


def _finite(x: Tensor, what: str) -> None:
    bad = int((~x.isfinite()).flatten(1).any(1).sum())
    if bad:
        raise RivalsError(f"{bad} of {len(x)} {what} hold NaN or infinity: the training has diverged")
