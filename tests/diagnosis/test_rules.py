"""Each illness from histories made by hand, and the sound histories beside them."""

from __future__ import annotations

from typing import Any

import pytest

from rivals.diagnosis.history import History
from rivals.diagnosis.rules import RULES
from rivals.diagnosis.watch import GONE, Watch

FACTS = {
    "data/size": 0.0,
    "data/scale": 1.0,
    "data/rank": 10.0,
    "data/spacing": 0.3,
    "data/nearest": 0.3,
    "data/held out": 500.0,
    "data/bounded": 1.0,
    "data/largest": 1.0,
    "data/lowest": -1.0,
    "data/highest": 1.0,
    "data/std": 0.7,
    "data/offset": 0.2,
    "run/total": 1200.0,
}
SOUND = {
    "diversity": 0.95,
    "spacing": 0.28,
    "distance": 0.05,
    "told apart": 0.8,
    "rank": 9.0,
    "critic": 0.8,
    "margin": 1.2,
    "slope": 0.55,
    "logits": 4.0,
    "push": 5.0,
    "shift": 0.1,
    "latent": 32.0,
    "move/generator": 0.003,
    "move/critic": 0.002,
    "last gradient/generator": 2.0,
    "last gradient/critic": 3.0,
    "weights/generator": 8.0,
    "weights/critic": 8.0,
}
LOST = {"told apart": 1.0, "distance": 0.9}  # samples that are nowhere near the data


def history(probes: int = 12, facts: dict[str, float] | None = None, **signals: float) -> History:
    """As many equal probes, evenly over the run."""
    seen = SOUND | {k.replace("__", "/").replace("_", " "): v for k, v in signals.items()}
    return History(FACTS | (facts or {}), [seen | {"step": 100.0 * (i + 1)} for i in range(probes)])


def found(h: History) -> dict[str, str]:
    """Illness -> severity of all that is told of a history."""
    return {f.illness: f.severity for f in Watch().replay(h) if not f.recovered}


def test_a_sound_history_has_no_finding() -> None:
    assert found(history()) == {}


@pytest.mark.parametrize(
    ("illness", "severity", "facts", "signals"),
    [
        ("wrong range", "serious", {"data/largest": 255.0, "data/highest": 255.0}, {}),
        ("wrong range", "warning", {"data/lowest": 0.0}, {}),
        ("wrong range", "serious", {"data/bounded": 0.0, "data/std": 280.0}, {}),
        ("wrong range", "serious", {"data/bounded": 0.0, "data/std": 0.001}, {}),
        ("wrong range", "serious", {"data/bounded": 0.0, "data/offset": 1000.0}, {}),
        ("mode dropping", "serious", {"data/lacks/class 7": 1.0}, {}),
        ("mode dropping", "warning", {"data/share/class 7": 0.1, "data/share/class 8": 0.4, "data/share/class 9": 0.5},
         {"share__class_7": 0.0, "share__class_8": 0.5, "share__class_9": 0.5}),
        ("memorising", "serious", {"data/size": 90.0}, {"critic,_held_out": 0.97}),
        ("memorising", "serious", {"data/size": 900.0}, {"nearest_trained": 0.02}),
        ("memorising", "warning", {"data/size": 90.0, "data/held out": 10.0}, {"reals": 90_000.0, "critic": 1.0}),
        ("few samples", "note", {"data/size": 90.0}, {}),
        ("latent ignored", "serious", {}, {"diversity": 0.0, "spacing": 0.0, **LOST}),
        ("latent ignored", "warning", {}, {"latent": 1.0}),
        ("mode collapse", "serious", {}, {"diversity": 0.1, **LOST}),
        ("mode collapse", "warning", {}, {"diversity": 0.3, **LOST}),
        ("mode collapse", "warning", {}, {"spacing": 0.001}),
        ("mode collapse", "warning", {}, {"rank": 1.2}),
        ("no convergence", "warning", {}, {"shift": 1.4, **LOST}),
        ("critic too strong", "serious", {}, {"critic": 1.0, "slope": 0.001, **LOST}),
        ("critic too strong", "warning", {}, {"critic": 1.0, "slope": 0.999, **LOST}),
        ("critic too strong", "warning", {}, {"critic": 1.0, "slope": 1.0, "margin": 20.0, **LOST}),
        ("critic too weak", "serious", {}, {"critic": 0.1, **LOST}),
        ("generator too small", "serious", {"parameters/generator": 99.0, "parameters/critic": 9e4},
         {"rank": 2.0, **LOST}),
        ("dead", "serious", {}, {"move__critic": 0.0}),
        ("dead", "serious", {}, {"last_gradient__generator": 0.0}),
        ("learning rate too high", "warning", {}, {"move__generator": 0.03}),
        ("learning rate too high", "serious", {"rate/critic": 30.0}, {"move__critic": 0.01}),
        ("exploding", "serious", {}, {"logits": 9000.0, "push": 9000.0}),
        ("exploding", "serious", {}, {"last_gradient__critic": 1e6}),
        ("diverged", "serious", {}, {"not_finite": 0.5}),
        ("batch statistics leak", "serious", {}, {"critic": 1.0, "critic,_mixed": 0.1}),
        ("batch statistics leak", "serious", {}, {"critic": 0.6, "critic,_mixed": 0.5, **LOST, "distance": 3.0}),
        ("exploding", "warning", {"critic/unbounded": 1.0}, LOST),
        ("memorising", "warning", {"data/size": 90.0}, {"reals": 90_000.0, "critic": 1.0, "critic,_held_out": 0.5}),
    ],
)  # fmt: skip
def test_each_illness_is_named(illness: str, severity: str, facts: dict[str, float], signals: dict[str, Any]) -> None:
    named = found(history(facts=facts, **{k.replace(" ", "_"): v for k, v in signals.items()}))
    assert named.get(illness) == severity


