"""Verdicts, the claims that decorators hold, and the append-only records."""

import json
import math
from dataclasses import replace

import pytest

from rivals import catalog
from rivals.benchmark import claims
from rivals.benchmark.claims import Measured, verdict
from rivals.catalog import Claim
from rivals.errors import RivalsError, UsageError

LOW = Claim("low", "It is small.", "w1", "ring", at_most=1.0, partly=2.0)
HIGH = Claim("high", "It is large.", "modes", "ring", at_least=8.0, partly=6.0)
BEATS = Claim("beats", "It is better.", "w1", "ring", beats="wgan")
MORE = replace(BEATS, lower_is_better=False)
SMALLER = replace(LOW, reduced="A tenth of the steps.")


@pytest.mark.parametrize(
    ("claim", "measured", "expected"),
    [
        (LOW, None, "not run"),
        (LOW, Measured([0.9, 1.1, 1.0]), "reproduced"),
        (LOW, Measured([1.5]), "partly"),
        (LOW, Measured([2.1]), "not reproduced"),
        (replace(LOW, partly=None), Measured([1.5]), "not reproduced"),
        (HIGH, Measured([8, 8, 8]), "reproduced"),
        (HIGH, Measured([6, 8]), "partly"),
        (HIGH, Measured([5.9]), "not reproduced"),
        (BEATS, Measured([1.0, 1.1, 0.9], [2.0, 2.1, 1.9]), "reproduced"),
        (BEATS, Measured([2.0, 2.1, 1.9], [1.0, 1.1, 0.9]), "not reproduced"),
        (BEATS, Measured([1.0, 2.0, 3.0], [3.0, 2.0, 1.5]), "inconclusive"),
        (BEATS, Measured([1.0], [2.0]), "inconclusive"),
        (MORE, Measured([1.0, 1.1, 0.9], [2.0, 2.1, 1.9]), "not reproduced"),
        (MORE, Measured([2.0, 2.1, 1.9], [1.0, 1.1, 0.9]), "reproduced"),
        (SMALLER, Measured([0.5]), "reduced"),
        (SMALLER, Measured([1.5]), "partly"),
        (SMALLER, Measured([3.0]), "not reproduced"),
        (LOW, Measured([0.5], quick=True), "reduced"),
        (LOW, Measured([9.0], quick=True), "reduced"),
        (replace(BEATS, reduced="Small nets."), Measured([1, 1.1, 0.9], [2, 2.1, 1.9]), "reduced"),
    ],
)
def test_verdicts(claim, measured, expected):
    assert verdict(claim, measured) == expected
    assert expected in claims.VERDICTS


def test_a_pair_is_compared_by_seed_and_not_by_its_spread():
    far_apart = Measured([1.0, 10.0, 20.0], [1.5, 10.6, 20.4])
    assert verdict(BEATS, far_apart) == "reproduced"
    with pytest.raises(RivalsError, match="the same seeds on both sides"):
        verdict(BEATS, Measured([1.0, 2.0], [1.0]))


def test_one_training_has_the_bounds_of_its_own_measure_or_none():
    alone = Measured([3.0], within=(2.0, 4.0)).interval
    assert (alone.low, alone.high, alone.how) == (2.0, 4.0, "within one run")
    assert math.isnan(Measured([3.0]).interval.low)
    assert Measured([1.0, 3.0], within=(2.0, 4.0)).interval.how == "seeds"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "exactly one of at_most, at_least and beats"),
        ({"at_most": 1.0, "at_least": 2.0}, "exactly one of at_most, at_least and beats"),
        ({"at_most": 1.0, "beats": "gan"}, "exactly one of at_most, at_least and beats"),
        ({"at_most": 1.0, "partly": 0.5}, "partly must be looser than its threshold, ≤ 1"),
        ({"at_least": 1.0, "partly": 2.0}, "partly must be looser than its threshold, ≥ 1"),
        ({"beats": "gan", "partly": 2.0}, "partly must be looser than its threshold, beats gan"),
        ({"options": {"width": 4}, "beats_options": {"width": 4}}, "beats_options change nothing"),
    ],
)
def test_a_claim_without_a_clear_threshold_is_refused(facts, sentence):
    with pytest.raises(UsageError, match=f"claim 'c' must have|claim 'c': {sentence}") as error:
        Claim("c", "It works.", "w1", "ring", **facts)
    assert sentence in str(error.value)


def test_thresholds_in_words():
    assert LOW.threshold == "≤ 1"
    assert HIGH.threshold == "≥ 8"
    assert BEATS.threshold == "beats wgan"
    without = Claim("c", "The penalty helps.", "w1", "ring", beats_options={"weight": 0.0})
    assert without.threshold == "beats itself with weight=0.0"
    assert without.compared


RECIPE = """
from rivals.catalog import Claim, Paper, recipe

@recipe("mine", paper=Paper("Mine", 2020), data=("points",), claims=({claims}))
def mine(data, *, hidden: int = 4):
    '''Mine.'''
"""


def beside(file, text: str) -> None:
    (file.parent / "claims").mkdir(exist_ok=True)
    (file.parent / "claims" / file.name).write_text(text)


def test_claims_may_stand_beside_the_recipe(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(RECIPE.format(claims='Claim("a", "It works.", "w1", "ring", at_most=1.0),'))
    beside(file, 'CLAIMS = {"mine": (Claim("b", "It works well.", "w1", "ring", at_most=0.5),)}\n')
    entry = catalog.find(f"{file}:mine")
    assert [claim.name for claim in entry.claims] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('CLAIMS = {"other": ()}', "has claims of 'other', which .*mine.py has not"),
        ('CLAIMS = {"mine": (Claim("b", "x", "w1", "ring"),)}', "claims/mine.py: claim 'b' must have exactly one"),
        ('CLAIMS = {"mine": make()}', "CLAIMS takes literals only"),
        ("claims = {}", "has no CLAIMS"),
    ],
)
def test_wrong_claims_beside_a_recipe_are_refused(tmp_path, text, sentence):
    file = tmp_path / "mine.py"
    file.write_text(RECIPE.format(claims=""))
    beside(file, text)
    with pytest.raises(UsageError, match=sentence):
        catalog.find(f"{file}:mine")


