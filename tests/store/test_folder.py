import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import rivals
from rivals import contract, pack
from rivals.errors import RivalsError, UsageError
from rivals.store.folder import RunFolder, beside

RIVALS = str(Path(sys.executable).with_name("rivals"))
TRAIN = {"data": "ring", "batch": 8, "width": 8, "latent": 4, "save_every": 5}


def train(out, steps=20, **facts):
    return rivals.train("wgan-gp", steps=steps, out=out, **{**TRAIN, **facts})


# ---- packing ---------------------------------------------------------------------------------------------------------


def test_any_nested_state_survives(tmp_path):
    shared = torch.arange(6.0).view(2, 3)
    state = {
        "a": [1, 2.5, None, True, "text", (1, shared)], "same": shared,
        "turned": shared.t(), 3: {"deep": torch.tensor(7)},
        "empty": torch.zeros(0), "x/y": torch.ones(1), "x": {"y": torch.zeros(1)}, "bytes": torch.get_rng_state(),
    }  # fmt: skip
    pack.write(tmp_path / "s", state)
    read = pack.read(tmp_path / "s")
    assert read["a"][:5] == state["a"][:5]
    assert isinstance(read["a"][5], tuple)
    for one, other in [
        (read["same"], shared), (read["turned"], shared.t()), (read[3]["deep"], torch.tensor(7)),
        (read["x/y"], torch.ones(1)), (read["x"]["y"], torch.zeros(1)), (read["bytes"], state["bytes"]),
    ]:  # fmt: skip
        assert torch.equal(one, other)


def test_what_cannot_be_stored_is_refused():
    with pytest.raises(TypeError, match="state 'a/0' is a set"):
        pack.flatten({"a": [{1}]})


@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "json"])
def test_a_damaged_state_is_noticed(tmp_path, harm):
    pack.write(tmp_path / "s", {"w": torch.randn(100)})
    file = tmp_path / "s" / ("state.json" if harm == "json" else "state.safetensors")
    data = file.read_bytes()
    harmed = {"cut": data[:-10], "flip": data[:-1] + bytes([data[-1] ^ 1]), "json": data[:20], "gone": b""}[harm]
    file.unlink() if harm == "gone" else file.write_bytes(harmed)
    with pytest.raises(RivalsError, match=str(tmp_path / "s")):
        pack.read(tmp_path / "s")


