"""Small pictures of figures as inline SVG: the critical difference diagram, an interval in a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rivals.benchmark.leaderboard import Ranks
from rivals.metrics.intervals import Interval

WIDTH, EDGE, TOP, ROW = 720, 190, 46, 18
"""Of a diagram: whole width, room for names at each side, above the axis, between names."""


def groups(ranks: Sequence[float], difference: float) -> list[tuple[int, int]]:
    """Longest runs (first, last) of sorted ranks that the test does not tell apart, at least two in each."""
    found: list[tuple[int, int]] = []
    for i, rank in enumerate(ranks):
        last = max(j for j in range(i, len(ranks)) if ranks[j] - rank <= difference)
        if last > i and (not found or last > found[-1][1]):
            found.append((i, last))
    return found


def critical_difference(ranks: Ranks) -> str:
    """Models on an axis of average ranks, those not told apart joined by a bar. Demšar 2006, JMLR 7, figure 1."""
    k = len(ranks.models)
    left = (k + 1) // 2

    def across(rank: float) -> float:
        return EDGE + (rank - 1) / max(1, k - 1) * (WIDTH - 2 * EDGE)

    bars = groups(ranks.ranks, ranks.difference)
    below = TOP + 12 + 7 * len(bars)
    height = below + ROW * left + 12
    parts = [f"<line class='axis' x1='{across(1):.1f}' x2='{across(k):.1f}' y1='{TOP}' y2='{TOP}'/>"]
    for tick in range(1, k + 1):
        x = across(tick)
        parts.append(f"<line class='axis' x1='{x:.1f}' x2='{x:.1f}' y1='{TOP - 4}' y2='{TOP}'/>")
        if k <= 15 or (tick % 2 and tick != k - 1) or tick == k:
            parts.append(f"<text x='{x:.1f}' y='{TOP - 8}' text-anchor='middle'>{tick}</text>")
    end = min(across(1 + ranks.difference), WIDTH - 4)
    parts.append(f"<path class='bar' d='M{across(1):.1f} 14H{end:.1f}'/>")
    parts.append(f"<text x='{across(1) - 6:.1f}' y='18' text-anchor='end'>CD {ranks.difference:.2f}</text>")
    for i, (first, last) in enumerate(bars):
        a, b = across(ranks.ranks[first]) - 3, across(ranks.ranks[last]) + 3
        parts.append(f"<path class='bar' d='M{a:.1f} {TOP + 9 + 7 * i}H{b:.1f}'/>")
    for i, (name, rank) in enumerate(zip(ranks.models, ranks.ranks, strict=True)):
        near = i < left
        y = below + 6 + ROW * (i if near else k - 1 - i)
        edge = EDGE - 8 if near else WIDTH - EDGE + 8
        parts.append(f"<polyline class='elbow' points='{across(rank):.1f},{TOP} {across(rank):.1f},{y} {edge},{y}'/>")
        short = name if len(name) <= 30 else name[:29] + "…"
        told, anchor = (f"{short} {rank:.2f}", "end") if near else (f"{rank:.2f} {short}", "start")
        at = edge - 4 if near else edge + 4
        parts.append(f"<text class='name' x='{at}' y='{y + 4}' text-anchor='{anchor}'>{escape(told)}</text>")
    label = f"average ranks of {k} models over {ranks.sets} data sets"
    box = f"viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{label}'"
    return f"<div class='wide'><svg class='cd' {box}>{''.join(parts)}</svg></div>"


def interval(found: Interval, low: float, high: float) -> str:
    """A mean and its interval on a scale from low to high; what reaches beyond is cut off there."""

    def across(x: float) -> float:
        return 5 + 110 * min(1.0, max(0.0, (x - low) / ((high - low) or 1.0)))

    line = ""
    if found.known:
        line = f"<line x1='{across(found.low):.1f}' x2='{across(found.high):.1f}' y1='7' y2='7'/>"
    dot = f"<circle class='c0' cx='{across(found.mean):.1f}' cy='7' r='3.5'/>"
    return f"<svg class='interval' viewBox='0 0 120 14' aria-hidden='true'>{line}{dot}</svg>"
