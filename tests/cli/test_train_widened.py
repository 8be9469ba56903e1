"""`rivals train` with data alone, its estimate, readers' options, loggers; `rivals doctor`; completion."""

import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import rivals
from rivals.cli import doctor, main, words
from rivals.data import named
from rivals.data.readers import READERS
from rivals.errors import RivalsError
from rivals.loggers import LOGGERS
from rivals.store.folder import RunFolder

TINY = ["--steps", "4", "--batch", "8", "--set", "width=8", "--set", "latent=8"]


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Calls the command in an empty folder; gives what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, code=0):
        done = CliRunner().invoke(main.app, [str(a) for a in arguments])
        if isinstance(done.exception, RivalsError):
            assert code == 1
            return str(done.exception)
        assert done.exit_code == code, f"{done.output}{done.exception!r}"
        return done

    return run


@pytest.fixture
def points(tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 3))
    np.savetxt(tmp_path / "x.csv", x, delimiter=",", header="a,b,c", comments="")
    np.save(tmp_path / "x.npy", x.astype(np.float32))
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [["x.npy"], ["--data", "x.npy"], ["wgan-gp", "x.npy"], ["wgan-gp", "--data", "x.npy"]]
)
def test_data_may_be_all_that_is_said(call, points, arguments):
    done = call("train", *arguments, *TINY)
    assert "wgan-gp on x.npy, 4 steps of 8" in done.stderr
    assert "x.npy: points(dim=3), 54 samples to train on" in done.stderr
    assert ("recipe  wgan-gp: its critic's distance" in done.stderr) == (arguments[0] != "wgan-gp")
    assert ("54 samples are few" in done.stderr) == (arguments[0] != "wgan-gp")
    assert RunFolder("runs/wgan-gp-x-npy").status()["status"] == "finished"
    assert "This run is finished" in call("train", *arguments, *TINY).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["wgan-pg"], "data list`), did you mean 'wgan-gp'"),
        (["rng"], "did you mean 'ring'"),
        (["wgan-gp"], "name the data, too, with --data"),
        ([], "name the data with --data"),
        (["wgan-gp", "ring", "--data", "grid"], "named twice, 'ring' and --data grid"),
        (["wgan-gp", "rng"], "there is no data 'rng', did you mean 'ring'"),
        (["ring", "--steps", "5", "--minutes", "1"], "give one of them"),
        (["ring", "--minutes", "0"], "--minutes must be a number above 0"),
        (["ring", "--set", "wdth=3"], "no option 'wdth', did you mean 'width'"),
        (["ring", "--set", "minutes=3"], "write --minutes"),
        (["ring", "--set", "start_from=x"], "write --from"),
        (["ring", "--logger", "tensorbord"], "did you mean 'tensorboard'"),
        (["ring", "--read", "size=3"], "ring has no option 'size'"),
        (["ring", "--read", "size"], "'size' is not key=value"),
        (["ring", "--from", "nowhere"], "nowhere is neither a run nor a saved model"),
    ],
)
def test_wrong_use_is_a_sentence_and_writes_nothing(call, tmp_path, arguments, sentence):
    assert sentence in call("train", *arguments, code=1)
    assert not list(tmp_path.iterdir())


def test_a_dry_run_tells_the_cost_and_writes_nothing(call, tmp_path):
    facts = json.loads(call("train", "ring", *TINY, "--dry-run", "--json").stdout)
    assert facts["recipe"] == "wgan-gp"
    assert facts["folder"] == "runs/wgan-gp-ring"
    assert facts["estimate"]["parameters"].keys() == {"generator", "critic"}
    assert facts["estimate"]["memory"] > facts["estimate"]["state"] > 0
    assert facts["estimate"]["seconds"] == pytest.approx(facts["estimate"]["ms"] * 4 / 1000)
    told = call("train", "ring", *TINY, "--dry-run").stdout
    assert "estimate  " in told
    assert "ms a step, about a second for 4 steps" in told
    assert not list(tmp_path.iterdir())


def test_a_long_new_run_tells_its_cost_and_a_resumed_one_does_not(call):
    longer = ["--steps", "50", *TINY[2:]]
    assert " for 50 steps" in call("train", "ring", *longer).stderr
    assert "estimate" not in call("train", "ring", "--steps", "95", *TINY[2:]).stderr


