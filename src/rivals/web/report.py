"""The report of a run: one HTML file that holds everything and loads nothing.

It is written from the files in the run's folder alone; what is missing there is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

from rivals import catalog, pack
from rivals.diagnosis import heal, history
from rivals.errors import RivalsError, UsageError
from rivals.web.page import (
    LARGEST,
    TERMS,
    Curve,
    Record,
    chart,
    details,
    figure,
    flat,
    mapping,
    number,
    read_json,
    records_of,
    rows,
    section,
    spelled,
    spread,
    thinned,
    whole,
)

FRAMES = 24
"""Samples of a history."""
CLOCKS = {"reals": "reals seen", "seconds": "seconds", "step": "steps"}
"""Key of a record that a curve may run over -> in words."""


def write(run_folder: Path) -> Path:
    """Write report.html for a run that goes on, was interrupted, failed or is finished.

    Args:
        run_folder: holds any of config.json, state.json, metrics.jsonl, scores.json and samples/.

    Returns:
        The path of the report.
    """
    folder = Path(run_folder)
    config, state, scores = (read_json(folder / f"{name}.json") for name in ("config", "state", "scores"))
    records = records_of(folder / "metrics.jsonl")
    game = mapping(config.get("game")) or config
    recipe = str(game.get("recipe", "")) or folder.resolve().name
    entry = entry_of(recipe)
    data = config.get("data")
    source = str(data.get("name", "")) if isinstance(data, dict) else str(data or "")
    title = f"{recipe} on {source}" if source else recipe
    body = [
        head(title, entry, state),
        _scores(scores),
        _samples(folder / "samples"),
        diagnosis(folder),
        score_curves(records),
        training_curves(records),
        _views(folder / "views"),
        _facts(config, game, source, records),
    ]
    path = folder / "report.html"
    pack.replace_file(path, whole(title, body))
    return path


def entry_of(recipe: str) -> catalog.Entry | None:
    """What the registry says of an installed recipe; a folder's own words are never looked up as a file."""
    try:
        return catalog.entries().get(recipe)
    except UsageError:
        return None


# ---- sections ------------------------------------------------------------------------------------------------------


def head(title: str, entry: catalog.Entry | None, state: Record) -> str:
    """Title, paper, and how the run stands."""
    parts = [f"<h1>{escape(title)}</h1>"]
    if entry is not None:
        paper = f"{escape(entry.paper.title)}, {entry.paper.year}"
        arxiv = entry.paper.arxiv
        if arxiv:
            paper += f' · <a href="https://arxiv.org/abs/{escape(arxiv)}" rel="noreferrer">arXiv:{escape(arxiv)}</a>'
        parts.append(f"<p class='paper'>{paper}</p><p>{escape(entry.summary)}</p>")
    status = str(state.get("status", ""))
    if status:
        step, total = number(state.get("step")), number(state.get("total"))
        known = status if status in ("running", "finished", "interrupted", "failed") else "other"
        where = "" if step is None else f"step {step:,.0f}" + (f" of {total:,.0f}" if total else "")
        parts.append(f"<p class='state'><span class='badge {known}'>{escape(status)}</span> {where}</p>")
        if step is not None and total and status != "finished":
            parts.append(
                f"<div class='bar'><div style='width:{100 * min(1.0, max(0.0, step / total)):.1f}%'></div></div>"
            )
        if state.get("message"):
            parts.append(f"<p class='message {known}'>{escape(str(state['message']))}</p>")
    return f"<header>{''.join(parts)}</header>"


def _scores(scores: Record) -> str:
    """The final scores as tiles, the protocol below."""
    values = mapping(scores.get("values"))
    if not values:
        return ""
    tiles = "".join(
        f"<div class='tile'><div class='value'>{spelled(value)}</div><div class='name'>{escape(str(name))}</div></div>"
        for name, value in values.items()
    )
    protocol = rows(flat(mapping(scores.get("protocol"))))
    return section("Scores", f"<div class='tiles'>{tiles}</div>" + details("Protocol", protocol))


def diagnosis(folder: Path) -> str:
    """What was found wrong with the training, on which evidence, what to change, and what was done about it."""
    told = []
    try:
        found, done = history.findings(folder), heal.interventions(folder)
    except (RivalsError, TypeError):  # damaged, or written by another version
        return ""
    for finding in found:
        level = "recovered" if finding.recovered else finding.severity
        lines = [f"{history.spelled(r)}: {r['why']}" if len(r) > 1 else str(r["why"]) for r in finding.remedies]
        mend = "".join(f"<li>{escape(line)}</li>" for line in lines)
        what = f"<b>{escape(finding.illness)}</b> step {finding.step:,} <small>{escape(level)}</small>"
        evidence = f"<p>{escape(finding.evidence)}</p>"
        told.append(f"<div class='finding {escape(level)}'>{what}{evidence}{f'<ul>{mend}</ul>' if mend else ''}</div>")
    told += [f"<div class='finding recovered'><p>{escape(each.line())}</p></div>" for each in done]
    return section("Diagnosis", "".join(told)) if told else ""


