"""Compare scores: which model is better, how surely, and at what cost; unlike scores are refused."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist, fmean
from typing import Any

from rivals.api import evaluate
from rivals.errors import RivalsError, UsageError
from rivals.metrics.intervals import Interval, over_seeds, probability_better
from rivals.metrics.scores import Scores, lower_is_better, unlike
from rivals.store.folder import RunFolder

ROUNDS = 200
"""Resamples of the bootstrap of a model that was trained once."""

COSTS = ("steps", "reals", "seconds", "parameters")


@dataclass(frozen=True)
class Row:
    """One model, trained with one seed or several.

    Attributes:
        label: recipe, with the options that tell it from the other rows.
        values: the figure of each seed.
        interval: their mean and 95 % interval: over seeds, or by resampling the samples of a single one.
        floor, untrained: what held-out real data score, and the model before its training; NaN where it is not known.
        cost: means over seeds.
        sources: where the scores came from.
    """

    label: str
    values: list[float]
    interval: Interval
    floor: float
    untrained: float
    cost: dict[str, float]
    sources: list[str]


@dataclass(frozen=True)
class Comparison:
    """A table of models.

    Attributes:
        metric: the score.
        lower_is_better: of it.
        rows: the best first.
        beats: [i][j]: the probability that a run of row i beats one of row j; NaN where nothing tells.
        protocol: what all the scores share.
        notes: what a reader should know, such as unequal budgets.
    """

    metric: str
    lower_is_better: bool
    rows: list[Row]
    beats: list[list[float]]
    protocol: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data; what is not known is null."""
        rows = [vars(row) | {"interval": row.interval.to_json()} for row in self.rows]
        whole = {**vars(self), "rows": rows}
        return json.loads(json.dumps(whole), parse_constant=lambda _: None)  # type: ignore[no-any-return]

    def lines(self) -> list[str]:
        """The table for a terminal."""
        head = [self.metric, "95 % interval", "runs", "floor", "untrained", *COSTS]
        cells = [
            [
                f"{row.interval.mean:.4g}",
                f"{row.interval.low:.4g} to {row.interval.high:.4g}" if row.interval.known else "unknown",
                str(len(row.values)),
                *(f"{x:.4g}" if math.isfinite(x) else "" for x in (row.floor, row.untrained)),
                *(f"{row.cost[name]:,.0f}" if name in row.cost else "" for name in COSTS),
            ]
            for row in self.rows
        ]
        labels = [row.label for row in self.rows]
        told = _table(["", *head], [[label, *line] for label, line in zip(labels, cells, strict=True)])
        if len(self.rows) > 1:
            numbers = [f"[{i}]" for i in range(1, len(labels) + 1)]
            beaten = [
                [f"{number} {label}", *("" if math.isnan(p) else f"{p:.2f}" for p in line)]
                for number, label, line in zip(numbers, labels, self.beats, strict=True)
            ]
            told += ["", *_table(["probability that the row beats", *numbers], beaten)]
        kept = ", ".join(f"{k} {v}" for k, v in self.protocol.items())
        return [*told, "", f"protocol: {kept}", *(f"note: {note}" for note in self.notes)]


@dataclass(frozen=True)
class _Scored:
    source: str
    scores: Scores
    run: Path | None


def compare(things: Sequence[str | Path], *, metric: str | None = None, rounds: int = ROUNDS) -> Comparison:
    """Set scores side by side: runs of equal recipe and options are seeds of one model.

    Args:
        things: folders of finished runs, or files that `rivals evaluate --json` wrote.
        metric: a score that all have; by default the first one's headline.
        rounds: resamples of the bootstrap, for models that were trained once.

    Raises:
        UsageError: for fewer than two, one that is no score, and for unlike scores, saying how to make them alike.
    """
    if len(things) < 2:
        raise UsageError("compare at least two runs: rivals compare RUN RUN …")
    scored = [_read(thing) for thing in things]
    first = scored[0]
    for other in scored[1:]:
        if reasons := unlike(first.scores, other.scores):
            raise UsageError(f"{first.source} and {other.source} cannot be compared: {'; '.join(reasons)}")
    name = metric or next(iter(first.scores.values), None)
    missing = [s.source for s in scored if name not in s.scores.values]
    if name is None or missing:
        raise UsageError(f"{', '.join(missing) or first.source} has no score '{name}': {_offered(scored)}")
    broken = [s.source for s in scored if not math.isfinite(s.scores.values[name])]
    if broken:
        raise UsageError(f"the {name} of {', '.join(broken)} is no finite number: leave such runs out, and say so")
    lower = lower_is_better(name)
    labels = _labels(scored)
    rows = [
        _row(label, [s for s, own in zip(scored, labels, strict=True) if own == label], name, rounds)
        for label in dict.fromkeys(labels)
    ]
    rows.sort(key=lambda row: row.interval.mean, reverse=not lower)
    beats = [[_beats(a, b, lower) for b in rows] for a in rows]
    kept = ("judge", "fingerprint", "data", "samples", "reference", "references")
    protocol = {k: first.scores.protocol[k] for k in kept if k in first.scores.protocol}
    return Comparison(name, lower, rows, beats, protocol, _notes(rows))