def test_no_pickle_anywhere(tmp_path):
    train(tmp_path / "run", steps=6)
    files = [p for p in (tmp_path / "run").rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= {".json", ".jsonl", ".safetensors", ".png", ".html", ""}
    assert not any(p.read_bytes()[:2] == b"\x80\x02" or b"PK\x03\x04" in p.read_bytes()[:4] for p in files)


# ---- resume ----------------------------------------------------------------------------------------------------------


def test_interrupted_and_resumed_equals_uninterrupted_and_logs_have_no_doubles(tmp_path):
    whole = train(tmp_path / "whole")
    part = train(tmp_path / "part", steps=12)
    assert part.step == 12
    again = train(tmp_path / "part", steps=20)
    assert contract.fingerprint(whole.game) == contract.fingerprint(again.game)
    steps = [r["step"] for r in RunFolder(tmp_path / "part").records()]
    assert steps == sorted(set(steps))


def test_a_finished_run_says_so_and_fresh_starts_beside_it(tmp_path):
    train(tmp_path / "run")
    again = train(tmp_path / "run")
    assert again.already
    assert again.step == 20
    assert again.scores is not None
    assert train(tmp_path / "run", fresh=True).folder == tmp_path / "run-2"
    assert beside(tmp_path / "run") == tmp_path / "run-3"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"width": 16}, "option width was 8 and is now 16"),
        ({"seed": 3}, "seed was 0 and is now 3"),
        ({"batch": 4}, "batch was 8 and is now 4"),
        ({"data": "grid"}, "data name was 'ring' and is now 'grid'"),
        ({"sides": "one"}, "option sides was 'the default' and is now 'one'"),
        ({"steps": 10}, "has done 20 steps already, more than 10"),
    ],
)
def test_other_options_are_refused_with_the_difference(tmp_path, change, sentence):
    train(tmp_path / "run")
    with pytest.raises(UsageError, match=sentence):
        train(tmp_path / "run", **change)


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(tmp_path):
    whole = train(tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    newest, _before = folder._checkpoints()
    (newest / "state.safetensors").write_bytes(b"junk")
    with pytest.warns(UserWarning, match="going back to the checkpoint before"):
        again = train(tmp_path / "run", steps=20)
    assert contract.fingerprint(whole.game) == contract.fingerprint(again.game)


def test_a_folder_that_is_no_run_is_not_touched(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is no run: name another folder"):
        train(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_two_processes_cannot_train_in_one_folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with folder.locked(), pytest.raises(RivalsError, match="another process is training"):
        train(tmp_path / "run")


def test_loading_runs_no_code_and_refuses_what_does_not_fit(tmp_path):
    train(tmp_path / "run", steps=6)
    model = tmp_path / "run" / "model"
    config = json.loads((model / "config.json").read_text())
    for recipe, sentence in [("no-such-gan", "there is no recipe"), ("evil.py:run", "from outside: name it")]:
        (model / "config.json").write_text(json.dumps({**config, "recipe": recipe}))
        with pytest.raises(UsageError, match=sentence):
            rivals.load(model)
    (model / "config.json").write_text(json.dumps({**config, "options": {"width": 16, "latent": 4}}))
    with pytest.raises(RivalsError, match="do not fit recipe wgan-gp"):
        rivals.load(model)
    with pytest.raises(UsageError, match="neither a run nor a saved model"):
        rivals.load(tmp_path)


def test_a_run_whose_data_has_changed_is_not_scored_against_it(tmp_path):
    import numpy as np

    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(40, 2)))
    train(tmp_path / "run", data=str(tmp_path / "x.npy"), steps=6)
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(40, 2)))
    with pytest.raises(UsageError, match="has changed since the run began"):
        rivals.evaluate(tmp_path / "run")
    assert rivals.evaluate(tmp_path / "run", data="ring", samples=20).values


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, {1, 20}), ({"heal": True}, set(range(1, 21))), ({"save_every": 2}, set(range(2, 21, 2)))],
)
def test_checkpoints_keep_to_their_share_of_the_time_unless_they_are_asked_for(tmp_path, monkeypatch, more, expected):
    """The first one that is due, and the last."""
    seen, save = [], RunFolder.save

    def slow(folder, state):
        seen.append(state["counters"]["step"])
        time.sleep(0.5 if len(seen) == 1 else 0)
        save(folder, state)

    monkeypatch.setattr(RunFolder, "save", slow)
    train(tmp_path / "run", **{"save_every": None, "views": False, **more})
    assert set(seen) == expected


# ---- kill -9, SIGTERM, Ctrl-C ----------------------------------------------------------------------------------------


def start(out: Path, recipe: str, data: str, steps: int, *options: str) -> subprocess.Popen:
    command = [RIVALS, "train", recipe, "--data", data, "--steps", str(steps), "--batch", "8", "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def wait_for_checkpoint(out: Path, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while not list(out.glob("checkpoints/step-*")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("recipe", "data", "steps", "options"),
    [
        ("wgan-gp", "ring", 200, ["--set", "width=8", "--set", "latent=4"]),
        ("seqgan", "tokens", 20, []),
    ],
)
def test_killed_in_mid_run_and_resumed_ends_bit_equal(tmp_path, recipe, data, steps, options):
    from rivals import catalog

    tiny = (
        options if options else [part for k, v in catalog.find(recipe).tiny.items() for part in ("--set", f"{k}={v}")]
    )
    whole = start(tmp_path / "whole", recipe, data, steps, *tiny)
    killed = start(tmp_path / "killed", recipe, data, steps, *tiny)
    wait_for_checkpoint(tmp_path / "killed", killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert whole.wait() == 0, whole.stderr.read()
    whole.communicate()
    again = start(tmp_path / "killed", recipe, data, steps, *tiny)
    assert again.wait() == 0, again.stderr.read()
    assert "going on after step" in again.communicate()[1]
    ends = [contract.fingerprint(rivals.load(tmp_path / name)) for name in ("whole", "killed")]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_step_saves_and_says_how_to_go_on(tmp_path, number, code):
    process = start(tmp_path / "run", "wgan-gp", "ring", 100_000, "--set", "width=8", "--set", "latent=4")
    deadline = time.monotonic() + 60
    while RunFolder(tmp_path / "run").status().get("status") != "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "the same command goes on from there" in errors
    status = RunFolder(tmp_path / "run").status()
    assert status["status"] == "interrupted"
    assert RunFolder(tmp_path / "run").newest()["counters"]["step"] == status["step"] > 0
