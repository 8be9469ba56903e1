"""What a killed process, a full disk or a flipped bit leaves behind; benchmarks/faults.py has each fault for real."""

import errno
import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import rivals
from games import Two, ones
from rivals import pack, training
from rivals.cli import main as command
from rivals.data import named
from rivals.errors import RivalsError, UsageError, told
from rivals.store.folder import RunFolder

FAULTS = Path(__file__).parents[2] / "benchmarks" / "faults.py"


def train(out, steps=6, **more):
    facts = {"batch": 4, "width": 4, "latent": 2, "save_every": 2, "views": False}
    return rivals.train("wgan-gp", "ring", steps=steps, out=out, **{**facts, **more})


def test_real_faults_lose_nothing(tmp_path):
    faults = ["kill -9: wgan-gp", "newest checkpoint", "disk full (RLIMIT", "two processes"]
    words = [sys.executable, str(FAULTS), *faults, "--times", "2", "--out", str(tmp_path / "faults.json")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    records = json.loads((tmp_path / "faults.json").read_text())
    assert len(records) == len(faults)
    assert all(each["tried"] == each["survived"] == 2 for each in records), done.stderr[-2000:]


# ---- killed ----------------------------------------------------------------------------------------------------------


def test_killed_while_it_began_the_same_command_begins_again(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / ".lock").touch()
    (run / ".config.json.writing-123").write_text('{"ga')
    assert train(run).step == 6
    assert not list(run.glob(".config*"))


def test_what_a_killed_process_was_writing_is_swept_away_and_nothing_else(tmp_path):
    train(tmp_path / "run", steps=4)
    for name in (".state.json.writing-123", ".model.old-123", ".mine", "checkpoints/.step-000000009.writing-123"):
        (tmp_path / "run" / name).mkdir()
    train(tmp_path / "run", steps=8)
    assert [p.name for p in (tmp_path / "run").rglob(".*") if p.name != ".lock"] == [".mine"]


@pytest.mark.parametrize("moment", ["_picture", "_status", "report"])
def test_killed_while_the_last_files_are_written_the_same_command_writes_them(tmp_path, monkeypatch, moment):
    class Killed(BaseException):
        pass

    def kill(*arguments, **named):
        if moment != "_status" or arguments[1] == "finished":
            raise Killed
        return original(*arguments, **named)

    place, name = (training.report, "write") if moment == "report" else (training._Session, moment)
    original = getattr(place, name)
    with monkeypatch.context() as patch:
        patch.setattr(place, name, kill)
        with pytest.raises(Killed):
            train(tmp_path / "run")
    again = train(tmp_path / "run")
    assert again.already is (moment == "report")
    assert again.scores is not None
    for name in ("model/model.safetensors", "scores.json", "report.html", "samples.png"):
        assert (tmp_path / "run" / name).is_file(), name


def test_what_a_program_does_after_its_last_stage_is_in_the_last_checkpoint(tmp_path):
    facts = {"rounds": 2, "width": 4, "component_options": ("hidden=(4,)", "latent=2")}
    trained = rivals.train("adagan", "ring", steps=6, batch=4, save_every=1, views=False, out=tmp_path / "run", **facts)
    assert torch.equal(RunFolder(trained.folder).newest()["game"]["mixture"], trained.game.mixture)


# ---- damaged ---------------------------------------------------------------------------------------------------------


def test_a_flipped_digit_in_a_checkpoints_numbers_is_noticed(tmp_path):
    pack.write(tmp_path / "s", {"positions": {"main": 640}, "nan": float("nan"), "x": [1e-300, -0.0, "é"]})
    assert pack.read(tmp_path / "s")["positions"] == {"main": 640}
    file = tmp_path / "s" / "state.json"
    file.write_text(file.read_text().replace("640", "641"))
    with pytest.raises(RivalsError, match="is damaged: its checksum is not that of what it holds"):
        pack.read(tmp_path / "s")


def test_a_checkpoint_of_the_first_format_is_read(tmp_path):
    pack.write(tmp_path / "s", {"a": 1})
    file = tmp_path / "s" / "state.json"
    header = json.loads(file.read_text())
    del header["seal"]
    file.write_text(json.dumps({**header, "format": 1}))
    assert pack.read(tmp_path / "s") == {"a": 1}


def test_damaged_lines_scores_and_status_do_not_stop_a_run(tmp_path):
    run = train(tmp_path / "run", steps=4).folder
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(b'\xff\xfe\n[]\n12\n{"step": 99, "loss\n\0\0\0')
    (run / "state.json").write_text("{")
    (run / "scores.json").write_text('{"values": 3}')
    with pytest.warns(UserWarning, match="it is written anew"):
        assert train(run, steps=4).scores is not None
    (run / "scores.json").write_text('{"values": 3}')
    with pytest.warns(UserWarning, match="scores the run again"):
        assert train(run, steps=4).scores is None
    steps = [record["step"] for record in RunFolder(run).records()]
    assert steps == sorted(set(steps))


def test_a_damaged_config_is_told_with_its_place(tmp_path):
    run = train(tmp_path / "run", steps=4).folder
    config = json.loads((run / "config.json").read_text())
    lacking = {k: v for k, v in config.items() if k != "seed"}
    for harmed in (
        {**config, "data": {}},
        lacking,
        {**config, "steps": {}},
        {**config, "tuned": 3},
        {**config, "game": []},
    ):
        (run / "config.json").write_text(json.dumps(harmed))
        with pytest.raises(RivalsError, match=r"config\.json"):
            train(run)
        if harmed["game"] == []:
            with pytest.raises(RivalsError, match="is damaged"):
                rivals.load(run)


# ---- refused by the machine ------------------------------------------------------------------------------------------


def test_a_full_disk_is_not_kept_full_and_the_old_file_stays(tmp_path):
    pack.replace_file(tmp_path / "a.json", b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as one:
            pack.replace_file(tmp_path / "a.json", bytes(5000))
        with pytest.raises(OSError, match="File too large"):
            pack.write_folder(tmp_path / "s", {"x": bytes(5000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert told(one.value).endswith("file too large: raise the limit on a file's size (ulimit -f)")
    assert "a.json" in told(one.value)


def test_a_checkpoint_that_cannot_be_opened_for_want_of_handles_is_not_passed_over(tmp_path, monkeypatch):
    run = train(tmp_path / "run", steps=6).folder

    def refused(path):
        raise OSError(errno.EMFILE, "Too many open files", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        with pytest.raises(OSError, match="Too many open files"):
            RunFolder(run).newest()
    assert RunFolder(run).newest()["counters"]["step"] == 6


def test_pictures_are_not_left_out_for_want_of_handles(tmp_path, monkeypatch):
    for i in range(8):
        Image.fromarray(np.full((8, 8), i, np.uint8)).save(tmp_path / f"{i}.png")
    original = Path.open

    def refused(path, *arguments, **named):
        if path.name == "5.png":
            raise OSError(errno.EMFILE, "Too many open files", str(path))
        return original(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refused)
        with pytest.raises(RivalsError, match=r"5\.png could not be opened: .*raise the limit on open files"):
            named.load(str(tmp_path))
    source = named.load(str(tmp_path))
    assert source.size + source.test.size == 8
    assert not source.found.bad


def test_a_place_where_no_run_can_be_kept_is_told(tmp_path):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RivalsError, match="no run can be kept in"):
            train(out)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("raised", "sentence"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/x/y"),
            "/x/y: no space left on device: make room on that disk",
        ),
        (MemoryError(), "the memory is full: give smaller sizes"),
    ],
)
def test_the_command_line_tells_what_the_machine_refused(monkeypatch, capsys, raised, sentence):
    def broken(**_):
        raise raised

    monkeypatch.setattr(command, "app", broken)
    with pytest.raises(SystemExit) as end:
        command.main()
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    monkeypatch.setenv("RIVALS_DEBUG", "1")
    with pytest.raises(SystemExit):
        command.main()
    assert "Traceback" in capsys.readouterr().err


def test_what_a_game_cannot_do_ends_the_run_with_a_sentence(tmp_path):
    def play(game, run):
        raise ValueError("expected more than 1 value per channel\nand more")

    with pytest.raises(UsageError, match=r"^Two cannot be trained with batch=4: expected more .* channel; give other"):
        rivals.train(Two(play), ones(), steps=3, batch=4, out=tmp_path / "run")
    status = RunFolder(tmp_path / "run").status()
    assert status["status"] == "failed"
    assert "expected more than 1 value" in status["message"]
