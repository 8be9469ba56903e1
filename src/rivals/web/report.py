"""The report of a run: one HTML file that holds everything and loads nothing.

It is written from the files in the run's folder alone; what is missing there is left out.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from rivals import catalog, pack
from rivals.errors import UsageError

Record = dict[str, Any]

PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif"}
"""How a picture's file begins -> its type."""
LINES = 24
"""Lines of text or of a table that are shown."""
LARGEST = 20_000_000
"""Bytes of a picture that is still embedded."""

STYLE = Path(__file__).with_name("report.css")

TERMS, BUCKETS = 8, 250
"""Curves in one chart; buckets that a long curve is thinned to, each keeping its lowest and highest point."""


class Curve(NamedTuple):
    """A line of a chart: its name, and its points in order of x."""

    name: str
    points: list[tuple[float, float]]


def write(run_folder: Path) -> Path:
    """Write report.html for a run that goes on, was interrupted, failed or is finished.

    Args:
        run_folder: holds any of config.json, state.json, metrics.jsonl, scores.json and samples/.

    Returns:
        The path of the report.
    """
    folder = Path(run_folder)
    config, state, scores = (_json(folder / f"{name}.json") for name in ("config", "state", "scores"))
    records = _records(folder / "metrics.jsonl")
    game = _mapping(config.get("game")) or config
    recipe = str(game.get("recipe", "")) or folder.resolve().name
    entry = _entry(recipe)
    data = config.get("data")
    source = str(data.get("name", "")) if isinstance(data, dict) else str(data or "")
    title = f"{recipe} on {source}" if source else recipe
    body = [
        _head(title, entry, state),
        _scores(scores),
        _picture(folder / "samples"),
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
        step, total = _number(state.get("step")), _number(state.get("total"))
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
    values = _mapping(scores.get("values"))
    if not values:
        return ""
    tiles = "".join(
        f"<div class='tile'><div class='value'>{_spelled(value)}</div><div class='name'>{escape(str(name))}</div></div>"
        for name, value in values.items()
    )
    protocol = _rows(_flat(_mapping(scores.get("protocol"))))
    return _section("Scores", f"<div class='tiles'>{tiles}</div>" + _details("Protocol", protocol))


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
        return _section("Samples", f"<figure>{shown}<figcaption>{escape(path.stem)}</figcaption></figure>")
    return ""


def _score_curves(records: list[Record]) -> str:
    """One small chart for each score; its floor, or the real data's own, is a dashed line in it."""
    curves = {c.name: c for c in _curves(records, "score/")}
    charts = []
    for name, curve in curves.items():
        base = name.removesuffix(" floor").removeprefix("real ")
        if base == name or base not in curves:
            also = [curves[c] for c in (f"{name} floor", f"real {name}") if c in curves]
            charts.append(_chart(name, [curve, *also], dashed=len(also)))
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
        _chart(name if i == 0 else f"{name} ({i + 1})", group[at : at + TERMS], spiky=True)
        for name, group in groups.items()
        for i, at in enumerate(range(0, len(group), TERMS))
    )
    return _charts("Training", charts, records)


def _facts(config: Record, game: Record, source: str, records: list[Record]) -> str:
    """What was run and what it cost, with the whole configuration to unfold."""
    last: Record = {}
    for record in records:
        last |= record
    seconds = _number(last.get("seconds"))
    cost = {
        "steps": _number(last.get("step")),
        "reals seen": _number(last.get("reals")),
        "minutes": None if seconds is None else seconds / 60,
    }
    updates = {f"updates of {k}": _number(v) for k, v in _mapping(last.get("updates")).items()}
    rows = {
        "recipe": game.get("recipe"),
        "data": source,
        **{f"option {key}": value for key, value in _mapping(game.get("options")).items()},
        **{key: config.get(key) for key in ("seed", "batch", "precision", "device")},
        **{k: None if v is None else _spelled(v, whole=k != "minutes") for k, v in {**cost, **updates}.items()},
    }
    table = _rows({k: v for k, v in rows.items() if v not in (None, "")})
    whole = _rows(_flat(config))
    return _section("Run", table + (_details("config.json", whole) if whole else "")) if table else ""


# ---- charts --------------------------------------------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 230, 52, 10, 8, 26


def _curves(records: list[Record], prefix: str) -> list[Curve]:
    """Every figure whose name begins with the prefix, over the reals seen, or steps where none are counted."""
    found: dict[str, list[tuple[float, float]]] = {}
    clock = _clock(records)
    for record in records:
        x = _number(record.get(clock))
        for key, value in record.items():
            y = _number(value)
            if x is not None and y is not None and key.startswith(prefix):
                found.setdefault(key.removeprefix(prefix), []).append((x, y))
    return [Curve(name, _thinned(points)) for name, points in found.items()]


def _clock(records: list[Record]) -> str:
    return "reals" if any(_number(r.get("reals")) for r in records) else "step"


