"""The docs' table is the results', and every result belongs to a claim that there is."""

from pathlib import Path

from rivals import catalog
from rivals.benchmark import board, claims, measures
from rivals.benchmark.tasks import MEASURED, Task, expected
from rivals.data.named import NAMED

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results"


def test_the_docs_table_is_what_the_results_say():
    written = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    assert written == board.page(board.board(RESULTS)), "write it anew: rivals board --markdown > docs/results.md"


def test_every_result_has_its_claim_and_every_claim_can_be_measured():
    assert board.orphans(RESULTS) == []
    for entry in catalog.entries().values():
        for claim in entry.claims:
            assert claim.data in NAMED, claim
            assert claim.minutes > 0, claim
            if claim.metric.startswith(MEASURED):
                measures.find(claim.metric.removeprefix(MEASURED))
            if claim.beats:
                catalog.find(claim.beats)


def test_the_claims_of_core_games_and_ensembles_take_eight_hours_of_a_core():
    todo = [
        Task(entry, claim, claim.seeds)
        for entry in catalog.entries().values()
        if entry.section in ("core", "ensembles")
        for claim in entry.claims
    ]
    assert len(todo) > 100
    assert expected(todo) <= 8 * 60


def test_no_record_says_more_than_its_figures():
    for file in sorted(RESULTS.glob("*.jsonl")):
        for record in claims.records(file.stem, RESULTS):
            assert record.recipe == file.stem
            assert len(record.values) == len(record.seeds)
            assert abs(record.ours - sum(record.values) / len(record.values)) < 1e-9 * max(1, abs(record.ours))
            claim = catalog.Claim(**record.stated)
            theirs = record.against["values"] if record.against else ()
            within = (record.low, record.high) if record.how == "within one run" else None
            found = claims.verdict(claim, claims.Measured(record.values, theirs, record.quick, within))
            assert record.verdict == found