def test_the_catalogue_reads_claims_without_running_the_file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(RECIPE.format(claims='Claim("a", "It works.", "w1", "ring", at_most=-1.5, options={"hidden": 2}),'))
    (entry,) = catalog.read(file)
    assert entry.claims == (Claim("a", "It works.", "w1", "ring", at_most=-1.5, options={"hidden": 2}),)
    assert entry.claim("a") is entry.claims[0]
    with pytest.raises(UsageError, match="mine has no claim 'aa', did you mean 'a'\\? It has a"):
        entry.claim("aa")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('Claim("a", "It works.", "w1", "ring"),', "mine.py:4: claim 'a' must have exactly one of"),
        ('Claim("a", "It works.", "w1", "ring", at_most=len("ab")),', "mine.py:4: @recipe takes literals only"),
        ('Claim("a", "It works.", "w1", "ring", atmost=1),', "mine.py:4: @recipe takes literals only .*atmost"),
        (
            'Claim("a", "B.", "w1", "ring", at_most=1), Claim("a", "C.", "w1", "ring", at_most=1)',
            "mine.py:4: mine has two claims named 'a'",
        ),
    ],
)
def test_a_wrong_claim_is_named_with_its_line(tmp_path, text, sentence):
    file = tmp_path / "mine.py"
    file.write_text(RECIPE.format(claims=text))
    with pytest.raises(UsageError, match=sentence):
        catalog.read(file)


def record(claim, **facts):
    usual = {
        "recipe": "mine", "claim": claim.name, "data": claim.data, "metric": claim.metric, "paper": None, "ours": 1.0,
        "low": None, "high": None, "how": "seeds", "values": [1.0], "seeds": [0], "verdict": "reproduced",
        "quick": False, "minutes": 0.1, "against": None, "protocol": {}, "stated": claims.stated(claim),
        "fingerprint": {"ours": {"critic": [1.0, 0.1, 0.2, 0.3, 0.001]}},
    }  # fmt: skip
    return claims.Record(**{**usual, **facts})


def test_records_are_only_ever_added(tmp_path):
    path = claims.append(record(LOW), tmp_path)
    before = path.read_bytes()
    claims.append(record(LOW, ours=2.0), tmp_path)
    assert path.read_bytes().startswith(before)
    assert path.read_bytes().count(b"\n") == 2
    assert claims.records("mine", tmp_path) == [record(LOW), record(LOW, ours=2.0)]
    assert claims.records("other", tmp_path) == []


def test_a_figure_that_is_no_number_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        claims.append(record(LOW, ours=math.nan), tmp_path)
    assert claims.records("mine", tmp_path) == []


def test_the_newest_record_stands_and_a_quick_one_never_hides_a_whole_one(tmp_path):
    assert claims.newest("mine", "low", tmp_path) is None
    claims.append(record(LOW, ours=9.0, quick=True), tmp_path)
    assert claims.newest("mine", "low", tmp_path).ours == 9.0
    for ours, quick in ((1.0, False), (2.0, False), (3.0, True)):
        claims.append(record(LOW, ours=ours, quick=quick), tmp_path)
    assert claims.newest("mine", "low", tmp_path).ours == 2.0
    assert claims.newest("mine", "high", tmp_path) is None


@pytest.mark.parametrize("line", ["{", '{"recipe": "mine"}', "[]"])
def test_a_damaged_line_is_named(tmp_path, line):
    path = claims.append(record(LOW), tmp_path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(RivalsError, match=r"mine.jsonl:2 is no record \(.*\): take the line out, or restore it"):
        claims.records("mine", tmp_path)


def test_a_record_is_stale_when_recipe_or_protocol_changed_and_not_when_words_did():
    kept, now = record(LOW), {"ours": {"critic": [1.0005, 0.1, 0.2, 0.3, 0.0]}}
    assert not kept.stale(LOW, now)  # within the tolerance that the record keeps
    assert not kept.stale(replace(LOW, sentence="Said better.", minutes=5.0), now)
    assert kept.stale(replace(LOW, at_most=0.5, partly=None), now)
    assert kept.stale(replace(LOW, options={"hidden": 3}), now)
    assert kept.stale(LOW, {"ours": {"critic": [1.01, 0.1, 0.2, 0.3, 0.0]}})
    assert kept.stale(LOW, {"ours": {"generator": [1.0, 0.1, 0.2, 0.3, 0.0]}})
    assert kept.stale(LOW, {**now, "against": now["ours"]})


def test_what_is_stated_is_plain_data():
    tupled = replace(LOW, options={"hidden": (1, 2)})
    assert json.loads(json.dumps(claims.stated(tupled))) == claims.stated(tupled)


def test_a_protocol_fills_what_a_claim_does_not_state():
    claim = Claim("ring", "All modes.", protocol="ring", seeds=2, at_least=8)
    assert (claim.metric, claim.data, claim.table) == ("modes", "ring", "Mode coverage, ring")
    assert (claim.samples, claim.seeds, claim.options) == (2500, 2, {})
    with pytest.raises(UsageError, match="no protocol 'rings', only ring"):
        Claim("ring", "All modes.", protocol="rings", at_least=8)
    with pytest.raises(UsageError, match="must name its metric and its data"):
        Claim("ring", "All modes.", at_least=8)
