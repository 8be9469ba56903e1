"""How much labels and noise matter: claims of results/ over a range of labels, of wrong labels, of noisy inputs.

    python benchmarks/curves.py [--only labels tenth wrong noise] [--seeds 3] [--out benchmarks/curves.json]

A point is a claim with one option changed on both sides: the same budget, seeds and scores as `rivals reproduce`.
What a claim has trained is taken as it is; the same command again goes on. At the end it prints the tables of
docs/guides/labels.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rivals import catalog, pack
from rivals.benchmark import reproduce
from rivals.benchmark.tasks import Task

OUT = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Curve:
    """A claim at several values of one option; without values, as it stands.

    Attributes:
        ours: another option that follows it, on our side alone.
    """

    recipe: str
    claim: str
    option: str = ""
    values: Sequence[Any] = ()
    ours: str = ""


LABELS = (20, 50, 100, 200)
CURVES = {
    "labels": (
        Curve("ssgan", "labels-alone", "labels", LABELS),
        Curve("improved-gan", "labels-alone", "labels", LABELS),
        Curve("triple-gan", "labels-alone", "labels", LABELS),
        Curve("kdgan", "distillation", "labels", LABELS),
        Curve("multitask-gan", "class-alone", "labels", LABELS),
        Curve("capsulegan", "few-labels", "labels", LABELS),
    ),
    "tenth": (Curve("s3gan", "tenth", "labels", (14, 35, 70, 140, 350, 700)),),
    "wrong": (Curve("rcgan", "noisy-labels", "flip", (0.1, 0.3, 0.5, 0.7), "wrong"),),
    "noise": (Curve("rocgan", "noise"), Curve("rocgan", "second-way")),
}
HEADS = {
    "labels": "labelled digits, error",
    "tenth": "labelled digits, FID as a share of that with all labels",
    "wrong": "share of wrong labels, label accuracy of samples",
    "noise": "share of noise in the inputs, mean absolute error",
}
RIVALS = {"rocgan/noise": "`pix2pix`", "rocgan/second-way": "itself without the second way"}
LEVELS = ("clean", "error at 0.1", "error at 0.25")


def point(curve: Curve, value: object, seeds: int) -> dict[str, Any]:
    """One point of a curve: figures of ours and of what it is compared with, and the paired difference."""
    entry = catalog.find(curve.recipe)
    claim = entry.claim(curve.claim)
    if curve.option:
        both = {curve.option: value}
        against = None if claim.beats_options is None else {**claim.beats_options, **both}
        mine = {curve.ours: value} if curve.ours else {}
        claim = replace(claim, options={**claim.options, **both, **mine}, beats_options=against)
    found = reproduce.run(Task(entry, claim, seeds), 1, reproduce.HOME, lambda line: print(line, flush=True))
    kept = {"metric": found.metric, "steps": found.protocol["steps"], "minutes": found.minutes}
    return kept | {"ours": found.values, "also": found.also, "against": found.against}


def tables(found: dict[str, Any]) -> str:
    """All curves as tables in Markdown, (mean of the rival) behind the mean, * where the paired interval excludes 0."""
    return "\n\n".join(table(group, found) for group in CURVES if all(_name(c) in found for c in CURVES[group]))


def table(group: str, found: dict[str, Any]) -> str:
    """The curves of one group."""
    curves = CURVES[group]
    if not curves[0].values:  # one training each, whose figures at several levels stand beside
        rows = [(found[_name(curve)][""], RIVALS[_name(curve)]) for curve in curves]
        head, cells = list(LEVELS), {f"`rocgan` ({rival})": _levels(point) for point, rival in rows}
    else:
        head = [str(value) for value in curves[0].values]
        cells = {f"`{curve.recipe}`": [_cell(found[_name(curve)][value]) for value in head] for curve in curves}
    lines = [f"| {HEADS[group]} | {' | '.join(head)} |", "| --- " * (len(head) + 1) + "|"]
    return "\n".join(lines + [f"| {name} | {' | '.join(each)} |" for name, each in cells.items()])


def _name(curve: Curve) -> str:
    return f"{curve.recipe}/{curve.claim}"


def _cell(point: dict[str, Any]) -> str:
    mean, against = statistics.fmean(point["ours"]), point["against"]
    if not against:
        return f"{mean:.2f}"
    sure = "" if against["low"] <= 0 <= against["high"] else "*"
    return f"{mean:.3f}{sure} ({statistics.fmean(against['values']):.3f})"


def _levels(point: dict[str, Any]) -> list[str]:
    ours, theirs = ([statistics.fmean(side["also"][level]) for level in LEVELS] for side in (point, point["against"]))
    return [f"{mine:.3f} ({other:.3f})" for mine, other in zip(ours, theirs, strict=True)]


def main() -> None:
    """See the module."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--only", nargs="*", choices=list(CURVES), default=list(CURVES))
    about.add_argument("--seeds", type=int, default=3)
    about.add_argument("--out", type=Path, default=OUT)
    given = about.parse_args()
    found: dict[str, Any] = json.loads(given.out.read_text(encoding="utf-8")) if given.out.is_file() else {}
    for group in given.only:
        for curve in CURVES[group]:
            points = found.setdefault(f"{curve.recipe}/{curve.claim}", {})
            for value in curve.values or ("",):
                if str(value) in points:
                    continue
                points[str(value)] = point(curve, value, given.seeds)
                pack.replace_file(given.out, (json.dumps(found, indent=1) + "\n").encode())
    print(tables(found))


if __name__ == "__main__":
    main()