def _charts(name: str, charts: str, records: list[Record]) -> str:
    axis = {"reals": "over reals seen", "step": "over steps"}[_clock(records)]
    inside = f"<h2>{name} <small>{axis}</small></h2><div class='charts'>{charts}</div>"
    return f"<section>{inside}</section>" if charts else ""


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    size = -(-len(points) // BUCKETS)
    if size <= 2:
        return points
    kept: list[tuple[float, float]] = []
    for i in range(0, len(points), size):
        bucket = points[i : i + size]
        kept += sorted({min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])})
    return kept


def _chart(title: str, curves: list[Curve], *, dashed: int = 0, spiky: bool = False) -> str:
    """Lines over reals seen as inline SVG.

    Args:
        title: above the chart.
        curves: at most `TERMS`.
        dashed: how many of the last ones are references.
        spiky: whether a wide range may be drawn logarithmically, or without its rarest points where signs are mixed.
    """
    ys = sorted(y for curve in curves for _, y in curve.points)
    xs = [x for curve in curves for x, _ in curve.points]
    if not ys:
        return ""
    log = spiky and ys[0] > 0 and ys[-1] > 100 * ys[0]
    low, high = ys[0], ys[-1]
    inner = ys[-1 - len(ys) // 25] - ys[len(ys) // 25]
    cut = spiky and not log and 0 < 4 * inner < high - low
    if cut:  # a rare spike must not flatten all the rest
        low, high = ys[len(ys) // 25], ys[-1 - len(ys) // 25]
    if not log:
        room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        low, high = low - room, high + room
    first, last = min(xs), max(xs)

    def across(x: float) -> float:
        return LEFT + (x - first) / ((last - first) or 1) * (WIDTH - LEFT - RIGHT)

    def down(y: float) -> float:
        share = math.log(y / low) / math.log(high / low) if log else (y - low) / (high - low)
        return TOP + (1 - min(1.02, max(-0.02, share))) * (HEIGHT - TOP - BOTTOM)

    parts = []
    for tick in _decades(low, high) if log else _ticks(low, high):
        y = down(tick)
        parts.append(f"<line class='rule' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}'/>")
        parts.append(f"<text x='{LEFT - 6}' y='{y + 3.5:.1f}' text-anchor='end'>{_short(tick)}</text>")
    for tick in _ticks(first, last) if last > first else [first]:
        parts.append(f"<text x='{across(tick):.1f}' y='{HEIGHT - 8}' text-anchor='middle'>{_short(tick)}</text>")
    for i, curve in enumerate(curves):
        kind = "dashed" if i >= len(curves) - dashed else f"c{i % TERMS}"
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in curve.points)
        parts.append(f"<polyline class='{kind}' points='{path}'/>")
        if len(curve.points) == 1:
            x, y = curve.points[0]
            parts.append(f"<circle class='{kind}' cx='{across(x):.1f}' cy='{down(y):.1f}' r='3'/>")
    keys = "".join(
        f"<span><i class='{'dashed' if i >= len(curves) - dashed else f'c{i % TERMS}'}'></i>{escape(curve.name)}"
        f" <b>{_spelled(curve.points[-1][1])}</b></span>"
        for i, curve in enumerate(curves)
    )
    picture = f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{escape(title)}'>{''.join(parts)}</svg>"
    scale = " <small>logarithmic</small>" if log else " <small>spikes cut off</small>" if cut else ""
    return f"<figure class='chart'><h3>{escape(title)}{scale}</h3>{picture}<div class='keys'>{keys}</div></figure>"


def _ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from low to high, at most about `most`."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> list[float]:
    exponents = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    return [10.0**e for e in exponents][:: max(1, len(exponents) // 5)]


# ---- files and words -----------------------------------------------------------------------------------------------


def _json(path: Path) -> Record:
    """A JSON object from a file; {} where it is missing, broken or something else."""
    try:
        return _mapping(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _records(path: Path) -> list[Record]:
    """Whole lines in order of steps; where a resumed run did a step again, its last record counts."""
    latest: dict[tuple[float, bool], Record] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            record = _mapping(json.loads(line))
        except ValueError:
            continue
        step = _number(record.get("step"))
        if step is not None:
            latest[step, any(key.startswith("score/") for key in record)] = record
    return [latest[key] for key in sorted(latest)]


def _mapping(value: Any) -> Record:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name} · ") if isinstance(value, dict) and value else {name: value}
    return flat


def _rows(facts: Mapping[str, Any]) -> str:
    def spelled(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    rows = [f"<tr><th>{escape(str(k))}</th><td>{escape(spelled(v))}</td></tr>" for k, v in facts.items()]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _details(name: str, content: str) -> str:
    return f"<details><summary>{escape(name)}</summary>{content}</details>" if content else ""


def _section(name: str, content: str) -> str:
    return f"<section><h2>{escape(name)}</h2>{content}</section>"


def _spelled(value: Any, whole: bool = False) -> str:
    number = _number(value)
    if number is None:
        return escape(str(value))
    if whole or (number == int(number) and abs(number) < 1e6):
        return f"{number:,.0f}"
    return f"{number:.4g}" if 1e-4 <= abs(number) < 1e6 else f"{number:.2e}"


def _short(value: float) -> str:
    """A tick's label: 20k, 1.5M, 0.02."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.0e}"


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
