"""How much labels and noise matter: claims of results/ over a range of labels, of wrong labels, of noisy inputs.

    python benchmarks/curves.py [--only labels tenth wrong noise] [--seeds 3] [--out benchmarks/curves.json]

A point is a claim with one option changed on both sides: the same budget, seeds and scores as `rivals reproduce`.
The same command again goes on. At the end it prints the tables of docs/guides/labels.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rivals import catalog, pack
from rivals.benchmark import reproduce
from rivals.benchmark.tasks import Task

OUT = Path(__file__).with_suffix(".json")
HOME = Path("runs/curves")


@dataclass(frozen=True)
class Curve:
    """A claim at several values of one option; without values, as it stands."""

    recipe: str
    claim: str
    option: str = ""
    values: Sequence[Any] = ()


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
    "wrong": (Curve("rcgan", "noisy-labels", "flip", (0.0, 0.1, 0.3, 0.5, 0.7)),),
    "noise": (Curve("rocgan", "noise"), Curve("rocgan", "second-way")),
}


def point(curve: Curve, value: object, seeds: int) -> dict[str, Any]:
    """One point of a curve: figures of ours and of what it is compared with, and the paired difference."""
    entry = catalog.find(curve.recipe)
    claim = entry.claim(curve.claim)
    if curve.option:
        both = {curve.option: value}
        against = None if claim.beats_options is None else {**claim.beats_options, **both}
        claim = replace(claim, options={**claim.options, **both}, beats_options=against)
    found = reproduce.run(Task(entry, claim, seeds), 1, HOME, lambda line: print(line, flush=True))
    kept = {"metric": found.metric, "steps": found.protocol["steps"], "minutes": found.minutes}
    return kept | {"ours": found.values, "also": found.also, "against": found.against}


def row(name: str, points: dict[str, Any]) -> list[str]:
    """Lines of a table: means of ours, and of what it is compared with."""

    def mean(values: Sequence[float]) -> str:
        return f"{sum(values) / len(values):.3g}"

    lines = [f"| {name} | " + " | ".join(mean(p["ours"]) for p in points.values()) + " |"]
    if all(p["against"] for p in points.values()):
        cells = [f"{mean(p['against']['values'])}" for p in points.values()]
        lines.append("| its rival | " + " | ".join(cells) + " |")
        gains = [f"{p['against']['low']:+.3f} … {p['against']['high']:+.3f}" for p in points.values()]
        lines.append("| gain, 95 % | " + " | ".join(gains) + " |")
    return lines


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
    for name, points in found.items():
        print("\n".join([f"\n{name}: " + ", ".join(points), *row(name.split("/")[0], points)]))


if __name__ == "__main__":
    main()