def _samples(samples: Path) -> str:
    """The samples' history, or the newest: pictures, clips that move, the first lines of text or a table."""
    frames = [frame for frame in (figure(path) for path in spread(samples_of(samples), FRAMES)) if frame]
    while len(frames) > 1 and sum(map(len, frames)) > LARGEST:
        frames = spread(frames, len(frames) // 2)
    if not frames:
        return ""
    earlier = "".join(frame.replace("<figure>", "<figure hidden>", 1) for frame in frames[:-1])
    if not earlier:
        return section("Samples", frames[-1])
    last = len(frames) - 1
    slider = f"<label hidden>From the first to the last<input type='range' min='0' max='{last}' value='{last}'></label>"
    return section("Samples", f"<div class='history'>{slider}{earlier}{frames[-1]}</div>")


def samples_of(folder: Path) -> list[Path]:
    """Files of samples that can be shown, the newest last."""
    files = [path for path in folder.glob("*") if path.suffix in {".png", ".gif", ".txt", ".csv"}]
    return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _views(views: Path) -> str:
    """Pictures of what the game can do."""
    captions = read_json(views / "views.json")
    shown = [figure(views / f"{name}.png", f"{name}: {caption}") for name, caption in captions.items()]
    return section("What it can do", f"<div class='views'>{''.join(shown)}</div>") if any(shown) else ""


def score_curves(records: list[Record]) -> str:
    """One small chart for each score; its floor, or the real data's own, is a dashed line in it."""

    def charts(clock: str) -> str:
        curves = {c.name: c for c in curves_of(records, "score/", clock)}
        drawn = []
        for name, curve in curves.items():
            base = name.removesuffix(" floor").removeprefix("real ")
            if base == name or base not in curves:
                also = [curves[c] for c in (f"{name} floor", f"real {name}") if c in curves]
                drawn.append(chart(name, [curve, *also], dashed=len(also)))
        return "".join(drawn)

    return charts_over("Scores while training", charts, records)


def training_curves(records: list[Record]) -> str:
    """Losses by player, and the norms of gradients."""

    def charts(clock: str) -> str:
        groups: dict[str, list[Curve]] = {}
        for curve in curves_of(records, "loss/", clock):
            player, _, term = curve.name.partition("/")
            groups.setdefault(f"Loss of {player}", []).append(Curve(term or player, curve.points))
        norms = [curve for curve in curves_of(records, "gradient/", clock) if curve.points]
        if norms:
            groups["Norm of the gradient"] = norms
        return "".join(
            chart(name if i == 0 else f"{name} ({i + 1})", group[at : at + TERMS], spiky=True)
            for name, group in groups.items()
            for i, at in enumerate(range(0, len(group), TERMS))
        )

    return charts_over("Training", charts, records)


def _facts(config: Record, game: Record, source: str, records: list[Record]) -> str:
    """What was run and what it cost, with the whole configuration to unfold."""
    last: Record = {}
    for record in records:
        last |= record
    seconds = number(last.get("seconds"))
    cost = {
        "steps": number(last.get("step")),
        "reals seen": number(last.get("reals")),
        "minutes": None if seconds is None else seconds / 60,
    }
    updates = {f"updates of {k}": number(v) for k, v in mapping(last.get("updates")).items()}
    facts = {
        "recipe": game.get("recipe"),
        "data": source,
        **{f"option {key}": value for key, value in mapping(game.get("options")).items()},
        **{key: config.get(key) for key in ("seed", "batch", "precision", "device")},
        **{k: None if v is None else spelled(v, whole=k != "minutes") for k, v in {**cost, **updates}.items()},
    }
    table = rows({k: v for k, v in facts.items() if v not in (None, "")})
    every = rows(flat(config))
    return section("Run", table + (details("config.json", every) if every else "")) if table else ""


# ---- charts --------------------------------------------------------------------------------------------------------


def curves_of(records: list[Record], prefix: str, clock: str) -> list[Curve]:
    """Every figure whose name begins with the prefix, over a clock."""
    found: dict[str, list[tuple[float, float]]] = {}
    for record in records:
        x = number(record.get(clock))
        for key, value in record.items():
            y = number(value)
            if x is not None and y is not None and key.startswith(prefix):
                found.setdefault(key.removeprefix(prefix), []).append((x, y))
    return [Curve(name, thinned(points)) for name, points in found.items()]


def charts_over(name: str, charts: Callable[[str], str], records: list[Record]) -> str:
    """The charts over each clock that ran; the first one is shown, and the page's script offers the others."""
    clocks = [clock for clock in CLOCKS if any(number(record.get(clock)) for record in records)] or ["step"]
    drawn = [(clock, charts(clock)) for clock in clocks]
    if not drawn[0][1]:
        return ""
    choices = "".join(
        f"<label><input type='radio' name='{escape(name)}' value='{clock}'{' checked' if i == 0 else ''}> "
        f"over {CLOCKS[clock]}</label>"
        for i, clock in enumerate(clocks)
    )
    choice = f"<div class='clocks' hidden>{choices}<small>drag to zoom, double click for all</small></div>"
    shown = "".join(
        f"<div class='charts' data-clock='{clock}'{'' if i == 0 else ' hidden'}>{inside}</div>"
        for i, (clock, inside) in enumerate(drawn)
    )
    return f"<section><h2>{name} <small>over {CLOCKS[clocks[0]]}</small></h2>{choice}{shown}</section>"
