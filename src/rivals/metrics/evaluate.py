"""Score a game on a source: which measures, against which data, by which judge, is settled by the kind of the data.

A score carries its protocol. What cannot be computed (a Fréchet distance to one picture) is left out, with the reason
in the protocol; what is wrong (samples that are not finite) is refused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from rivals import noise, options, registry
from rivals.data import specs
from rivals.data.sources import Source
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.metrics.card import MOST as MOST
from rivals.metrics.card import Card, Judge, chosen_judge
from rivals.metrics.protocols import Measure, measures_of
from rivals.metrics.scores import HEADLINE as HEADLINE
from rivals.metrics.scores import Headline as Headline
from rivals.metrics.scores import Scores as Scores
from rivals.metrics.scores import headline as headline

GROUPS = ("standard", "all")
"""Words for several scores at once."""


def evaluate(
    game: Game,
    source: Source,
    *,
    samples: int | None = None,
    seed: int = 0,
    metrics: str | Sequence[str] = "standard",
    judge: str | Judge | None = None,
    untrained: bool = False,
    intervals: int = 0,
) -> Scores:
    """Score a game with the protocol of its data, and add what only the game can tell (`Game.scores`).

    Nothing of a surrounding training changes: neither random state, nor modes, nor precision, nor the game.

    Args:
        game: trained or not.
        source: the data; its test split is the reference.
        samples: how many to make (of a translator: how many test inputs); by default the smaller of 10,000 and the
            training split.
        seed: of the samples.
        metrics: "standard", "all", or names of scores (also as one text with commas).
        judge: of pictures: a name, a file, or anything with `features`; by default the data's own.
        untrained: also score a game built anew, which says what the headline was before any training.
        intervals: resamples of the bootstrap that gives each figure of samples its 95 % interval; 0 gives none.

    Returns:
        The scores; those that the game and the data do not allow are not there.

    Raises:
        UsageError: for fewer than 2 samples, or scores that there are not.
        RivalsError: for samples that are not finite or not of the data's shape.
    """
    if samples is not None and samples < 2:
        raise UsageError(f"a score needs at least 2 samples, not {samples}")
    names = None if metrics in GROUPS else _names(metrics)
    every = measures_of(source.spec)
    wanted = [m for m in every if (metrics == "all" or m.standard if names is None else set(m.names) & set(names))]
    began, device = time.perf_counter(), game.device
    values: dict[str, float] = {}
    with noise.seeded(device, "evaluate", seed), torch.autocast(device.type, enabled=False):
        card = Card(game, source, samples, seed, chosen_judge(judge, source.spec), protocol={"judge": "none"})
        with torch.no_grad():
            for measure in wanted:
                values |= _tried(card, measure, explicit=names is not None)
            if intervals and values:
                card.protocol["intervals"] = _intervals(card, wanted, values, intervals, seed)
        own = {}
        others = set(names or ()) - {name for m in every for name in m.names}
        if names is None or others:
            with game.presenting(), torch.enable_grad():  # a game may measure its critic's slope
                own = {name: float(value) for name, value in game.scores(source).items()}
            _known(others, own, every, source)
            own = own if names is None else {name: own[name] for name in own if name in names}
    twice = sorted(own.keys() & values.keys())
    if twice:
        raise RivalsError(f"{type(game).__name__}.scores repeats {', '.join(twice)}: give them names of their own")
    if own and not values:
        card.protocol["judge"] = "the game itself"
    values |= own
    first = headline(source.spec, values)
    if first is not None:
        values = {first.name: values[first.name]} | values
        if untrained:
            values |= _untrained(game, source, first.name, samples, seed, judge)
    seconds = round(time.perf_counter() - began, 3)
    data = {"data": source.name, "data hash": source.fingerprint()[:12]}
    model = {key: value for key, value in (game.config or {}).items() if key in ("recipe", "options")}
    return Scores(values, card.protocol | data | {"seed": seed, "seconds": seconds}, model)


def _names(metrics: str | Sequence[str]) -> list[str]:
    return [name.strip() for name in metrics.split(",")] if isinstance(metrics, str) else list(metrics)


def _known(names: set[str], own: Mapping[str, float], every: Sequence[Measure], source: Source) -> None:
    """Refuse names that neither the data's protocol nor the game knows.

    Raises:
        UsageError: saying which there are.
    """
    known = [*(name for m in every for name in m.names), *own]
    for name in sorted(names - own.keys()):
        raise UsageError(
            f"there is no score '{name}' of {specs.spelled(source.spec)}{options.did_you_mean(name, known) or '.'} "
            f"There are {', '.join(known) or 'none'}; or say standard or all"
        )


def _tried(card: Card, measure: Measure, *, explicit: bool) -> dict[str, float]:
    """The figures of one measure; where data or game are too small for it, the reason goes into the protocol."""
    reason = measure.unfit(card)
    if reason and not explicit:
        return {}
    if not reason:
        if measure.sampled:
            card.protocol["samples"] = len(card.fake)  # samples that are wrong are refused here, not left out
        try:
            if not measure.sampled:  # whoever judged samples stays their judge
                card.protocol["judge"] = measure.judge if card.protocol["judge"] == "none" else card.protocol["judge"]
            elif measure.judge:
                card.protocol["judge"] = measure.judge
            elif card.protocol["judge"] == "none":
                card.protocol["judge"] = card.space.name
                card.protocol |= {"fingerprint": card.space.fingerprint} if card.space.fingerprint else {}
            return measure(card)
        except RivalsError as error:
            reason = str(error)
    card.protocol.setdefault("left out", {}).update(dict.fromkeys(measure.names, reason))
    return {}


def _intervals(
    card: Card, wanted: Sequence[Measure], values: dict[str, float], rounds: int, seed: int
) -> dict[str, tuple[float, float]]:
    """Bounds of each figure when samples are drawn anew from themselves, moved so that their middle is the figure.

    A resample holds doubles, which biases a Fréchet distance upwards; its spread is what is wanted.
    """
    generator, draws = torch.Generator().manual_seed(seed), dict[str, list[float]]()
    for _ in range(rounds):
        other = card.resampled(generator)
        for measure in wanted:
            if measure.resampled and set(measure.names) & values.keys():
                for name, value in measure(other).items():
                    draws.setdefault(name, []).append(value)
    bounds = {}
    for name, found in draws.items():
        low, high = np.quantile(found, [0.025, 0.975]) - np.mean(found) + values[name]
        bounds[name] = (float(low), float(high))
    return bounds


def _untrained(
    game: Game, source: Source, name: str, samples: int | None, seed: int, judge: str | Judge | None
) -> dict[str, float]:
    """The headline of the same game before its first step; nothing where nobody knows how to build it anew."""
    if game.config is None:
        return {}
    try:
        fresh = registry.rebuild(game.config).to(game.device)
        scores = evaluate(fresh, source, samples=samples, seed=seed, judge=judge)
    except RivalsError:  # a recipe from outside, or samples that are no numbers before training
        return {}
    return {f"{name} untrained": scores.values[name]} if name in scores.values else {}
