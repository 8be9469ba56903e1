"""Treatments: which, from where, with which weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from rivals import registry
from rivals.data import named
from rivals.diagnosis import heal
from rivals.diagnosis.heal import Intervention
from rivals.diagnosis.history import Finding
from rivals.errors import RivalsError
from rivals.run import Hooks, Run

REMEDIES = [
    {"why": "say something"},
    {"set": {"rate": 2e-4}, "why": "a smaller step"},
    {"set": {"critic_updates": 2}, "why": "more"},
]


def finding(step: int = 900, since: int = 800, severity: str = "serious") -> Finding:
    return Finding(step, "exploding", severity, "logits", since, remedies=[dict(r) for r in REMEDIES])


@pytest.fixture(scope="module")
def trained() -> tuple[dict[str, Any], dict[str, Any]]:
    source, states = named.load("ring"), []
    game = registry.create("gan", source.spec, hidden=(8, 8), latent=4, rate=6e-3)
    Run(game, source, steps=5, batch=16, hooks=Hooks(save=states.append)).train()
    assert game.config is not None
    return dict(game.config), states[-1]


def test_only_serious_findings_are_treated(trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config, _ = trained
    assert heal.decide(finding(severity="warning"), config, [], total=1000, healthy=700) is None
    chosen = heal.decide(finding(), config, [], total=1000, healthy=700)
    assert chosen is not None
    assert (chosen.back_to, chosen.set, chosen.why) == (700, {"rate": 2e-4}, "a smaller step")


def test_early_illness_and_a_second_one_of_a_kind_start_anew(trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config, _ = trained
    early = heal.decide(finding(300, 200), config, [], total=1000, healthy=100)
    assert early is not None
    assert early.back_to == 0
    again = heal.decide(finding(), config, [early], total=1000, healthy=700)
    assert again is not None
    assert (again.back_to, again.set) == (0, {"critic_updates": 2})
    late = heal.decide(finding(900, 600), config, [], total=1000, healthy=700)  # kept after the illness began
    assert late is not None
    assert late.back_to == 0


def test_no_remedy_twice_and_three_at_most(trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config, _ = trained
    done: list[Intervention] = []
    for _ in range(2):
        chosen = heal.decide(finding(), config, done, total=1000, healthy=700)
        assert chosen is not None
        done.append(chosen)
    assert heal.decide(finding(), config, done, total=1000, healthy=700) is None
    many = [Intervention(1, 0, "x", "", {"rate": float(i)}, "") for i in range(heal.MOST)]
    assert heal.decide(finding(), config, many, total=1000, healthy=700) is None


def test_a_treated_game_goes_on_with_what_fits(trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config, state = trained
    done = [Intervention(9, 5, "exploding", "", {"rate": 2e-4}, "")]
    game, goes_on, fresh = heal.treated(heal.healed(config, done), state)
    assert fresh == []
    assert goes_on is not None
    run = Run(game, named.load("ring"), steps=8, batch=16, resume=goes_on)
    run.train()
    critic = game.players()["critic"]
    assert run.counters.step == 8
    assert critic.updates == 8
    assert critic.optimizer.param_groups[0]["lr"] == 2e-4
    assert int(next(iter(critic.optimizer.state_dict()["state"].values()))["step"]) == 8


def test_a_player_that_does_not_fit_starts_with_new_moments(trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config, state = trained
    game, goes_on, fresh = heal.treated(heal.healed(config, [Intervention(9, 5, "x", "", {"latent": 6}, "")]), state)
    assert fresh == ["generator"]
    assert goes_on is not None
    game.load_state_dict(goes_on["game"])
    name = "generator.net.2.weight"  # its first layer is new, the others fit
    assert torch.equal(game.state_dict()[name], state["game"][name])
    Run(game, named.load("ring"), steps=8, batch=16, resume=goes_on).train()


def test_without_a_state_everything_starts_anew(trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    game, goes_on, fresh = heal.treated(trained[0], None)
    assert goes_on is None
    assert fresh == ["critic", "generator"]
    assert game.players()["critic"].updates == 0


def test_files(tmp_path: Path, trained: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config, state = trained
    assert heal.interventions(tmp_path) == []
    assert heal.kept(tmp_path) is None
    done = [Intervention(9, 5, "exploding", "logits", {"rate": 2e-4}, "a smaller step")]
    heal.record(tmp_path, done)
    assert heal.interventions(tmp_path) == done
    assert heal.healed(config, done)["options"]["rate"] == 2e-4
    assert config["options"]["rate"] == 6e-3
    heal.keep(tmp_path, state)
    kept = heal.kept(tmp_path)
    assert kept is not None
    assert kept["counters"]["step"] == 5
    (tmp_path / heal.HEALTHY / "state.json").write_text("{")
    assert heal.kept(tmp_path) is None
    (tmp_path / heal.FILE).write_text("{")
    with pytest.raises(RivalsError, match="cannot be read"):
        heal.interventions(tmp_path)
    assert done[0].line() == "step 9  healed    exploding: a smaller step; rate=0.0002, from step 5"
