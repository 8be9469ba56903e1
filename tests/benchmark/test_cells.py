import json

import pytest

from rivals.benchmark import cells as module
from rivals.benchmark.cells import Cell, play, stored
from rivals.errors import UsageError

TINY = {"hidden": (16, 16), "latent": 8}


def test_the_key_is_readable_stable_and_tells_trainings_apart():
    assert Cell("gan", "ring").key == "gan-ring-seed0"
    other = Cell("gan", "ring", 2, options={"rate": 0.1})
    assert other.key == Cell("gan", "ring", 2, options={"rate": 0.1}).key
    keys = {Cell("gan", "ring", 2, **o).key for o in ({"steps": 3}, {"batch": 3}, {"options": {"rate": 0.2}})}
    assert len({other.key, *keys}) == 4
    assert all(key.startswith("gan-ring-") and key.endswith("-seed2") for key in keys)
    assert Cell("gan", "ring", samples=5).key == "gan-ring-seed0"
    outside = Cell("my recipes/x.py:mine", "points:../a.npy").key
    assert "/" not in outside
    assert ":" not in outside
    assert ".." not in outside.replace("-..-", "..")[:2]


def test_cells_survive_json():
    cell = Cell("gan", "ring", 1, 5, 8, TINY, {"size": 3}, ("modes", "w1"), 100)
    back = Cell.from_json(json.loads(json.dumps(cell.to_json())))
    assert back.to_json() == cell.to_json()
    assert back.key == cell.key
    assert back.metrics == ("modes", "w1")


def test_a_grid_is_played_failures_tell_why_and_what_is_done_is_skipped(tmp_path):
    cells = [Cell("gan", "ring", seed, steps=5, options=TINY, samples=50) for seed in (0, 1)]
    cells += [Cell("gan", "ring", steps=5, options={"nonsense": 1}), Cell("gan", "no-such-data", steps=5)]
    seen = []
    found = play(cells, tmp_path, report=seen.append, curve=2)
    assert [o.ok for o in found] == [True, True, False, False]
    assert found[2].reason.startswith("gan has no option 'nonsense'")
    assert found[3].reason.startswith("there is no data 'no-such-data'")
    assert {o.cell.key for o in seen} == {c.key for c in cells}
    first = found[0]
    assert first.fresh
    assert first.scores.protocol["samples"] == 50
    assert first.cost["steps"] == 5
    assert first.cost["reals"] == 5 * 64
    assert first.cost["updates"] == {"generator": 5, "critic": 5}
    assert first.cost["parameters"] == 787
    assert first.cost["flops"] > 5 * 64 * 2 * 787
    assert first.folder == tmp_path / cells[0].key
    assert len(list((first.folder / "checkpoints").iterdir())) == 1
    assert (first.folder / "portrait.png").read_bytes().startswith(b"\x89PNG")
    curve = [json.loads(line) for line in (first.folder / "metrics.jsonl").read_text().splitlines()]
    assert sum("score/modes" in record for record in curve) >= 2

    again = play(cells, tmp_path)
    assert [o.fresh for o in again] == [False, False, True, True]  # what failed is tried again
    assert again[0].scores == first.scores
    assert again[0].cost == first.cost


def test_a_changed_way_of_scoring_scores_again_and_does_not_train_again(tmp_path, inline):
    cell = Cell("gan", "ring", steps=5, options=TINY)
    (first,) = play([cell], tmp_path)
    before = (first.folder / "metrics.jsonl").stat().st_mtime_ns
    (second,) = play([Cell("gan", "ring", steps=5, options=TINY, samples=50)], tmp_path)
    assert second.fresh
    assert second.folder == first.folder
    assert second.scores.protocol["samples"] == 50
    assert (first.folder / "metrics.jsonl").stat().st_mtime_ns == before


def test_changed_data_is_not_what_was_done(tmp_path, inline):
    import numpy as np

    data = tmp_path / "points.npy"
    np.save(data, np.random.default_rng(0).normal(size=(200, 2)).astype("float32"))
    cell = Cell("gan", str(data), steps=3, options=TINY)
    assert play([cell], tmp_path / "home")[0].ok
    assert not play([cell], tmp_path / "home")[0].fresh
    np.save(data, np.random.default_rng(1).normal(size=(200, 2)).astype("float32"))
    (changed,) = play([cell], tmp_path / "home")
    assert not changed.ok
    assert "the data's content was" in changed.reason


def test_a_damaged_outcome_is_none(tmp_path):
    (tmp_path / "outcome.json").write_text("{")
    assert stored(tmp_path) is None
    (tmp_path / "outcome.json").write_text("[]")
    assert stored(tmp_path) is None


def test_wrong_grids_are_refused(tmp_path):
    with pytest.raises(UsageError, match="the grid holds gan-ring-seed0 twice: leave one of them out"):
        play([Cell("gan", "ring"), Cell("gan", "ring", samples=3)], tmp_path)
    with pytest.raises(UsageError, match="there is no runner 'moon': use processes or ray"):
        play([Cell("gan", "ring")], tmp_path, runner="moon")
    assert not any(tmp_path.iterdir())
    assert set(module.RUNNERS) == {"processes", "ray"}