def _read(thing: str | Path) -> _Scored:
    """The final scores of a run, or those in a file.

    Raises:
        UsageError: where there are none.
    """
    path = Path(thing)
    folder = RunFolder(path)
    if path.is_dir():
        if not (path / "scores.json").is_file():
            known = f"its status is '{folder.status().get('status', 'unknown')}'" if folder.exists else "it is no run"
            raise UsageError(
                f"{path} has no final scores ({known}): finish it, or score it with rivals evaluate --json"
            )
        config = folder.config()
        scores = _parsed(path / "scores.json")
        game = config.get("game", {})
        model = {"recipe": game.get("recipe"), "options": game.get("options", {}), "seed": config.get("seed")}
        return _Scored(str(path), Scores(scores.values, scores.protocol, scores.model or model, scores.cost), path)
    if path.is_file():
        return _Scored(str(path), _parsed(path), None)
    raise UsageError(f"there is no run and no file {path}")


def _parsed(path: Path) -> Scores:
    try:
        return Scores.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} holds no scores: write it with rivals evaluate RUN --json > {path.name}") from None


def _labels(scored: Sequence[_Scored]) -> list[str]:
    """Recipe, and of its options those that are not the same everywhere."""
    options = [s.scores.model.get("options") or {} for s in scored]
    told = [k for k in sorted({k for o in options for k in o}) if len({json.dumps(o.get(k)) for o in options}) > 1]
    return [
        " ".join([str(s.scores.model.get("recipe") or s.source), *(f"{k}={o[k]}" for k in told if k in o)])
        for s, o in zip(scored, options, strict=True)
    ]


def _row(label: str, seeds: Sequence[_Scored], name: str, rounds: int) -> Row:
    values = [s.scores.values[name] for s in seeds]
    interval = over_seeds(values)
    if len(seeds) == 1:
        interval = _resampled(seeds[0], name, rounds)

    def mean(key: str) -> float:
        found = [s.scores.values[key] for s in seeds if key in s.scores.values]
        return fmean(found) if found else math.nan

    costs = {key: [s.scores.cost[key] for s in seeds if key in s.scores.cost] for key in COSTS}
    cost = {key: fmean(found) for key, found in costs.items() if found}
    return Row(
        label, values, interval, mean(f"{name} floor"), mean(f"{name} untrained"), cost, [s.source for s in seeds]
    )


def _resampled(one: _Scored, name: str, rounds: int) -> Interval:
    """The interval of a single model, from its protocol or by scoring it again with the bootstrap."""
    value, protocol = one.scores.values[name], one.scores.protocol
    bounds = protocol.get("intervals", {}).get(name)
    if bounds is None and one.run is not None and rounds:
        try:
            again = evaluate(one.run, samples=protocol.get("samples"), metrics=[name], seed=protocol.get("seed", 0),
                             intervals=rounds)  # fmt: skip
            bounds = again.protocol.get("intervals", {}).get(name)
        except RivalsError:  # a score of the game's own, or a recipe from outside
            bounds = None
    low, high = bounds or (math.nan, math.nan)
    return Interval(value, low, high, protocol.get("samples", 1), "bootstrap")


def _beats(a: Row, b: Row, lower: bool) -> float:
    """The probability that a run of a is better than one of b; NaN where single runs have no interval."""
    if a is b:
        return math.nan
    if min(len(a.values), len(b.values)) > 1:
        return probability_better(a.values, b.values, lower)
    if not (a.interval.known and b.interval.known):
        return math.nan
    wide = math.hypot(*((r.interval.high - r.interval.low) / (2 * NormalDist().inv_cdf(0.975)) for r in (a, b)))
    ahead = (b.interval.mean - a.interval.mean) * (1 if lower else -1)
    return NormalDist().cdf(ahead / wide) if wide else 0.5 + 0.5 * math.copysign(1, ahead) * (ahead != 0)


def _notes(rows: Sequence[Row]) -> list[str]:
    notes = []
    reals = [row.cost["reals"] for row in rows if "reals" in row.cost]
    if reals and max(reals) > 1.05 * min(reals):
        notes.append(f"budgets differ: {min(reals):,.0f} to {max(reals):,.0f} reals seen")
    single = [row.label for row in rows if len(row.values) == 1]
    if single:
        notes.append(f"trained once: {', '.join(single)}; such an interval tells of the samples, not of other seeds")
    return notes


def _offered(scored: Sequence[_Scored]) -> str:
    every = [set(s.scores.values) for s in scored]
    shared = sorted(set.intersection(*every))
    return f"all have {', '.join(shared)}" if shared else "these have no score in common"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[i]) for line in (head, *rows)) for i in range(len(head))]
    lines = []
    for line in (head, *rows):
        cells = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines
