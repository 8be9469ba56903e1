from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from rivals.cli.judge import judge_app
from rivals.data import named
from rivals.errors import RivalsError, UsageError
from rivals.metrics import judges


def judge(*arguments: object) -> str:
    """Run a command in this process and give what it prints; errors come through as they are."""
    done = CliRunner().invoke(judge_app, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture
def no_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def test_list_tells_what_is_here_and_what_is_not(no_caches: None) -> None:
    rows = {row["name"]: row for row in json.loads(judge("list", "--json"))}
    assert set(rows) == {*judges.names(), *judges.REFERENCES}
    digits = judges.load("digits")
    assert (rows["digits"]["fingerprint"], rows["digits"]["accuracy"]) == (digits.fingerprint, digits.accuracy)
    assert rows["digits"]["bytes"] == (judges.WEIGHTS / "digits.safetensors").stat().st_size
    assert rows["cifar10"]["sees"] == "32x32 in colour, 128 features, 10 classes"
    assert rows["inception"]["present"].startswith("not downloaded: https://")
    shown = judge("list")
    assert "793f670ae235  99.11%" in shown
    assert "not downloaded" in shown


def test_info_of_a_shipped_judge() -> None:
    facts = json.loads(judge("info", "mnist", "--json"))
    assert facts["fingerprint"] == "6d84e7924ae0"
    assert (facts["features"], facts["classes"]) == (64, 10)
    assert "antialiased 28x28" in facts["preprocessing"]
    assert "6d84e7924ae0" in judge("info", "mnist")


def test_info_of_what_is_not_there(no_caches: None) -> None:
    with pytest.raises(UsageError, match="did you mean 'mnist'"):
        judge("info", "mnits")
    with pytest.raises(RivalsError, match="the weights of 'clip' are not here: download https://"):
        judge("info", "clip")


def test_train_makes_a_judge_of_a_folder_of_classes(tmp_path: Path) -> None:
    source = named.digits()
    for i, (image, label) in enumerate(zip(source.first("image", 400), source.first("label", 400), strict=True)):
        folder = tmp_path / "pictures" / f"class{int(label) % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0].numpy()).resize((12, 12)).save(folder / f"{i}.png")
    out = tmp_path / "new" / "mine.safetensors"
    facts = json.loads(judge("train", tmp_path / "pictures", "--out", out, "--epochs", 3, "--json"))
    mine = judges.load(str(out))
    assert (facts["name"], facts["fingerprint"], facts["accuracy"]) == ("mine", mine.fingerprint, mine.accuracy)
    assert mine.accuracy is not None
    assert mine.classes == 3
    assert mine.size == 12
    assert mine.features(torch.zeros(2, 1, 12, 12)).shape == (2, mine.dim)
    assert json.loads(judge("info", out, "--json"))["bytes"] == out.stat().st_size


def test_train_says_what_is_wrong(tmp_path: Path) -> None:
    out = tmp_path / "mine.safetensors"
    with pytest.raises(UsageError, match=r"ends in \.safetensors: write --out .*mine\.safetensors"):
        judge("train", "digits", "--out", tmp_path / "mine.pth")
    with pytest.raises(UsageError, match="'mnist' is the name of another judge"):
        judge("train", "digits", "--out", tmp_path / "mnist.safetensors")
    with pytest.raises(UsageError, match="pictures with labels, and 'ring' is points"):
        judge("train", "ring", "--out", out)
    np.save(tmp_path / "bare.npy", np.zeros((40, 8, 8), np.uint8))
    with pytest.raises(UsageError, match="has none: put the pictures of each class"):
        judge("train", tmp_path / "bare.npy", "--out", out)
    assert not out.exists()
