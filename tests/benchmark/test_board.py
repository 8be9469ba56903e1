"""The board: every claim with its newest record, as JSON, as a table and as the docs' page."""

import json
from dataclasses import replace

import pytest

from rivals import catalog
from rivals.benchmark import board, claims, tables
from rivals.benchmark import tasks as work
from rivals.catalog import Claim, Entry, Paper
from rivals.cli import reproduce as cli
from rivals.errors import RivalsError, UsageError

MODES = Claim("modes", "All | modes.", "modes", "ring", source="table 1", paper=8.0, at_least=7.0, minutes=2.0, seeds=5)
GAIN = Claim("gain", "The idea helps.", "measure:w1", "ring", beats="gan", reduced="Small nets.", minutes=2.0)
PRINT = {"critic": [1.0, 0.1, 0.2, 0.3, 0.0]}


@pytest.fixture
def entry(monkeypatch, tmp_path):
    """A recipe with two claims, whose fingerprint needs no training."""
    monkeypatch.chdir(tmp_path)
    found = Entry("mine", Paper("Mine", 2020), ("points",), claims=(MODES, GAIN))
    monkeypatch.setattr(catalog, "entries", lambda: {"mine": found})
    monkeypatch.setattr(work.Task, "fingerprints", lambda self: dict.fromkeys(self.sides, PRINT))
    return found


def record(claim, **facts):
    usual = {
        "recipe": "mine", "claim": claim.name, "data": claim.data, "metric": claim.metric, "paper": claim.paper,
        "ours": 7.5, "low": 7.0, "high": 8.0, "how": "seeds", "values": [7.0, 8.0], "seeds": [0, 1],
        "verdict": "reproduced", "quick": False, "minutes": 0.25, "against": None, "protocol": {},
        "stated": claims.stated(claim), "fingerprint": {"ours": PRINT}, "date": "2030-01-01T00:00:00+00:00",
    }  # fmt: skip
    return claims.Record(**{**usual, **facts})


def test_a_claim_without_a_record_is_not_run_and_says_what_it_would_cost(entry):
    modes, gain = board.board()
    assert (modes.verdict, modes.ours, modes.low, modes.stale, modes.minutes) == ("not run", None, None, False, 10.0)
    assert gain.minutes == 12.0  # both sides, three seeds


def test_the_newest_record_wins(entry):
    claims.append(record(MODES))
    claims.append(record(MODES, ours=6.0, low=None, high=None, verdict="not reproduced"))
    modes, gain = board.board()
    assert (modes.verdict, modes.ours, modes.low, modes.seeds, modes.minutes) == ("not reproduced", 6.0, None, 2, 0.25)
    assert gain.verdict == "not run"


def test_the_json_has_what_others_read(entry, capsys):
    claims.append(record(MODES))
    cli.board(as_json=True)
    rows = json.loads(capsys.readouterr().out)
    wanted = {"recipe", "claim", "paper", "ours", "low", "high", "verdict", "minutes", "stale"}
    assert all(wanted <= row.keys() for row in rows)
    assert [rows[0][key] for key in ("recipe", "claim", "paper", "ours", "low", "high", "verdict", "stale")] == [
        "mine", "modes", 8.0, 7.5, 7.0, 8.0, "reproduced", False,
    ]  # fmt: skip
    assert rows[1]["ours"] is None


def test_stale_records_are_marked(entry, monkeypatch, capsys):
    claims.append(record(MODES, fingerprint={"ours": {"critic": [1.1, 0.1, 0.2, 0.3, 0.0]}}))
    assert board.board()[0].stale
    cli.board()
    assert "reproduced, stale" in capsys.readouterr().out
    claims.append(record(replace(MODES, at_least=5.0)))
    assert board.board()[0].stale  # its threshold was another one
    claims.append(record(MODES))
    assert not board.board()[0].stale

    def broken(self):
        raise RivalsError("it no longer trains")

    monkeypatch.setattr(work.Task, "fingerprints", broken)
    assert board.board()[0].stale


def test_the_page_is_the_board(entry, capsys):
    claims.append(record(MODES))
    cli.board(markdown=True)
    page = capsys.readouterr().out
    assert page == board.page(board.board())
    assert "2 claims: 1 reproduced, 1 not run." in page
    assert "| mine | modes | reproduced | 7.5 [7, 8] | ≥ 7 | 8 | modes | ring | 0.25 |" in page
    assert "| mine | gain | not run | – | beats gan |  | w1 | ring | 12 |" in page
    assert "- `mine` **modes**, table 1. All | modes." in page
    assert "- `mine` **gain**. The idea helps. Smaller than the paper's: Small nets." in page
    claims.append(record(GAIN, quick=True, verdict="reduced", fingerprint={"ours": PRINT, "against": PRINT}))
    assert "Smaller than the paper's: run with --quick." in board.page(board.board())


