"""The report of a comparison: one HTML file that holds everything and loads nothing.

It is written from results.json and the runs' folders alone; what is missing there is left out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rivals import pack
from rivals.benchmark import board_search, diagram, leaderboard
from rivals.benchmark.leaderboard import Board, Row
from rivals.errors import RivalsError
from rivals.web.page import LARGEST, TERMS, Curve, chart, details, flat, number, rows, section, spelled, whole
from rivals.web.page import records_of as records

OWN_STYLE = Path(__file__).with_suffix(".css")

MORE = 4
"""Scores beside the headline that a leaderboard shows; scores.csv has all."""


def write(home: Path) -> Path:
    """Write report.html from a comparison's results.json.

    Args:
        home: of the comparison.

    Raises:
        RivalsError: where results.json is missing or damaged.
    """
    try:
        results = json.loads((home / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RivalsError(f"{home / 'results.json'} cannot be read: {error}; run the comparison again") from None
    found = leaderboard.boards(results)
    body = [_head(results, found), _ranks(found)]
    body += [_set(board, results, home) for board in found]
    body += [board_search.section_of(results), _failures(results, found)]
    path = home / "report.html"
    own = OWN_STYLE.read_text(encoding="utf-8")
    pack.replace_file(path, whole(f"{results['suite']}: comparison", body, own))
    return path


def _head(results: Mapping[str, Any], found: Sequence[Board]) -> str:
    seeds, versions = results["seeds"], results["versions"]
    done = sum(row.seeds for board in found for row in board.rows)
    facts = {
        "cells": f"{done} scored of {len(results['cells'])}",
        "seeds": ", ".join(map(str, seeds)),
        **{f"budget of {data}": amount for data, amount in results["budget"].items()},
        "versions": ", ".join(f"{k} {v}" for k, v in versions.items()),
        "machine": results["machine"],
    }
    links = "".join(f"<a href='#{i}'>{escape(board.data)}</a>" for i, board in enumerate(found))
    return (
        f"<header><h1>{escape(results['suite'])}</h1><p class='paper'>{escape(results['about'])}</p>"
        f"<nav>{links}</nav></header>" + section("What was compared", rows(facts))
    )


def _ranks(found: Sequence[Board]) -> str:
    ranks = leaderboard.ranked(found)
    if ranks is None:
        return ""
    note = (
        f"Over {ranks.sets} data sets by the mean of each one's headline score; 1 is the best. Models joined by a bar "
        f"are not told apart by Nemenyi's test (α = .05, critical difference {ranks.difference:.2f})."
    )
    others = f"<p class='note'>Without a rank, since not tried on all data: {escape(', '.join(ranks.others))}.</p>"
    shown = diagram.critical_difference(ranks) + (others if ranks.others else "")
    return section("Average ranks", f"<p class='note'>{note}</p>{shown}")


def _set(board: Board, results: Mapping[str, Any], home: Path) -> str:
    """A data set: leaderboard, pictures, curves."""
    if not board.headline:
        return ""
    at = list(results["sets"]).index(board.data)
    better = "lower is better" if board.lower_is_better else "higher is better"
    about = f"{results['sets'][board.data]['spec']} · ranked by {board.headline}, {better}"
    reference = "; ".join(f"{name} {spelled(value)}" for name, value in board.reference.items())
    parts = [
        f"<p class='note'>{escape(about)}{escape(f' · {reference}' if reference else '')}. Mean and 95 % interval over "
        "seeds (Student's t); costs are means.</p>",
        _table(board),
        details("Protocol", rows(flat(board.protocol))),
        _pictures(board, home),
        _curves(board, results, home),
    ]
    return f"<section id='{at}'><h2>{escape(board.data)}</h2>{''.join(parts)}</section>"


def _table(board: Board) -> str:
    known = [row.score for row in board.rows if row.score]
    low, high = min(x.mean for x in known), max(x.mean for x in known)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    before = f"{board.headline} untrained"
    aside = {f"{board.headline} floor", f"real {board.headline}", before}
    counts: dict[str, int] = {}
    for row in board.rows:
        for name in row.values:
            if name != board.headline and name not in aside and not name.startswith("real "):
                counts[name] = counts.get(name, 0) + 1
    more = sorted(counts, key=lambda name: -counts[name])[:MORE]
    more += [before] if any(before in row.values for row in board.rows) else []
    costs = [key for key in leaderboard.COSTS if any(key in row.costs for row in board.rows)]
    words = ["model", board.headline, "", *more, "seeds", *costs]
    head = "".join(f"<th{' class=n' if w in (*more, *costs) else ''}>{escape(w)}</th>" for w in words)
    lines = []
    for row in board.rows:
        entries = [f"<td class='model'>{escape(row.model)}</td>"]
        if row.score is None:
            entries.append(f"<td class='bad'>{'failed' if row.failures else ''}</td><td></td>")
        else:
            entries.append(f"<td>{escape(str(row.score))}</td><td>{diagram.interval(row.score, low, high)}</td>")
        entries += [f"<td class='n'>{spelled(row.values[k].mean) if k in row.values else ''}</td>" for k in more]
        total = row.seeds + len(row.failures)
        entries.append(f"<td{' class=bad' if row.failures else ''}>{row.seeds} of {total}</td>")
        entries += [f"<td class='n'>{_count(row.costs.get(k))}</td>" for k in costs]
        best = row.score is not None and row.score.mean == known[0].mean
        lines.append(f"<tr{' class=first' if best else ''}>{''.join(entries)}</tr>")
    return f"<div class='wide'><table class='board'><tr>{head}</tr>{''.join(lines)}</table></div>"


def _count(value: float | None) -> str:
    """A cost in few letters."""
    if value is None:
        return ""
    for size, letter in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _pictures(board: Board, home: Path) -> str:
    """Every model's portrait, of its first seed's run."""
    figures = []
    for row in board.rows:
        path = home / row.folders[0] / "portrait.png" if row.folders else None
        if path is not None and path.is_file() and path.stat().st_size <= LARGEST:
            embedded = base64.b64encode(path.read_bytes()).decode()
            score = f" {spelled(row.score.mean)}" if row.score else ""
            caption = f"<figcaption><b>{escape(row.model)}</b>{score}</figcaption>"
            alt = escape(f"samples of {row.model}", quote=True)
            figures.append(f"<figure><img alt='{alt}' src='data:image/png;base64,{embedded}'>{caption}</figure>")
    note = "<p class='note'>All with the same seeds; of points the data is grey and the samples are blue.</p>"
    return f"<h3>Samples</h3>{note}<div class='gallery'>{''.join(figures)}</div>" if figures else ""


def _curves(board: Board, results: Mapping[str, Any], home: Path) -> str:
    """The headline in mid-run against reals seen and against seconds, the best rows first."""
    drawn = []
    for clock, word in (("reals", "reals seen"), ("seconds", "seconds")):
        lines = [Curve(row.model, points) for row in board.rows if (points := _mean_curve(row, board, home, clock))]
        for at in range(0, len(lines), TERMS):
            part = f" ({at + 1}–{at + len(lines[at : at + TERMS])})" if len(lines) > TERMS else ""
            drawn.append(chart(f"{board.headline} against {word}{part}", lines[at : at + TERMS], spiky=True))
    note = "<p class='note'>Means over seeds, on fewer samples than the final scores.</p>"
    return f"<h3>While training</h3>{note}<div class='charts'>{''.join(drawn)}</div>" if drawn else ""


def _mean_curve(row: Row, board: Board, home: Path, clock: str) -> list[tuple[float, float]]:
    """The curve of a model, averaged over seeds evaluation by evaluation, as far as all of them go."""
    curves = []
    for folder in row.folders:
        points = []
        for record in records(home / folder / "metrics.jsonl"):
            x, y = number(record.get(clock)), number(record.get(f"score/{board.headline}"))
            if x is not None and y is not None:
                points.append((x, y))
        curves.append(points)
    return [
        (sum(x for x, _ in each) / len(each), sum(y for _, y in each) / len(each))
        for each in zip(*curves, strict=False)
    ]


def _failures(results: Mapping[str, Any], found: Sequence[Board]) -> str:
    """What is not in the leaderboards, and why."""
    told = [(row.model, board.data, why) for board in found for row in board.rows for why in row.failures]
    left = [(fact["model"], fact["data"], fact["reason"]) for fact in results["left out"]]
    parts = [_reasons("Failed", told), _reasons("Not tried, since the model does not take the data", left)]
    return section("Failures", "".join(parts)) if told or left else ""


def _reasons(title: str, facts: Sequence[tuple[str, str, str]]) -> str:
    lines = "".join(f"<tr>{''.join(f'<td>{escape(word)}</td>' for word in fact)}</tr>" for fact in facts)
    head = "<tr><th>model</th><th>data</th><th>reason</th></tr>"
    return f"<h3>{title}</h3><div class='wide'><table>{head}{lines}</table></div>" if facts else ""
