from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import rivals
from rivals.benchmark.compare import compare
from rivals.errors import UsageError
from rivals.metrics.scores import Scores, lower_is_better, unlike

PROTOCOL = {
    "judge": "digits", "fingerprint": "aaa", "data": "digits", "data hash": "d0", "samples": 500,
    "reference": "test", "references": 450, "seed": 0,
}  # fmt: skip


def scores(
    fid: float, recipe: str = "gan", seed: int = 0, options: dict[str, Any] | None = None, **facts: Any
) -> Scores:
    values = {"fid": fid, "fid floor": 1.0, "fid untrained": 90.0, "recall": 0.5}
    model = {"recipe": recipe, "options": options or {}, "seed": seed}
    return Scores(values, PROTOCOL | facts, model, {"steps": 10, "reals": 640, "seconds": 1.5, "parameters": 100})


@pytest.fixture
def written(tmp_path: Path):
    def write(name: str, found: Scores) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(found.to_json()))
        return path

    return write


def test_seeds_of_one_recipe_are_one_row_and_the_best_is_first(written: Any) -> None:
    files = [written(f"a{s}", scores(9 + s, "dcgan", s)) for s in range(3)]
    files += [written(f"b{s}", scores(3 + s, "sngan", s)) for s in range(3)]
    found = compare(files)
    assert [row.label for row in found.rows] == ["sngan", "dcgan"]
    assert found.rows[0].interval.mean == 4
    assert found.rows[0].interval.low == pytest.approx(4 - 4.302653 / 3**0.5)
    assert found.beats[0][1] == 1
    assert found.rows[0].floor == 1
    text = "\n".join(found.lines())
    assert "1.516 to 6.484" in text
    assert "judge digits" in text
    assert "640" in text
    assert json.loads(json.dumps(found.to_json()))["beats"][0] == [None, 1.0]


def test_more_is_better_where_it_is(written: Any) -> None:
    low, high = scores(1), scores(2, "sngan")
    low.values["recall"], high.values["recall"] = 0.1, 0.9
    found = compare([written("low", low), written("high", high)], metric="recall")
    assert [row.label for row in found.rows] == ["sngan", "gan"]
    assert not lower_is_better("recall")
    assert not lower_is_better("modes untrained")
    assert lower_is_better("fid floor")


def test_options_that_differ_tell_rows_apart(written: Any) -> None:
    files = [written(str(w), scores(w, options={"width": w, "rate": 1e-4})) for w in (8, 16)]
    assert [row.label for row in compare(files).rows] == ["gan width=8", "gan width=16"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"judge": "other"}, "judge is digits and other: judge them with the same: rivals evaluate RUN --judge NAME"),
        ({"fingerprint": "bbb"}, "fingerprint is aaa and bbb: .* score both again with one of them"),
        ({"samples": 400}, "samples is 500 and 400: score both with as many: rivals evaluate RUN --samples N"),
        ({"data": "mnist"}, "data is digits and mnist"),
        ({"references": 100}, "references is 450 and 100"),
    ],
)
def test_unlike_scores_are_refused(written: Any, facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        compare([written("a", scores(1)), written("b", scores(2, "sngan", **facts))])


def test_what_is_no_score_is_refused(written: Any, tmp_path: Path) -> None:
    good = written("a", scores(1))
    with pytest.raises(UsageError, match="at least two"):
        compare([good])
    with pytest.raises(UsageError, match="there is no run and no file"):
        compare([good, tmp_path / "nothing"])
    (tmp_path / "bad.json").write_text("[1]")
    with pytest.raises(UsageError, match=r"bad\.json holds no scores: write it with rivals evaluate RUN --json"):
        compare([good, tmp_path / "bad.json"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"empty has no final scores \(it is no run\)"):
        compare([good, tmp_path / "empty"])
    with pytest.raises(UsageError, match=r"has no score 'kid': all have fid, fid floor, fid untrained, recall"):
        compare([good, written("b", scores(2, "sngan"))], metric="kid")
    with pytest.raises(UsageError, match=r"the fid of .*b\.json is no finite number"):
        compare([good, written("b", scores(float("inf"), "sngan"))])


def test_single_runs_get_an_interval_by_resampling_and_a_note(tmp_path: Path) -> None:
    runs = [
        rivals.train(id, data="digits", steps=3, batch=16, out=tmp_path / id, width=8).folder
        for id in ("lsgan", "wgan")
    ]
    found = compare(runs, rounds=20)
    for row in found.rows:
        assert row.interval.how == "bootstrap"
        assert row.interval.low < row.interval.mean < row.interval.high
        assert row.interval.mean < 3 * row.untrained
        assert row.cost["steps"] == 3
        assert row.cost["parameters"] > 1000
    assert 0 <= found.beats[0][1] <= 1
    assert found.beats[0][1] + found.beats[1][0] == pytest.approx(1)
    assert found.beats[0][1] >= 0.5
    assert any("trained once: " in note for note in found.notes)
    assert any("budgets differ" in note for note in found.notes)  # wgan's critic sees five batches a step


def test_alike_scores_have_no_difference() -> None:
    assert unlike(scores(1), scores(2, "sngan", seed=3)) == []