def test_a_record_whose_claim_is_gone_is_found(entry, tmp_path):
    claims.append(record(MODES))
    assert board.orphans() == []
    claims.append(record(replace(MODES, name="gone")))
    claims.append(record(MODES, recipe="removed"))
    assert board.orphans() == ["mine/gone", "removed/modes"]


def test_no_claims_and_two_forms(entry):
    assert "No recipe has a claim yet." in board.page([])
    with pytest.raises(UsageError, match="--json and --markdown are two forms"):
        cli.board(as_json=True, markdown=True)


# ---- tables ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tabled(entry, monkeypatch):
    """Two recipes whose claims are rows of one table, the second with two settings, and a row of another."""
    usual = {"also": ("reverse kl",), "table": "Coverage"}
    two, four = (
        Claim(f"stacked {m}", "More.", "modes", "ring", options={"packing": m, "width": 8}, at_least=9, **usual)
        for m in (2, 4)
    )
    alone = Claim("alone", "Alone.", "measure:w1", "grid", at_most=1.0, table="Another")
    first = Entry("mine", Paper("Mine", 2020), ("points",), claims=(GAIN, replace(MODES, **usual)))
    second = Entry("packed", Paper("Packed", 2020), ("points",), claims=(two, alone, four))
    monkeypatch.setattr(catalog, "entries", lambda: {"mine": first, "packed": second})
    return replace(MODES, **usual), two, four


def test_tables_hold_their_rows_and_say_in_what_they_differ(tabled):
    modes, two, _ = tabled
    claims.append(record(modes, seeds=[0, 1, 2], also={"reverse kl": [0.1, 0.2, 0.3]}))
    claims.append(record(two, recipe="packed", ours=8.0, low=None, high=None, seeds=[0], also={"reverse kl": [0.5]}))
    found = tables.tables(board.board())
    assert list(found) == ["Coverage", "Another"]
    assert tables.lines(found["Coverage"]) == [
        ["recipe", "paper", "modes", "reverse kl", "seeds", "verdict"],
        ["mine", "8", "7.5 [7, 8]", "0.2 ± 0.25", "3", "reproduced"],
        ["packed, packing=2", "", "8", "0.5", "1", "reproduced"],
        ["packed, packing=4", "", "–", "–", "", "not run"],
    ]
    assert tables.about(found["Coverage"]) == "On `ring`."


def test_rows_of_unlike_data_and_metrics_say_so_themselves(tabled):
    first, second, other, _ = (row for row in board.board() if row.table)
    head, *body = tables.lines([first, replace(second, options={}), other, other])
    assert head == ["recipe", "data", "paper", "ours", "reverse kl", "seeds", "verdict"]
    assert [line[:2] for line in body] == [
        ["mine", "ring"], ["packed, stacked 2", "ring"], ["packed, alone", "grid"], ["packed, alone", "grid"],
    ]  # fmt: skip
    assert body[2][3] == "w1 –"
    smaller = [replace(row, note="Small nets.") for row in (first, other)]
    assert tables.about(smaller) == "On `ring`, `grid`. Smaller than the paper's: Small nets."
    assert tables.about([first, *smaller]) == "On `ring`, `grid`."


def test_the_page_and_the_command_show_tables(tabled, capsys):
    cli.board(markdown=True)
    page = capsys.readouterr().out
    assert page == board.page(board.board())
    assert (
        page.index("## What is claimed")
        < page.index("## Tables")
        < page.index("### Coverage\n\nOn `ring`.\n\n| recipe")
    )
    assert "| packed, packing=4 |  | – | – |  | not run |" in page
    cli.board(table="Coverage")
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == ["recipe", "paper", "modes", "reverse", "kl", "seeds", "verdict"]
    assert len(shown.splitlines()) == 4
    cli.board(table="Another", markdown=True)
    assert capsys.readouterr().out.startswith("| recipe | paper | w1 | seeds | verdict |\n| --- |")
    cli.board(table="Another", as_json=True)
    assert [row["claim"] for row in json.loads(capsys.readouterr().out)] == ["alone"]
    with pytest.raises(UsageError, match="no table 'Covrage', did you mean 'Coverage'"):
        cli.board(table="Covrage")
    with pytest.raises(UsageError, match="No claim belongs to any"):
        tables.find([], "Coverage")
