"""What `rivals lab` prints, writes and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from rivals.cli import words
from rivals.cli.lab import lab_app
from rivals.errors import UsageError
from rivals.lab.experiment import entries


def lab(*arguments: object) -> str:
    """Run the command in this process and give what it prints; errors come through as they are."""
    done = CliRunner().invoke(lab_app, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0
    return done.stdout


def test_list() -> None:
    shown = lab().splitlines()
    assert [line.split()[0] for line in shown] == list(entries())
    rows = json.loads(lab("--json"))
    assert [row["name"] for row in rows] == list(entries())
    assert all(row["summary"] in line for row, line in zip(rows, shown, strict=True))
    assert words.experiments("conv") == ["convolution-arithmetic"]


def test_an_experiment_prints_its_numbers_and_writes_its_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = lab("earth-mover")
    assert "plan (linear program)  5" in shown
    assert "figure: lab-earth-mover.png" in shown
    with Image.open(tmp_path / "lab-earth-mover.png") as figure:
        assert figure.width > 500
    assert "Raises" not in shown
    lab("earth-mover", "--out", tmp_path / "new" / "a.png")
    assert (tmp_path / "new" / "a.png").is_file()


def test_json_is_one_document(tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    text = lab("parallel-lines", "--json", "--set", "thetas=(0.5,)", "--set", "points=4", "--seed", 7, "--out", out)
    facts = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert (facts["experiment"], facts["seed"], facts["figure"]) == ("parallel-lines", 7, str(out))
    assert facts["options"] == {"thetas": [0.5], "points": 4}
    row = dict(zip(facts["tables"][0]["columns"], facts["tables"][0]["rows"][0], strict=True))
    assert row["KL"] == "inf"
    assert row["W"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dirak"], "there is no experiment 'dirak', did you mean 'dirac'"),
        (["dirac", "--set", "gama=1"], "no option 'gama', did you mean 'gamma'"),
        (["dirac", "--set", "gamma=much"], "'gamma' must be float"),
        (["dirac", "--set", "gamma"], "is not key=value"),
        (["dirac", "--set", "seed=1"], "write --seed"),
        (["dirac", "--out", "a.pdf"], "write --out a.png"),
        (["dirac", "--out", "here/a.png"], "here is a file"),
        (["--out", "a.png"], "name it"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").write_text("")
    with pytest.raises(UsageError, match=sentence) as error:
        lab(*arguments)
    assert "\n" not in str(error.value)
    assert [p.name for p in tmp_path.iterdir()] == ["here"]


def test_a_folder_is_no_figure(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        lab("dirac", "--out", tmp_path / "a.png")


def test_the_command_exits_2_with_a_sentence(tmp_path: Path) -> None:
    rivals = Path(sys.executable).with_name("rivals")
    done = subprocess.run([rivals, "lab", "dirak"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is no experiment 'dirak', did you mean 'dirac'?")
