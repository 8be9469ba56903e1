"""Several runs in one page: what differs, scores that may be compared, their curves together, samples side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from rivals import pack
from rivals.errors import UsageError
from rivals.metrics.scores import Scores, unlike
from rivals.web.page import (
    TERMS,
    Curve,
    Record,
    chart,
    figure,
    flat,
    mapping,
    number,
    read_json,
    records_of,
    section,
    spelled,
    whole,
)
from rivals.web.report import charts_over, curves_of, samples_of


@dataclass(frozen=True)
class Joined:
    """A run as the page shows it.

    Attributes:
        folder: of the run.
        label: the recipe, and what tells it from the others.
        facts: settings as one level.
        state: how it stands.
        scores: final ones, where there are any.
        records: of its training.
    """

    folder: Path
    label: str
    facts: Record
    state: Record
    scores: Scores | None
    records: list[Record]


def write(folders: Sequence[Path], path: Path) -> Path:
    """Write one page about several runs.

    Args:
        folders: of the runs, at least 2.
        path: of the page, ending in .html.

    Raises:
        UsageError: for fewer than 2 runs, a folder that is none, or another ending.
    """
    if len(folders) < 2:
        raise UsageError("a page of several runs needs at least 2")
    if path.suffix != ".html":
        raise UsageError(f"a page ends in .html, not '{path.name}'")
    for folder in folders:
        if not (folder / "config.json").is_file():
            raise UsageError(f"{folder} is no run: it has no config.json")
    runs = _read(list(folders))
    charts = (
        ("Scores while training", "score/", False),
        ("Losses", "loss/", True),
        ("Norms of the gradient", "gradient/", True),
    )
    body = [
        f"<header><h1>{len(runs)} runs</h1></header>",
        _table(runs),
        _scores(runs),
        _pictures(runs),
        *(
            charts_over(name, _together(runs, prefix, spiky), [r for run in runs for r in run.records])
            for name, prefix, spiky in charts
        ),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pack.replace_file(path, whole(f"{len(runs)} runs", body))
    return path


def _read(folders: list[Path]) -> list[Joined]:
    facts = []
    for folder in folders:
        config = read_json(folder / "config.json")
        game, data = mapping(config.get("game")) or config, config.get("data")
        source = data.get("name") if isinstance(data, dict) else data
        options = {f"option {k}": v for k, v in flat(mapping(game.get("options"))).items()}
        rest = {k: config.get(k) for k in ("seed", "batch", "steps", "precision")}
        facts.append({"recipe": game.get("recipe", folder.name), "data": source, **rest, **options})
    varied = [k for k in facts[0] | {k: 0 for f in facts for k in f} if len({str(f.get(k)) for f in facts}) > 1]
    runs = []
    for folder, fact in zip(folders, facts, strict=True):
        told = [f"{k.removeprefix('option ')}={fact[k]}" for k in varied if k != "recipe" and fact.get(k) is not None]
        label = " ".join([str(fact["recipe"]), *told[:4]])
        runs.append(
            Joined(
                folder, label, {k: fact.get(k) for k in ("recipe", "data", *varied)}, read_json(folder / "state.json"),
                _scored(read_json(folder / "scores.json")), records_of(folder / "metrics.jsonl"),
            )
        )  # fmt: skip
    names = [run.label for run in runs]
    alike = {name for name in names if names.count(name) > 1}
    return [run if run.label not in alike else _renamed(run, f"{run.label} ({run.folder})") for run in runs]


def _renamed(run: Joined, label: str) -> Joined:
    return Joined(run.folder, label, run.facts, run.state, run.scores, run.records)


def _scored(found: Record) -> Scores | None:
    try:
        return Scores.from_json(found)
    except (KeyError, TypeError, ValueError):
        return None


def _side(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table with a row for each run; cells are HTML."""
    top = "".join(f"<th>{escape(word)}</th>" for word in head)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines)
    return f"<div class='scroll'><table class='side'><tr>{top}</tr>{rows}</table></div>"


def _table(runs: list[Joined]) -> str:
    keys = list(runs[0].facts)
    lines = []
    for run in runs:
        step, total = number(run.state.get("step")), number(run.state.get("total"))
        seconds = max((number(r.get("seconds")) or 0.0 for r in run.records), default=0.0)
        stands = f"{escape(str(run.state.get('status', '')))} {'' if step is None else f'{step:,.0f}'}"
        stands += f" of {total:,.0f}" if total else ""
        lines.append(
            [*(spelled(run.facts[k], whole=k in {"steps", "seed"}) for k in keys), stands, f"{seconds / 60:.1f}"]
        )
    return section("Runs", _side([*keys, "stands", "minutes"], lines))


def _scores(runs: list[Joined]) -> str:
    """Groups of runs whose scores may be compared, each a table; why the groups may not."""
    groups: list[list[Joined]] = []
    for run in runs:
        if run.scores is None:
            continue
        home = next((g for g in groups if g[0].scores and not unlike(g[0].scores, run.scores)), None)
        groups.append([run]) if home is None else home.append(run)
    parts = []
    for i, group in enumerate(groups):
        first, mine = groups[0][0].scores, group[0].scores
        assert first is not None
        assert mine is not None
        why = "; ".join(unlike(first, mine))
        note = f"<p><small>Not to be compared with those above: {escape(why)}</small></p>" if i else ""
        names = list(mine.values)
        lines = [
            [escape(run.label), *(spelled(run.scores.values.get(name, "")) for name in names)]
            for run in group
            if run.scores is not None
        ]
        parts.append(note + _side(["run", *names], lines))
    return section("Scores", "".join(parts)) if parts else ""


def _pictures(runs: list[Joined]) -> str:
    shown = []
    for run in runs:
        newest = samples_of(run.folder / "samples")
        shown.append(figure(newest[-1], run.label) if newest else "")
    return section("Samples", f"<div class='views'>{''.join(shown)}</div>") if any(shown) else ""


def _together(runs: list[Joined], prefix: str, spiky: bool) -> Callable[[str], str]:
    """For a clock: one chart a figure, with a curve for each run that has it."""

    def drawn(clock: str) -> str:
        groups: dict[str, list[Curve]] = {}
        for run in runs:
            for curve in curves_of(run.records, prefix, clock):
                groups.setdefault(curve.name, []).append(Curve(run.label, curve.points))
        return "".join(
            chart(name if i == 0 else f"{name} ({i + 1})", group[at : at + TERMS], spiky=spiky)
            for name, group in groups.items()
            for i, at in enumerate(range(0, len(group), TERMS))
        )

    return drawn
