"""`rivals diagnose RUN` from files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from rivals.cli.diagnose import diagnose as printed
from rivals.diagnosis import after, history
from rivals.errors import UsageError
from rivals.training import train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    x = 500 * torch.randn(900, 2).numpy()
    train("gan", x, steps=24, batch=16, out=folder, hidden=(8, 8), latent=4)
    return folder


@pytest.mark.filterwarnings("ignore")
def test_the_files_give_what_the_run_told(run: Path) -> None:
    # the data are an array, which a later process cannot load again: nothing of them is needed
    live = [(f.step, f.illness, f.severity, f.evidence) for f in history.findings(run)]
    assert [(f.step, f.illness, f.severity, f.evidence) for f in after.diagnose(run)] == live
    assert any(illness == "wrong range" for _, illness, _, _ in live)


def test_a_run_without_signals_is_judged_by_its_records(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "old"
    copy.mkdir()
    (copy / "config.json").write_text((run / "config.json").read_text())
    records = [{"step": 10 * i, "loss/critic/objective": 0.1, "gradient/critic": 1e7} for i in range(1, 9)]
    (copy / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    assert [f.illness for f in after.diagnose(copy)] == ["exploding"]
    (copy / "state.json").write_text(json.dumps({"status": "failed", "step": 70, "message": "the loss became nan"}))
    assert [f.illness for f in after.diagnose(copy)] == ["exploding", "diverged"]


def test_a_sound_run_is_called_so(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "sound"
    copy.mkdir()
    (copy / "config.json").write_text((run / "config.json").read_text())
    printed(copy)
    assert capsys.readouterr().out.startswith("nothing is wrong that shows: gan on ")


def test_printed_lines_and_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(run)
    text = capsys.readouterr().out
    assert "step 0  serious    wrong range: values lie in [" in text
    assert "scale the data" in text
    printed(run, as_json=True)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["standing"][0] == "wrong range"
    assert {"step", "illness", "severity", "evidence", "remedies"} <= told["findings"][0].keys()


def test_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run"):
        after.diagnose(tmp_path)
    (tmp_path / "config.json").write_text('{"recipe": "gan"}')
    with pytest.raises(UsageError, match="is a saved model, not a run"):
        after.diagnose(tmp_path)
