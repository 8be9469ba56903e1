"""The report of a run: one HTML file that holds everything and loads nothing.

It is written from the files in the run's folder alone; what is missing there is left out.
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from rivals import catalog, pack
from rivals.diagnosis import heal, history
from rivals.errors import RivalsError, UsageError
from rivals.web.page import (
    LARGEST,
    PAGE,
    STYLE,
    TERMS,
    Curve,
    Record,
    chart,
    details,
    flat,
    mapping,
    number,
    read_json,
    records_of,
    rows,
    section,
    spelled,
    thinned,
)

PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif"}
"""How a picture's file begins -> its type."""
LINES = 24
"""Lines of text or of a table that are shown."""


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
    entry = _entry(recipe)
    data = config.get("data")
    source = str(data.get("name", "")) if isinstance(data, dict) else str(data or "")
    title = f"{recipe} on {source}" if source else recipe
    body = [
        _head(title, entry, state),
        _scores(scores),
        _picture(folder / "samples"),
        _diagnosis(folder),
        _score_curves(records),
        _training_curves(records),
        _facts(config, game, source, records),
    ]
    page = PAGE.format(
        title=escape(title), style=STYLE.read_text(encoding="utf-8"), body="\n".join(part for part in body if part)
    )
    path = folder / "report.html"
    pack.replace_file(path, page.encode())
    return path


def _entry(recipe: str) -> catalog.Entry | None:
    """What the registry says of an installed recipe; a folder's own words are never looked up as a file."""
    try:
        return catalog.entries().get(recipe)
    except UsageError:
        return None


# ---- sections ------------------------------------------------------------------------------------------------------


def _head(title: str, entry: catalog.Entry | None, state: Record) -> str:
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


def _diagnosis(folder: Path) -> str:
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


def _picture(samples: Path) -> str:
    """The newest samples: a picture, clips that move, or the first lines of text or a table."""
    files = [path for path in samples.glob("*") if path.suffix in {".png", ".gif", ".txt", ".csv"}]
    for path in sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True):
        blob = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        kind = next((word for start, word in PICTURES.items() if blob.startswith(start)), "")
        if kind:
            embedded = base64.b64encode(blob).decode()
            shown = f'<img alt="samples" src="data:image/{kind};base64,{embedded}">'
        elif blob and path.suffix in {".txt", ".csv"}:
            lines = blob.decode("utf-8", "replace").splitlines()
            shown = f"<pre>{escape(chr(10).join(line[:200] for line in lines[:LINES]))}</pre>"
        else:
            continue
        return section("Samples", f"<figure>{shown}<figcaption>{escape(path.stem)}</figcaption></figure>")
    return ""


def _score_curves(records: list[Record]) -> str:
    """One small chart for each score; its floor, or the real data's own, is a dashed line in it."""
    curves = {c.name: c for c in _curves(records, "score/")}
    charts = []
    for name, curve in curves.items():
        base = name.removesuffix(" floor").removeprefix("real ")
        if base == name or base not in curves:
            also = [curves[c] for c in (f"{name} floor", f"real {name}") if c in curves]
            charts.append(chart(name, [curve, *also], dashed=len(also)))
    return _charts("Scores while training", "".join(charts), records)


def _training_curves(records: list[Record]) -> str:
    """Losses by player, and the norms of gradients."""
    groups: dict[str, list[Curve]] = {}
    for curve in _curves(records, "loss/"):
        player, _, term = curve.name.partition("/")
        groups.setdefault(f"Loss of {player}", []).append(Curve(term or player, curve.points))
    norms = [curve for curve in _curves(records, "gradient/") if curve.points]
    if norms:
        groups["Norm of the gradient"] = norms
    charts = "".join(
        chart(name if i == 0 else f"{name} ({i + 1})", group[at : at + TERMS], spiky=True)
        for name, group in groups.items()
        for i, at in enumerate(range(0, len(group), TERMS))
    )
    return _charts("Training", charts, records)


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
    whole = rows(flat(config))
    return section("Run", table + (details("config.json", whole) if whole else "")) if table else ""


# ---- charts --------------------------------------------------------------------------------------------------------


def _curves(records: list[Record], prefix: str) -> list[Curve]:
    """Every figure whose name begins with the prefix, over the reals seen, or steps where none are counted."""
    found: dict[str, list[tuple[float, float]]] = {}
    clock = _clock(records)
    for record in records:
        x = number(record.get(clock))
        for key, value in record.items():
            y = number(value)
            if x is not None and y is not None and key.startswith(prefix):
                found.setdefault(key.removeprefix(prefix), []).append((x, y))
    return [Curve(name, thinned(points)) for name, points in found.items()]


def _clock(records: list[Record]) -> str:
    return "reals" if any(number(r.get("reals")) for r in records) else "step"


def _charts(name: str, charts: str, records: list[Record]) -> str:
    axis = {"reals": "over reals seen", "step": "over steps"}[_clock(records)]
    inside = f"<h2>{name} <small>{axis}</small></h2><div class='charts'>{charts}</div>"
    return f"<section>{inside}</section>" if charts else ""


# ---- files and words -----------------------------------------------------------------------------------------------
