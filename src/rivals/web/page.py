"""What pages are made of: charts, tables, numbers and pictures in one HTML file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Record = dict[str, Any]
T = TypeVar("T")

LARGEST = 20_000_000
"""Bytes of a picture that is still embedded."""

STYLE, SCRIPT = Path(__file__).with_name("report.css"), Path(__file__).with_name("report.js")

PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif"}
"""How a picture's file begins -> its type."""

LINES = 24
"""Lines of text or of a table that are shown."""

TERMS, BUCKETS = 8, 250
"""Curves in one chart; buckets that a long curve is thinned to, each keeping its lowest and highest point."""

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 230, 52, 10, 8, 26


class Curve(NamedTuple):
    """A line of a chart: its name, and its points in order of x."""

    name: str
    points: list[tuple[float, float]]


def chart(title: str, curves: list[Curve], *, dashed: int = 0, spiky: bool = False) -> str:
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
    parts.append(
        f"<svg x='{LEFT}' y='{TOP}' width='{WIDTH - LEFT - RIGHT}' height='{HEIGHT - TOP - BOTTOM}' "
        f"viewBox='{LEFT} {TOP} {WIDTH - LEFT - RIGHT} {HEIGHT - TOP - BOTTOM}' preserveAspectRatio='none'>"
    )
    for i, curve in enumerate(curves):
        kind = "dashed" if i >= len(curves) - dashed else f"c{i % TERMS}"
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in curve.points)
        parts.append(f"<polyline class='{kind}' points='{path}'/>")
        if len(curve.points) == 1:
            x, y = curve.points[0]
            parts.append(f"<circle class='{kind}' cx='{across(x):.1f}' cy='{down(y):.1f}' r='3'/>")
    keys = "".join(
        f"<span><i class='{'dashed' if i >= len(curves) - dashed else f'c{i % TERMS}'}'></i>{escape(curve.name)}"
        f" <b>{spelled(curve.points[-1][1])}</b></span>"
        for i, curve in enumerate(curves)
    )
    parts.append("</svg>")
    picture = (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='{escape(title)}' "
        f"data-scale='{first:g} {last:g} {low:.6g} {high:.6g}' data-log='{log:d}'>{''.join(parts)}</svg>"
    )
    scale = " <small>logarithmic</small>" if log else " <small>spikes cut off</small>" if cut else ""
    return f"<figure class='chart'><h3>{escape(title)}{scale}</h3>{picture}<div class='keys'>{keys}</div></figure>"


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `BUCKETS` buckets of points, of each its lowest and highest."""
    size = -(-len(points) // BUCKETS)
    if size <= 2:
        return points
    kept: list[tuple[float, float]] = []
    for i in range(0, len(points), size):
        bucket = points[i : i + size]
        kept += sorted({min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])})
    return kept


def _ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from low to high, at most about `most`."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> list[float]:
    exponents = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    return [10.0**e for e in exponents][:: max(1, len(exponents) // 5)]


def read_json(path: Path) -> Record:
    """A JSON object from a file; {} where it is missing, broken or something else."""
    try:
        return mapping(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return {}


def records_of(path: Path) -> list[Record]:
    """Whole lines in order of steps; where a resumed run did a step again, its last record counts."""
    latest: dict[tuple[float, bool], Record] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            record = mapping(json.loads(line))
        except ValueError:
            continue
        step = number(record.get("step"))
        if step is not None:
            latest[step, any(key.startswith("score/") for key in record)] = record
    return [latest[key] for key in sorted(latest)]


def mapping(value: Any) -> Record:
    """The value where it is one, else nothing."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> float | None:
    """A finite number, or None."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested facts as one level: "a · b"."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found |= flat(value, f"{name} · ") if isinstance(value, dict) and value else {name: value}
    return found


def rows(facts: Mapping[str, Any]) -> str:
    """A table of facts, each value escaped."""

    def plain(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    lines = [f"<tr><th>{escape(str(k))}</th><td>{escape(plain(v))}</td></tr>" for k, v in facts.items()]
    return f"<table>{''.join(lines)}</table>" if lines else ""


def details(name: str, content: str) -> str:
    """Content under a line that opens it."""
    return f"<details><summary>{escape(name)}</summary>{content}</details>" if content else ""


def figure(path: Path, caption: str = "") -> str:
    """A file as something to look at: a picture, a clip, or the first lines of text; "" where it is none of them.

    Args:
        path: of a .png, .gif, .txt or .csv.
        caption: below it; by default the file's name.
    """
    try:
        blob = path.read_bytes() if path.stat().st_size <= LARGEST else b""
    except OSError:
        return ""
    kind = next((word for start, word in PICTURES.items() if blob.startswith(start)), "")
    told = escape(caption or path.stem)
    if kind:
        shown = f'<img alt="{told}" src="data:image/{kind};base64,{base64.b64encode(blob).decode()}">'
    elif blob and path.suffix in {".txt", ".csv"}:
        lines = blob.decode("utf-8", "replace").splitlines()
        shown = f"<pre>{escape(chr(10).join(line[:200] for line in lines[:LINES]))}</pre>"
    else:
        return ""
    return f"<figure>{shown}<figcaption>{told}</figcaption></figure>"


def spread(items: list[T], n: int) -> list[T]:
    """At most n of them, the first, the last and others evenly between."""
    if len(items) <= n:
        return items
    return [items[round(i * (len(items) - 1) / max(1, n - 1))] for i in range(n)] if n > 1 else items[-1:]


def section(name: str, content: str) -> str:
    """Content under a heading."""
    return f"<section><h2>{escape(name)}</h2>{content}</section>"


def spelled(value: Any, whole: bool = False) -> str:
    """A number for people, or any other value escaped."""
    figure = number(value)
    if figure is None:
        return escape(str(value))
    if whole or (figure == int(figure) and abs(figure) < 1e6):
        return f"{figure:,.0f}"
    return f"{figure:.4g}" if 1e-4 <= abs(figure) < 1e6 else f"{figure:.2e}"


def _short(value: float) -> str:
    """A tick's label: 20k, 1.5M, 0.02."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.0e}"


def whole(title: str, body: list[str], style: str = "") -> bytes:
    """A page that loads nothing and runs nothing but its own script, whose hash is the only one that it allows.

    Args:
        title: in plain words.
        body: sections; empty ones are left out.
        style: more than `STYLE`.
    """
    script = SCRIPT.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return PAGE.format(
        title=escape(title), style=STYLE.read_text(encoding="utf-8") + style, digest=digest, script=script,
        body="\n".join(part for part in body if part),
    ).encode()  # fmt: skip


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
script-src 'sha256-{digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""
