import functools
import os

import pytest

from rivals.benchmark import remote
from rivals.benchmark.cells import Cell, play
from rivals.benchmark.remote import Pool, packed, unpacked
from rivals.benchmark.workers import Failed
from rivals.errors import RivalsError, UsageError

TINY = {"hidden": (16, 16), "latent": 8}


@pytest.fixture(scope="module")
def cluster():
    """A local cluster of two workers."""
    ray = pytest.importorskip("ray")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": path()})
    yield ray
    ray.shutdown()


def path():
    import sys

    return {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def die(item):
    if item == "die":
        os._exit(3)
    return item, os.getpid()


def test_folders_are_packed_and_the_outcome_comes_last(tmp_path):
    (tmp_path / "a" / "model").mkdir(parents=True)
    (tmp_path / "a" / "model" / "x.bin").write_bytes(b"\0" * 1000)
    (tmp_path / "a" / "outcome.json").write_text("{}")
    unpacked(packed(tmp_path / "a"), tmp_path / "b")
    assert (tmp_path / "b" / "model" / "x.bin").read_bytes() == b"\0" * 1000
    assert (tmp_path / "b" / "outcome.json").read_text() == "{}"


def test_a_dead_worker_is_a_reason(cluster, tmp_path):
    with Pool(jobs=2, log=tmp_path / "workers.log") as pool:
        found = dict(pool.each(die, ["a", "die", "b", "c"]))
    assert isinstance(found[1], Failed)
    assert found[1].reason.startswith("its Ray worker is gone: ")
    assert [found[i][0] for i in (0, 2, 3)] == ["a", "b", "c"]
    assert found[0][1] != os.getpid()


def test_what_ray_prints_of_its_nodes_is_no_output(cluster, tmp_path, capsys):
    with Pool(jobs=1, log=tmp_path / "workers.log"):
        print("a raylet is gone")  # as a thread of Ray's does
    print("the result")
    assert capsys.readouterr() == ("the result\n", "a raylet is gone\n")


def test_cells_are_played_where_the_folder_is_seen(cluster, tmp_path):
    cells = [Cell("gan", "ring", seed, steps=5, options=TINY) for seed in (0, 1)]
    cells += [Cell("gan", "ring", steps=5, options={"nonsense": 1})]
    found = play(cells, tmp_path, jobs=2, runner="ray")
    assert [o.ok for o in found] == [True, True, False]
    assert "no option 'nonsense'" in found[2].reason
    assert [o.fresh for o in play(cells[:2], tmp_path)] == [False, False]  # on this machine: all is there


def test_files_come_back_where_it_is_not(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "Pool", functools.partial(Pool, shared=False))
    cells = [Cell("gan", "ring", 0, steps=5, options=TINY)]
    (outcome,) = play(cells, tmp_path, jobs=2, runner="ray")
    assert outcome.ok
    assert (outcome.folder / "model").is_dir()
    assert (outcome.folder / "portrait.png").is_file()
    assert not play(cells, tmp_path)[0].fresh
    from rivals import api

    assert api.evaluate(outcome.folder).values == outcome.scores.values


def test_a_missing_library_says_which_extra(monkeypatch, tmp_path):
    import sys

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RivalsError, match=r"needs the extra: pip install 'rivals\[ray\]'"):
        play([Cell("gan", "ring")], tmp_path, runner="ray")
    with pytest.raises(UsageError, match="must be at least 1"):
        Pool(jobs=0)