def test_readers_options_are_kept_and_read_again(call, points):
    call("train", "points:x.csv", "--read", "columns=('a','c')", "--out", "run", *TINY)
    config = RunFolder("run").config()
    assert config["data"]["name"] == "points:x.csv"
    assert config["data"]["read"] == {"columns": ["a", "c"]}
    assert config["game"]["data"]["dim"] == 2
    assert json.loads(call("evaluate", "run", "--samples", "20", "--json").stdout)["protocol"]["samples"] == 20
    again = ["--out", "run", *TINY]
    assert "finished" in call("train", "points:x.csv", "--read", "columns=('a','c')", *again).stdout
    assert "--read was {'columns': ['a', 'c']} and is now {}" in call("train", "points:x.csv", *again, code=1)
    (points / "x.csv").write_text("a,b,c\n" + "1,2,3\n" * 60)
    with pytest.raises(RivalsError, match="has changed since the run began"):
        rivals.evaluate("run")


def test_minutes_and_from_reach_the_run(call):
    call("train", "ring", "--minutes", "0.002", *TINY[2:])
    first = RunFolder("runs/wgan-gp-ring").config()
    assert first["calibrated"]["minutes"] == 0.002
    assert first["steps"] >= 1
    assert "This run is finished" in call("train", "ring", "--minutes", "0.002", *TINY[2:]).stdout
    call("train", "wgan-gp", "grid", "--from", "runs/wgan-gp-ring", *TINY)
    assert RunFolder("runs/wgan-gp-grid").config()["from"]["path"] == "runs/wgan-gp-ring"


def test_doctor_tells_what_is_here(call, tmp_path, monkeypatch):
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RIVALS_DATA", "/nowhere")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "rows").write_bytes(b"12345")
    monkeypatch.setattr(doctor, "installed", lambda package: None if package == "wandb" else "1.0")
    found = doctor.facts(seconds=0.05)
    assert found["rivals"] == rivals.__version__
    assert found["cache"] == {"folder": str(tmp_path / "cache"), "bytes": 5}
    assert found["data"] == {"RIVALS_DATA": "/nowhere", "found": False}
    assert found["devices"]["cpu"]["gflops"] > 0
    monkeypatch.setattr(doctor, "facts", lambda: found)
    assert json.loads(call("doctor", "--json").stdout) == found
    told = call("doctor").stdout
    assert "[wandb]  --logger wandb: no; pip install 'rivals[wandb]'" in told
    assert "/nowhere, which is no folder" in told
    assert doctor.size(tmp_path / "none") == 0


def test_every_extra_is_known_to_the_doctor():
    import tomllib
    from pathlib import Path

    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    extras = settings["project"]["optional-dependencies"]
    assert set(doctor.EXTRAS) == set(extras) - {"all", "dev", "peers"}
    assert all(extras[name][0].startswith(package) for name, (package, _) in doctor.EXTRAS.items())
    assert set(LOGGERS) < set(extras)


def test_words_are_completed_as_they_are_known(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").touch()
    assert words.recipes("wgan") == ["wgan", "wgan-gp"]
    assert set(named.NAMED) | {f"{word}:" for word in READERS} == set(words.data("")) - {"photos/"}
    assert words.data("phot") == ["photos/"]
    assert words.data("images:photos/") == ["images:photos/a.png"]
    assert words.data("nowhere/x") == []
    assert "wgan-gp" in words.recipes_and_data("w")
    assert words.loggers("") == [*LOGGERS, "none"]


def test_completing_imports_no_torch():
    code = "import sys; from rivals.cli import main, words; assert words.recipes_and_data('') and words.loggers('')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; assert 'torch' not in sys.modules"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_one_picture_alone_trains_and_says_that_no_score_is_known(call, tmp_path):
    from PIL import Image

    (tmp_path / "one").mkdir()
    Image.new("RGB", (16, 16), "red").save(tmp_path / "one" / "a.png")
    done = call("train", "sngan", "--data", "one", "--steps", "2", "--set", "width=8", "--out", tmp_path / "run")
    assert "1 to train with" in done.stderr or "1 samples" in done.stderr
    assert "no score is known" in done.stdout


def test_data_that_changed_since_the_run_began_is_refused_with_what_changed(call, tmp_path):
    np.save("x.npy", np.zeros((40, 2)) + np.arange(40)[:, None])
    call("train", "x.npy", *TINY, "--out", "run")
    np.save("x.npy", np.zeros((41, 2)) + np.arange(41)[:, None])
    done = call("train", "x.npy", "--steps", "8", *TINY[2:], "--out", "run", code=1)
    assert "the data's content was" in done
    assert "36 samples" in done
