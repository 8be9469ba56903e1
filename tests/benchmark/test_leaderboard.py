import csv
import io
import math

import pytest

from rivals.benchmark import leaderboard
from rivals.benchmark.leaderboard import boards, check_alike, ranked, to_csv, to_latex
from rivals.errors import RivalsError
from rivals.metrics.scores import Scores

PROTOCOL = {"judge": "digits", "fingerprint": "abc", "samples": 100, "seed": 0, "seconds": 1.0}


def cell(model, data, seed, value, name="fid", **protocol):
    scores = {"values": {name: value, f"{name} floor": 0.5}, "protocol": {**PROTOCOL, "seed": seed, **protocol}}
    cost = {"reals": 64.0, "seconds": 2.0, "parameters": 10, "flops": None}
    return {
        "model": model, "data": data, "seed": seed, "ok": True, "reason": "", "scores": scores, "cost": cost,
        "folder": f"{model}-{data}-{seed}",
    }  # fmt: skip


def failed(model, data, seed, reason="it crashed"):
    return cell(model, data, seed, 0.0) | {"ok": False, "reason": reason, "scores": None, "cost": {}}


def results(*cells, lower=True, name="fid"):
    sets = {c["data"]: {"spec": "", "headline": {"name": name, "lower_is_better": lower}} for c in cells}
    return {"cells": list(cells), "sets": sets}


def test_rows_have_means_intervals_costs_and_reasons_and_stand_in_order():
    made = results(
        cell("b", "x", 0, 3.0), cell("b", "x", 1, 5.0), cell("a", "x", 0, 1.0), failed("a", "x", 1), failed("c", "x", 0)
    )
    (board,) = boards(made)
    assert [row.model for row in board.rows] == ["a", "b", "c"]
    a, b, c = board.rows
    assert b.score.mean == 4.0
    assert b.score.high - 4.0 == pytest.approx(12.706 * math.sqrt(2) / math.sqrt(2), rel=1e-4)  # t_1 s / √2
    assert not a.score.known
    assert a.failures == ["seed 1: it crashed"]
    assert c.score is None
    assert a.costs == {"reals": 64.0, "seconds": 2.0, "parameters": 10.0}
    assert board.reference == {"fid floor": 0.5}
    (other,) = boards(results(*made["cells"], lower=False))
    assert [row.model for row in other.rows] == ["b", "a", "c"]


@pytest.mark.parametrize("difference", [{"judge": "other"}, {"fingerprint": "def"}, {"samples": 50}])
def test_unlike_scores_never_stand_in_one_column(difference):
    key, value = next(iter(difference.items()))
    made = results(cell("a", "x", 0, 1.0), cell("b", "x", 0, 2.0), cell("c", "x", 0, 0.1, **difference))
    (board,) = boards(made)
    row = board.rows[-1]
    assert (row.model, row.score) == ("c", None)
    (why,) = row.failures
    assert why.startswith(f"seed 0: it was scored in another way than most: {key} is {value} and {PROTOCOL[key]}: ")
    a, c = (Scores({"fid": 1.0}, protocol) for protocol in (PROTOCOL, {**PROTOCOL, **difference}))
    with pytest.raises(RivalsError, match=f"these scores cannot stand in one column: {key} is {value} and"):
        check_alike([a, c])
    check_alike([a, Scores({"fid": 2.0}, {**PROTOCOL, "seed": 7, "seconds": 9.0})])


def test_a_score_that_is_missing_or_not_finite_is_a_reason():
    (board,) = boards(results(cell("a", "x", 0, 1.0), cell("b", "x", 0, 1.0, "other"), cell("c", "x", 0, "nan")))
    reasons = {row.model: row.failures for row in board.rows}
    assert reasons == {
        "a": [], "b": ["seed 0: it has no fid on this data"], "c": ["seed 0: its fid is nan"],
    }  # fmt: skip


def test_ranks_are_of_models_that_were_tried_everywhere():
    made = results(
        cell("a", "x", 0, 1.0),
        cell("b", "x", 0, 2.0),
        cell("a", "y", 0, 1.0),
        failed("b", "y", 0),
        cell("d", "y", 0, 0.0),
    )
    ranks = ranked(boards(made))
    assert (ranks.models, ranks.ranks, ranks.others, ranks.sets) == (["a", "b"], [1.0, 2.0], ["d"], 2)
    assert ranks.difference == pytest.approx(1.960 * math.sqrt(2 * 3 / (6 * 2)), rel=1e-3)  # Demšar's q_.05 for k = 2
    assert ranked(boards(results(cell("a", "x", 0, 1.0), cell("b", "x", 0, 2.0)))) is None


def test_csv_reads_back():
    made = results(cell("a, b", "x", 0, 1.5), cell("a, b", "x", 1, 2.5), failed("c", "x", 0))
    rows = list(csv.DictReader(io.StringIO(to_csv(boards(made)))))
    assert [row["model"] for row in rows] == ["a, b", "c"]
    assert float(rows[0]["mean"]) == 2.0
    assert float(rows[0]["low"]) < 2.0 < float(rows[0]["high"])
    assert (rows[0]["seeds"], rows[1]["failed"], rows[1]["mean"], rows[0]["flops"]) == ("2", "1", "", "")
    every = list(csv.DictReader(io.StringIO(leaderboard.cells_to_csv(made))))
    assert {(row["seed"], row["score"], row["value"]) for row in every} >= {("0", "fid", "1.5"), ("1", "fid", "2.5")}


def test_latex_is_a_table_with_equal_columns_and_escaped_names():
    made = results(
        cell("a_b & 5%", "x", 0, 1.0), cell("a_b & 5%", "x", 1, 2.0), cell("tie", "x", 0, 1.5), failed("c", "x", 0),
        cell("tie", "y#", 0, 1.0), cell("a_b & 5%", "y#", 0, 2.0), failed("c", "y#", 0),
    )  # fmt: skip
    text = to_latex(boards(made))
    lines = [line for line in text.splitlines() if line.endswith("\\\\")]
    assert len({line.replace("\\&", "").count("&") for line in lines}) == 1
    assert text.startswith("\\begin{tabular}{lrrr}\n\\toprule\n")
    assert "a\\_b \\& 5\\%" in text
    assert "y\\#" in text
    assert text.count("\\mathbf{1.5}") == 2  # both of a tie
    assert "c & -- & -- & 3.00 \\\\" in text
    assert text.count("{") == text.count("}")
