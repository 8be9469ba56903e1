"""Tables of a comparison: means with intervals over seeds, costs, average ranks; as CSV and LaTeX."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rivals.errors import RivalsError
from rivals.metrics import intervals
from rivals.metrics.intervals import Interval
from rivals.metrics.scores import ALIKE, Scores, unlike

Results = Mapping[str, Any]

COSTS = ("reals", "seconds", "parameters", "flops")


@dataclass(frozen=True)
class Row:
    """A model on a data set.

    Attributes:
        model: its name.
        score: the headline over seeds; None where no cell has it.
        values: every score over the seeds that have it.
        costs: means.
        seeds: cells that were scored.
        failures: a sentence for each cell that is not in the score.
        folders: of the scored cells' runs, in order of seeds.
    """

    model: str
    score: Interval | None
    values: dict[str, Interval]
    costs: dict[str, float]
    seeds: int
    failures: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    """A data set's leaderboard, the best row first, rows without a score last."""

    data: str
    headline: str
    lower_is_better: bool
    protocol: dict[str, Any]
    rows: list[Row]

    @property
    def reference(self) -> dict[str, float]:
        """What the headline is for real data, where scores carry it: name -> mean."""
        names = [f"{self.headline} floor", f"real {self.headline}"]
        found = {name: [row.values[name].mean for row in self.rows if name in row.values] for name in names}
        return {name: sum(values) / len(values) for name, values in found.items() if values}


def check_alike(scores: Sequence[Scores]) -> None:
    """Refuse to put scores of different protocols into one column.

    Raises:
        RivalsError: naming what differs, and how to make it alike.
    """
    for other in scores[1:]:
        if why := unlike(other, scores[0]):
            raise RivalsError(f"these scores cannot stand in one column: {why[0]}")


def boards(results: Results) -> list[Board]:
    """One leaderboard for each data set; a cell of another protocol than most is refused, and its row says why."""
    return [_board(results, data, fact["headline"]) for data, fact in results["sets"].items()]


def _board(results: Results, data: str, first: Mapping[str, Any] | None) -> Board:
    cells = [cell for cell in results["cells"] if cell["data"] == data]
    name, lower = (first["name"], first["lower_is_better"]) if first else ("", True)
    usual = _usual([Scores.from_json(c["scores"]) for c in cells if c["ok"] and name in c["scores"]["values"]])
    models = list(dict.fromkeys(cell["model"] for cell in cells))
    rows = [_row(model, [c for c in cells if c["model"] == model], name, usual) for model in models]
    sign = 1.0 if lower else -1.0
    rows.sort(key=lambda row: (row.score is None, sign * row.score.mean if row.score else 0.0, row.model))
    protocol = {key: usual.protocol[key] for key in ALIKE if key in usual.protocol}
    return Board(data, name, lower, protocol, rows)


def _usual(scores: Sequence[Scores]) -> Scores:
    """The one that most scores are alike to."""
    return max(scores, key=lambda one: sum(not unlike(one, other) for other in scores), default=Scores({}, {}))


def _row(model: str, cells: Sequence[Mapping[str, Any]], name: str, usual: Scores) -> Row:
    good, failures = [], []
    for cell in sorted(cells, key=lambda cell: int(cell["seed"])):
        why = cell["reason"] if not cell["ok"] else _refused(Scores.from_json(cell["scores"]), name, usual)
        if why:
            failures.append(f"seed {cell['seed']}: {why}")
        else:
            good.append(cell)
    values: dict[str, list[float]] = {}
    for cell in good:
        for key, value in cell["scores"]["values"].items():
            if math.isfinite(float(value)):
                values.setdefault(key, []).append(float(value))
    over = {key: intervals.over_seeds(figures) for key, figures in values.items()}
    costs: dict[str, float] = {}
    for key in COSTS:
        figures = [cell["cost"][key] for cell in good if cell["cost"].get(key) is not None]
        costs |= {key: sum(figures) / len(figures)} if figures else {}
    return Row(model, over.get(name), over, costs, len(good), failures, [cell["folder"] for cell in good])


def _refused(scores: Scores, name: str, usual: Scores) -> str:
    """Why scores are not in the column, one sentence; empty where they are."""
    if name not in scores.values:
        return f"it has no {name or 'score that ranks'} on this data"
    if not math.isfinite(scores.values[name]):
        return f"its {name} is {scores.values[name]}"
    return f"it was scored in another way than most: {'; '.join(why)}" if (why := unlike(scores, usual)) else ""


