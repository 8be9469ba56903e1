"""A watched run: the same numbers, files that resume, findings as they happen."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

from rivals import registry
from rivals.data import named
from rivals.diagnosis import history
from rivals.diagnosis.history import Finding
from rivals.diagnosis.monitor import CLOSEST, FEWEST, PROBES, Monitor, every
from rivals.errors import Interrupted, NonFinite
from rivals.game import Game
from rivals.run import Hooks, Run
from rivals.training import Progress, train

SMALL: dict[str, dict[str, Any]] = {
    "gan": {"hidden": (16, 16), "latent": 8},
    "dcgan": {"width": 4, "latent": 8},
    "sngan": {"width": 4, "latent": 8},
    "pacgan": {"width": 4, "latent": 8},
    "cgan": {},
    "unrolled-gan": {"width": 4, "latent": 8, "unroll": 1},
    "vae": {},
}


def played(
    recipe: str, data: str, steps: int = 12, monitor: Monitor | None = None, precision: str = "fp32", **options: Any
) -> Run:
    source = named.load(data)
    game = registry.create(recipe, source.spec, **{**SMALL.get(recipe, {}), **options})
    hooks = Hooks(log=[monitor.logged], step=[monitor.stepped]) if monitor else Hooks()
    how: dict[str, Any] = {"steps": steps, "batch": 16, "log_every": 2, "save_every": 10**9, "hooks": hooks}
    return Run(game, source, precision=precision, **how).train()


def same(a: Game, b: Game) -> bool:
    mine, theirs = a.state_dict(), b.state_dict()
    tensors = all(torch.equal(x, theirs[k]) for k, x in mine.items() if isinstance(x, torch.Tensor))
    return mine.keys() == theirs.keys() and tensors


@pytest.mark.parametrize(("recipe", "precision"), [*((each, "fp32") for each in SMALL), ("dcgan", "bf16")])
def test_a_watched_run_is_bit_equal(recipe: str, precision: str) -> None:
    monitor = Monitor()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a probe that fails would only warn
        watched = played(recipe, "digits", monitor=monitor, precision=precision)
    assert len(monitor.history.probes) == 12
    assert {"diversity", "distance", "rank"} <= monitor.history.now.keys()
    assert same(watched.game, played(recipe, "digits", precision=precision).game)


@pytest.mark.parametrize("data", ["ring", "sines", "clouds"])
def test_other_kinds_are_probed(data: str) -> None:
    monitor = Monitor()
    played("gan", data, 12, monitor)
    assert monitor.history.facts["data/scale"] > 0
    assert 0 <= monitor.history.now["critic"] <= 1
    assert "move/generator" in monitor.history.now


def test_games_that_make_no_plain_samples_give_what_they_have() -> None:
    monitor = Monitor()
    source = named.load("moved-ring")
    game = registry.create("cyclegan", source.spec, width=4)
    run = Run(game, source, steps=12, batch=8, log_every=2, hooks=Hooks(log=[monitor.logged], step=[monitor.stepped]))
    run.train()
    now = monitor.history.now
    assert any(name.startswith("move/") for name in now)
    assert any(name.startswith("loss/") for name in now)
    assert "diversity" not in now


def test_probes_are_spaced_by_the_length_of_the_run_alone() -> None:
    assert every(5) == 1
    assert every(600) == 600 // FEWEST
    assert every(FEWEST * CLOSEST) == CLOSEST
    assert every(1_000_000) == 1_000_000 // PROBES


class Told(Progress):
    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def found(self, finding: Finding) -> None:
        self.findings.append(finding)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_training_writes_signals_and_tells_findings(tmp_path: Path) -> None:
    told = Told()
    x = torch.randn(200, 2).numpy() * 500
    train("gan", x, steps=24, batch=16, out=tmp_path / "run", progress=told, hidden=(8, 8), latent=4)
    first, *probes = lines(tmp_path / "run", history.SIGNALS)
    assert first["facts"]["data/std"] == pytest.approx(500, rel=0.2)
    assert [p["step"] for p in probes] == list(range(2, 25, 2))
    records = lines(tmp_path / "run", history.FINDINGS)
    assert [r["illness"] for r in records] == [f.illness for f in told.findings]
    wrong = next(r for r in records if r["illness"] == "wrong range")
    assert wrong["severity"] == "serious"
    assert "scale the data" in wrong["remedies"][0]["why"]
    assert "step 0  serious" in told.findings[0].line() or "few samples" in told.findings[0].line()


def test_resuming_repeats_nothing(tmp_path: Path) -> None:
    def stop_at(step: int) -> Any:
        class Stop(Progress):
            def stepped(self, run: Run) -> None:
                if run.counters.step == step:
                    run.stop()

        return Stop()

    given: dict[str, Any] = {"steps": 24, "batch": 16, "hidden": (8, 8), "latent": 4}
    for name, step in (("whole", 0), ("parts", 9)):
        if step:
            with pytest.raises(Interrupted):
                train("gan", "ring", out=tmp_path / name, progress=stop_at(step), **given)
            with (tmp_path / name / history.SIGNALS).open("a") as file:
                file.write('{"step": 22, "diversity": 0.0}\n{"step": 23, "di')  # of a later step, and cut short
        train("gan", "ring", out=tmp_path / name, **given)
    whole, parts = (lines(tmp_path / name, history.SIGNALS) for name in ("whole", "parts"))
    assert [r["step"] for r in parts] == [r["step"] for r in whole]
    assert sum("facts" in r for r in parts) == 1
    assert parts[-1]["diversity"] == whole[-1]["diversity"]
    findings = (
        [(r["step"], r["illness"]) for r in lines(tmp_path / "parts", history.FINDINGS)]
        if (tmp_path / "parts" / history.FINDINGS).exists()
        else []
    )
    assert len(findings) == len(set(findings))


def test_a_run_that_diverges_says_so(tmp_path: Path) -> None:
    with pytest.raises(NonFinite):
        train("lsgan", "ring", steps=200, batch=16, out=tmp_path / "run", width=4, latent=4, rate=1e9)
    record = lines(tmp_path / "run", history.FINDINGS)[-1]
    assert record["illness"] == "diverged"
    assert record["remedies"][0]["set"] == {"rate": 2e-4}


def test_a_probe_that_fails_never_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("rivals.diagnosis.probe.of_critic", broken)
    monitor = Monitor()
    with pytest.warns(UserWarning, match="the diagnosis of critic failed and was dropped: on purpose"):
        played("gan", "ring", monitor=monitor)
    assert "critic" not in monitor.history.now
    assert "diversity" in monitor.history.now