def test_every_rule_is_tried_above() -> None:
    (mark,) = (m for m in test_each_illness_is_named.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == {rule.illness for rule in RULES}


def test_early_training_is_no_illness() -> None:
    early = history(3, diversity=0.1, **{k.replace(" ", "_"): v for k, v in LOST.items()})
    assert found(early) == {}


def test_what_improves_is_not_ill() -> None:
    h = history(diversity=0.3)
    for i, probe in enumerate(h.probes):
        probe |= {"told apart": 1.0, "distance": 0.8**i}
    assert "mode collapse" not in found(h)


def test_logits_of_a_linear_loss_that_climb_are_named() -> None:
    h = history(slope=1.0, **{k.replace(" ", "_"): v for k, v in LOST.items()})
    for i, probe in enumerate(h.probes):
        probe["logits"] = 3.0 * 1.5**i
    assert found(h)["exploding"] == "warning"
    for probe in h.probes:
        probe["slope"] = 0.5 + 0.01 * probe["step"] / 100  # a loss that flattens bounds them by itself
    assert "exploding" not in found(h)


def test_a_strong_critic_of_samples_that_arrive_is_sound() -> None:
    h = history(critic=1.0, margin=20.0, **{k.replace(" ", "_"): v for k, v in LOST.items()})
    for i, probe in enumerate(h.probes):
        probe["distance"] = 0.8 ** (i + 1)
    assert "critic too strong" not in found(h)


def test_large_steps_of_a_game_that_improves_are_no_illness() -> None:
    h = history(move__generator=0.03, **{k.replace(" ", "_"): v for k, v in LOST.items()})
    assert "learning rate too high" in found(h)
    for i, probe in enumerate(h.probes):
        probe["distance"] = 0.8 ** (i + 1)
    assert "learning rate too high" not in found(h)


def test_a_critic_that_sees_now_and_then_is_not_blind() -> None:
    h = history(critic=0.1, **{k.replace(" ", "_"): v for k, v in LOST.items()})
    for probe in h.probes[::3]:
        probe["critic"] = 0.98
    assert "critic too weak" not in found(h)


def test_modes_that_samples_are_still_coming_to_are_not_missing() -> None:
    facts = {"data/share/class 7": 0.1, "data/share/class 8": 0.9}
    h = history(facts=facts, share__class_7=0.0, share__class_8=1.0)
    assert "mode dropping" in found(h)
    for i, probe in enumerate(h.probes):
        probe["diversity"] = 0.42 * 1.1**i
    assert "mode dropping" not in found(h)


def test_a_few_bad_probes_are_no_finding() -> None:
    h = history()
    for probe in h.probes[5:7]:
        probe |= {"logits": 9000.0, "push": 9000.0}
    assert found(h) == {}


def test_an_illness_is_told_once_and_again_only_when_it_returns() -> None:
    h = history(22)
    ill = {"logits": 9000.0, "push": 9000.0}
    for i in (*range(3, 7), *range(13, 17)):
        h.probes[i] |= ill
    told = [(f.illness, f.recovered) for f in Watch().replay(h)]
    assert told == [("exploding", False), ("exploding", True), ("exploding", False), ("exploding", True)]
    assert GONE == 3


def test_replay_gives_what_growing_gave() -> None:
    h = history(facts={"data/lacks/class 7": 1.0}, diversity=0.1, **{k.replace(" ", "_"): v for k, v in LOST.items()})
    live, watch = [], Watch()
    for count in range(len(h.probes) + 1):
        live += list(watch.see(h.until(count)))
    assert live == Watch().replay(h)
    assert {f.illness for f in live} == {"mode dropping", "mode collapse", "no convergence"}
