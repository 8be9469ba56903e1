"""The report's section on searched settings: the best, the distribution, and the expected best of k."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rivals.benchmark import search
from rivals.web.page import TERMS, Curve, chart, section, spelled

SHARES = {"least": 0.0, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "most": 1.0}
"""Quantiles that are shown."""

NOTE = (
    "Random settings under the same budget, with one seed; the best one was then trained with the leaderboard's seeds. "
    "The best of k is the mean over resamples of the tries; a setting that failed counts as the worst that finished. "
    "After Lucic et al. 2018, arXiv:1711.10337."
)


def section_of(results: Mapping[str, Any]) -> str:
    """For each data set a table and a chart; empty where nothing was searched.

    Args:
        results: what results.json holds.
    """
    parts = []
    for data, fact in results["sets"].items():
        tried = [each for each in results["search"] if each["data"] == data and each["best"] is not None]
        if tried and fact["headline"]:
            parts.append(f"<h3>{escape(data)}</h3>" + _table(tried, fact["headline"]["name"]))
            parts.append(_charts(tried, data, **fact["headline"]))
    return section("Search of settings", f"<p class='note'>{NOTE}</p>{''.join(parts)}") if parts else ""


def _values(tried: Mapping[str, Any]) -> list[float]:
    return [math.nan if each["value"] is None else each["value"] for each in tried["tries"]]


def _table(tried: Sequence[Mapping[str, Any]], name: str) -> str:
    lines = []
    for each in tried:
        values, best = _values(each), each["tries"][each["best"]]
        whole = [v for v in values if math.isfinite(v)]
        chosen = ", ".join(f"{k}={v}" for k, v in best["options"].items()) or "the defaults"
        figures = [best["value"], values[0], *(search.quantile(whole, share) for share in SHARES.values())]
        entries = "".join(f"<td class='n'>{spelled(v) if math.isfinite(v) else 'failed'}</td>" for v in figures)
        finished = f"<td>{len(whole)} of {len(values)}</td>"
        model = f"<td class='model'>{escape(each['model'])}</td>"
        lines.append(f"<tr>{model}{entries}{finished}<td>{escape(chosen)}</td></tr>")
    numbers = [f"best {name}", "defaults", *SHARES]
    head = "".join(f"<th class='n'>{escape(word)}</th>" for word in numbers)
    head = f"<tr><th>model</th>{head}<th>finished</th><th>best settings</th></tr>"
    return f"<div class='wide'><table class='board'>{head}{''.join(lines)}</table></div>"


def _charts(tried: Sequence[Mapping[str, Any]], data: str, name: str, lower_is_better: bool) -> str:
    curves = []
    for each in tried:
        values = _values(each)
        ks = range(1, len(values) + 1)
        curves.append(Curve(each["model"], [(float(k), search.best_of(values, k, lower_is_better).mean) for k in ks]))
    drawn = [
        chart(f"{data}: expected best {name} of k settings", curves[at : at + TERMS], spiky=True)
        for at in range(0, len(curves), TERMS)
    ]
    return f"<div class='charts'>{''.join(drawn)}</div>"
