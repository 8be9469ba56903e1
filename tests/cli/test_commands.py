import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RIVALS = str(Path(sys.executable).with_name("rivals"))
TINY = ["--steps", "6", "--batch", "8", "--set", "width=8", "--set", "latent=8"]


def rivals(*arguments, cwd=None, code=0):
    environment = {k: v for k, v in os.environ.items() if k != "RIVALS_DATA"} | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [RIVALS, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    rivals("train", "cgan", "--data", "digits", *TINY, "--eval-every", "3", cwd=folder)
    return folder / "runs" / "cgan-digits"


def test_train_leaves_a_whole_folder(run):
    names = {p.name for p in run.iterdir()}
    assert names >= {"config.json", "state.json", "metrics.jsonl", "checkpoints", "samples", "model", "scores.json"}
    assert names >= {"samples.png", "report.html"}
    config = json.loads((run / "config.json").read_text())
    assert config["game"]["options"] == {"width": 8, "latent": 8}
    assert config["data"]["name"] == "digits"
    assert config["versions"]["torch"]
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert any("score/fid" in r for r in records)
    assert records[-1]["reals"] > 0
    assert json.loads((run / "state.json").read_text())["status"] == "finished"


def test_train_again_says_that_it_is_finished(run):
    done = rivals("train", "cgan", "--data", "digits", *TINY, cwd=run.parents[1])
    assert "This run is finished: 6 steps" in done.stdout


def test_json_is_one_document_and_progress_goes_to_stderr(tmp_path):
    done = rivals("train", "wgan-gp", "--data", "ring", *TINY, "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["step"] == 6
    assert "step 6/6" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    scored = json.loads(rivals("evaluate", tmp_path / "runs/wgan-gp-ring", "--samples", "50", "--json").stdout)
    assert scored["protocol"]["samples"] == 50
    listed = json.loads(rivals("list", "--json").stdout)
    assert all({"id", "title", "year", "arxiv", "section", "kind", "data"} <= set(entry) for entry in listed)
    assert json.loads(rivals("info", "gan", "--json").stdout)["arxiv"] == "1406.2661"
    assert all(r["ok"] for r in json.loads(rivals("check", "wgan-gp", "--json").stdout))


def test_sample_needs_no_data_and_no_options(run, tmp_path):
    rivals("sample", run, "-n", "9", "--out", tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size[0] > 24
    rivals("sample", run, "-n", "5", "--label", "3", "--out", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as images:
        (array,) = (images[name] for name in images.files)
    assert array.shape[:3] == (5, 8, 8)
    assert array.dtype == np.uint8
    rivals("sample", run, "-n", "4", "--out", tmp_path / "folder/")
    assert len(list((tmp_path / "folder").glob("*.png"))) == 4
    rivals("sample", run / "model", "-n", "2", "--seed", "1", "--out", tmp_path / "model.png")


def test_list_filters(tmp_path):
    core = rivals("list", "--section", "core").stdout
    assert "wgan-gp" in core
    assert "cgan" not in core.split()
    assert "dcgan" not in rivals("list", "--data", "points").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "wgan-pg", "--data", "ring"], "did you mean 'wgan-gp'"),
        (["train", "wgan-gp", "--data", "rng"], "there is no data 'rng', did you mean 'ring'"),
        (["train", "wgan-gp", "--data", "ring", "--set", "wdth=3"], "no option 'wdth', did you mean 'width'"),
        (["train", "wgan-gp", "--data", "nowhere/", "--set", "wdth=3"], "no option 'wdth'"),
        (["train", "wgan-gp", "--data", "ring", "--set", "width=big"], "'width' must be int"),
        (["train", "wgan-gp", "--data", "ring", "--set", "penalties=[r3]"], "no penalty 'r3'; there are dragan"),
        (["train", "wgan-gp", "--data", "ring", "--set", "steps=3"], "write --steps"),
        (["train", "wgan-gp", "--data", "ring", "--steps", "0"], "steps"),
        (["train", "wgan-gp", "--data", "ring", "--batch", "6", "--accumulate", "4"], "accumulate must divide batch"),
        (["train", "dcgan", "--data", "ring"], "dcgan takes images"),
        (["train", "wgan-gp", "--data", "ring", "--device", "cuda"], "not available here"),
        (["train", "wgan-gp"], "--data"),
        (["sample", "nowhere"], "neither a run nor a saved model"),
        (["evaluate", "nowhere"], "neither a run nor a saved model"),
        (["list", "--section", "cores"], "there is no section 'cores'"),
        (["info", "gann"], "did you mean 'gan'"),
        (["fly"], "No such command"),
    ],
)
def test_wrong_use_exits_2_with_a_sentence_and_writes_nothing(tmp_path, arguments, sentence):
    done = rivals(*arguments, cwd=tmp_path, code=2)
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_wrong_samples_exit_2(run, tmp_path):
    assert (
        "label 11 does not exist" in rivals("sample", run, "--label", "11", "--out", tmp_path / "x.png", code=2).stderr
    )


def test_a_run_that_diverges_exits_1_and_keeps_its_checkpoint(tmp_path):
    options = ["--steps", "40", "--batch", "8", "--set", "width=8", "--set", "rate=1e9"]
    done = rivals("train", "lsgan", "--data", "ring", *options, cwd=tmp_path, code=1)
    assert "lower learning rate" in done.stderr
    assert "of player" in done.stderr
    state = json.loads((tmp_path / "runs/lsgan-ring/state.json").read_text())
    assert state["status"] == "failed"
    assert "at step" in state["message"]
    assert (tmp_path / "runs/lsgan-ring/report.html").is_file()


def test_data_that_needs_a_folder_says_which(tmp_path):
    assert "RIVALS_DATA" in rivals("train", "gan", "--data", "mnist", cwd=tmp_path, code=1).stderr


def test_more_steps_extend_and_accumulate_and_bf16_work(tmp_path):
    rivals("train", "wgan-gp", "--data", "ring", *TINY, "--accumulate", "2", "--precision", "bf16", cwd=tmp_path)
    longer = [*TINY[2:], "--steps", "9", "--accumulate", "2", "--precision", "bf16"]
    done = rivals("train", "wgan-gp", "--data", "ring", *longer, cwd=tmp_path)
    assert "going on after step 6" in done.stderr
    refused = rivals("train", "wgan-gp", "--data", "ring", *TINY, cwd=tmp_path, code=2)
    assert "precision was 'bf16' and is now 'fp32'" in refused.stderr


def test_version():
    from rivals import __version__

    assert rivals("--version").stdout.strip() == __version__
