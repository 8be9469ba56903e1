"""A run that is treated: what it becomes, and that killing it anywhere changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import rivals
from rivals.diagnosis import heal
from rivals.errors import Interrupted, UsageError
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.training import Progress, Trained

OPTIONS: dict[str, Any] = {
    "data": "gaussian", "steps": 240, "batch": 32, "width": 16, "latent": 4, "rate": 0.1, "critic_updates": 2,
}  # fmt: skip


def trained(out: Path, **more: Any) -> Trained:
    return rivals.train("wgan-gp", out=out, heal=True, **{**OPTIONS, **more})


@pytest.fixture(scope="module")
def healed(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("healed") / "run")


def weights(game: rivals.Game) -> torch.Tensor:
    return torch.cat([w.detach().flatten() for w in game.parameters()])


def test_the_illness_is_named_and_its_cause_taken_back(healed: Trained) -> None:
    done = heal.interventions(healed.folder)
    assert [each.illness for each in done] == ["learning rate too high"]
    assert done[0].set["rate"] < OPTIONS["rate"]
    assert done[0].applied
    assert healed.step == 240
    assert healed.scores is not None
    assert healed.scores.cost["steps given up"] == done[0].step - done[0].back_to
    assert healed.scores.model["options"]["rate"] == done[0].set["rate"]
    config = json.loads((healed.folder / "config.json").read_text())
    assert config["game"]["options"]["rate"] == OPTIONS["rate"]  # what was asked for
    assert config["heal"] is True
    assert "healed" in (healed.folder / "report.html").read_text()


def test_it_ends_where_the_mended_options_would_have_led(healed: Trained, tmp_path: Path) -> None:
    rate = heal.interventions(healed.folder)[0].set["rate"]
    plain = rivals.train("wgan-gp", out=tmp_path / "plain", **{**OPTIONS, "rate": rate})
    assert torch.equal(weights(plain.game), weights(healed.game))


def test_it_can_be_loaded_sampled_and_asked_for_again(healed: Trained) -> None:
    assert torch.equal(weights(rivals.load(healed.folder)), weights(healed.game))
    again = trained(healed.folder)
    assert again.already
    assert torch.equal(again.game.sample(5), healed.game.sample(5))
    with pytest.raises(UsageError, match="--heal was True and is now False"):
        rivals.train("wgan-gp", out=healed.folder, **OPTIONS)


class Stopping(Progress):
    """Stops the run some steps after its treatment."""

    healed = False

    def treated(self, treatment: Any) -> None:
        self.healed = True

    def stepped(self, run: Run) -> None:
        if self.healed and run.counters.step == 70:
            run.stop()


def test_stopped_after_the_treatment_it_ends_bit_equal(healed: Trained, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        trained(tmp_path / "run", progress=Stopping())
    assert torch.equal(weights(trained(tmp_path / "run").game), weights(healed.game))


def test_killed_within_the_treatment_it_is_treated_again(
    healed: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: RunFolder, state: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "restart", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "run")
    assert not heal.interventions(tmp_path / "run")[-1].applied
    again = trained(tmp_path / "run")
    assert len(heal.interventions(tmp_path / "run")) == 1
    assert torch.equal(weights(again.game), weights(healed.game))


def test_without_it_nothing_is_treated(tmp_path: Path) -> None:
    left = rivals.train("wgan-gp", out=tmp_path / "run", **OPTIONS)
    assert heal.interventions(left.folder) == []
    assert not (left.folder / "healthy").exists()
    assert "learning rate too high" in (left.folder / "diagnosis.jsonl").read_text()
