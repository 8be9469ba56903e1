"""Remedies are what the recipe at hand takes, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from rivals import catalog, registry
from rivals.data.specs import Images, Points
from rivals.diagnosis.case import Case
from rivals.diagnosis.history import Finding, spelled
from rivals.diagnosis.remedies import ADVICE, remedies
from rivals.diagnosis.rules import RULES
from rivals.game import Game

PICTURES = Images(1, 8, 8)


def case(recipe: str, data: Any = PICTURES, batch: int = 64, **options: Any) -> Case:
    tiny = dict(catalog.find(recipe).tiny)
    return Case.of(registry.create(recipe, data, **{**tiny, **options}), 1000, {"batch": batch})


def advised(illness: str, of: Case) -> list[dict[str, Any]]:
    return remedies(Finding(100, illness, "serious", ""), of)


def test_every_illness_has_advice() -> None:
    assert {rule.illness for rule in RULES} - {"few samples"} <= ADVICE.keys()


@pytest.mark.parametrize(
    "recipe", ["gan", "dcgan", "wgan-gp", "sngan", "pacgan", "vae", "bayesian-gan", "unrolled-gan"]
)
@pytest.mark.parametrize("illness", ADVICE)
def test_each_remedy_builds_a_game(recipe: str, illness: str) -> None:
    here = case(recipe)
    found = advised(illness, here)
    assert 1 <= len(found) <= 3
    for remedy in found:
        assert remedy["why"]
        if remedy.get("set"):
            registry.create(recipe, PICTURES, **{**here.given, **remedy["set"]})


def test_what_was_changed_is_taken_back_first() -> None:
    assert advised("learning rate too high", case("dcgan", rate=6e-3))[0]["set"] == {"rate": 2e-4}
    assert advised("critic too strong", case("gan", loss="minimax"))[0]["set"] == {"loss": "non_saturating"}
    assert advised("critic too weak", case("dragan", weight=1e6))[0]["set"] == {"weight": 10.0}
    assert advised("critic too weak", case("gan", rate=1e-8))[0]["set"] == {"rate": None}


def test_a_recipe_is_never_offered_what_it_lacks() -> None:
    for illness in ADVICE:
        for remedy in advised(illness, case("vae")):
            assert set(remedy.get("set", {})) <= case("vae").known.keys()
    views = [r["set"] for r in advised("memorising", case("dcgan")) if "set" in r]
    assert {"view": "diffaugment()"} in views
    points = [r.get("set", {}) for r in advised("memorising", case("gan", Points(2)))]
    assert {"view": "diffaugment()"} not in points


@pytest.mark.parametrize("recipe", ["gan", "dcgan", "wgan", "wgan-gp", "dragan", "r3gan", "pacgan", "stylegan"])
def test_a_remedy_changes_something_and_keeps_what_is_the_recipes_own(recipe: str) -> None:
    here = case(recipe)
    for illness in ADVICE:
        for change in (r["set"] for r in advised(illness, here) if "set" in r):
            assert any(value != here.now.get(o, here.value(o)) for o, value in change.items()), (illness, change)
            assert not here.now["constraint"] or "constraint" not in change
            assert not here.now["view"] or "view" not in change
            assert not here.now["penalties"] or "penalties" not in change or illness == "critic too weak"


def test_only_a_loss_that_saturates_is_exchanged() -> None:
    change = {"objective": "non_saturating"}
    assert advised("critic too strong", case("dcgan", objective="minimax"))[0]["set"] == change
    assert all(r.get("set") != change for recipe in ("dcgan", "wgan") for r in advised("dead", case(recipe)))


def test_critic_updates_and_packs() -> None:
    assert {"critic_updates": 1} in [r.get("set") for r in advised("critic too strong", case("wgan-gp"))]
    assert advised("mode collapse", case("pacgan"))[0]["set"] == {"packing": 4}


def test_a_game_made_by_hand_is_told_what_no_option_says() -> None:
    found = advised("critic too strong", Case.of(Game(), None, {"batch": 64}))
    assert [set(r) for r in found] == [{"why"}]


def test_a_remedy_is_spelled_as_it_is_typed() -> None:
    assert spelled({"set": {"view": "pack(m=2)"}, "why": ""}) == "--set 'view=pack(m=2)'"
    assert spelled({"set": {"rate": 2e-4}, "why": ""}) == "--set rate=0.0002"
    assert spelled({"command": {"batch": 128}, "why": ""}) == "--batch 128"
    assert spelled({"why": "more data"}) == "more data"