@dataclass(frozen=True)
class Ranks:
    """Average ranks over data sets.

    Attributes:
        models: best first, those that were tried on every data set.
        ranks: of each.
        difference: ranks nearer than this are not told apart (Nemenyi, α = .05).
        sets: data sets behind it.
        others: models that do not take all of the data, and have no rank.
    """

    models: list[str]
    ranks: list[float]
    difference: float
    sets: int
    others: list[str]


def ranked(found: Sequence[Board]) -> Ranks | None:
    """Average ranks; a model without a score on a set is the last there. None for fewer than 2 sets or models."""
    found = [board for board in found if any(row.score for row in board.rows)]
    names = list(dict.fromkeys(row.model for board in found for row in board.rows))
    scores = [{row.model: row.score.mean if row.score else math.nan for row in board.rows} for board in found]
    everywhere = [name for name in names if all(name in each for each in scores)]
    if len(found) < 2 or len(everywhere) < 2:
        return None
    table = [[each[name] for name in everywhere] for each in scores]
    ranks = intervals.average_ranks(table, [board.lower_is_better for board in found])
    order = sorted(range(len(ranks)), key=lambda i: (ranks[i], everywhere[i]))
    others = [name for name in names if name not in everywhere]
    difference = intervals.critical_difference(len(everywhere), len(found))
    return Ranks([everywhere[i] for i in order], [ranks[i] for i in order], difference, len(found), others)


def to_csv(found: Sequence[Board]) -> str:
    """One line for each model and data set: the headline, its interval, seeds, failures and costs."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["data", "model", "score", "mean", "low", "high", "seeds", "failed", *COSTS])
    for board in found:
        for row in board.rows:
            figures = [row.score.mean, row.score.low, row.score.high] if row.score else [math.nan] * 3
            told = ["" if math.isnan(x) else repr(x) for x in figures]
            costs = [repr(row.costs[key]) if key in row.costs else "" for key in COSTS]
            writer.writerow([board.data, row.model, board.headline, *told, row.seeds, len(row.failures), *costs])
    return file.getvalue()


def cells_to_csv(results: Results) -> str:
    """One line for each score of each cell."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["data", "model", "seed", "score", "value"])
    for cell in results["cells"]:
        for name, value in (cell["scores"] or {"values": {}})["values"].items():
            writer.writerow([cell["data"], cell["model"], cell["seed"], name, value])
    return file.getvalue()


def to_latex(found: Sequence[Board]) -> str:
    """A table for a paper (needs booktabs): models down, data sets across, mean ± half of the interval, best bold."""
    ranks = ranked(found)
    names = ranks.models + ranks.others if ranks else list(dict.fromkeys(r.model for b in found for r in b.rows))
    arrows = {True: "$\\downarrow$", False: "$\\uparrow$"}
    heads = [f"{latex(b.data)} ({latex(b.headline)} {arrows[b.lower_is_better]})" for b in found]
    by_rank = dict(zip(ranks.models, ranks.ranks, strict=True)) if ranks else {}
    lines = [
        f"\\begin{{tabular}}{{l{'r' * (len(found) + bool(ranks))}}}",
        "\\toprule",
        " & ".join(["model", *heads, *(["rank"] if ranks else [])]) + " \\\\",
        "\\midrule",
    ]
    for name in names:
        entries = [_latex_entry(board, name) for board in found]
        last = [f"{by_rank[name]:.2f}" if name in by_rank else "--"] if ranks else []
        lines.append(" & ".join([latex(name), *entries, *last]) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def _latex_entry(board: Board, model: str) -> str:
    row = next((row for row in board.rows if row.model == model), None)
    if row is None or row.score is None:
        return "--"
    mean, best = f"{row.score.mean:.3g}", board.rows[0].score
    text = f"\\mathbf{{{mean}}}" if best and row.score.mean == best.mean else mean
    return f"${text} \\pm {row.score.high - row.score.mean:.2g}$" if row.score.known else f"${text}$"


def latex(text: str) -> str:
    """Text with what LaTeX reads as commands escaped."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, f"\\{c}" if c in "&%$#_{}" else c) for c in text)
