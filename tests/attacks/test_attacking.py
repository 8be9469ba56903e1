"""`rivals attack`: which models there are, what a report says, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from typer.testing import CliRunner

from rivals import attacking, attacking_speech, attacking_suite, attacking_words, registry
from rivals.attacks import ATTACKS
from rivals.cli.main import app
from rivals.data import named
from rivals.errors import RivalsError, UsageError
from rivals.run import Run

MINE = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

def odd():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.Softmax(1))

def none():
    return 3
"""


@pytest.fixture
def mine(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    return file


@pytest.fixture(scope="module")
def digits():
    return attacking.labelled("digits", 40)


def test_a_shipped_judge_falls(digits):
    x, y, name = digits
    assert name == "digits"
    assert x.min() >= 0
    assert x.max() <= 1
    report, made = attacking.attack(attacking.model("digits"), x, y, "pgd", epsilon=0.3, steps=20)
    assert report.clean > 0.9
    assert report.robust < 0.3
    assert abs(report.stored - report.robust) < 0.1
    assert report.size["inf"] <= 0.3 + 1e-6
    assert report.queries == report.gradients == 20
    again, same = attacking.attack(attacking.model("digits"), x, y, "pgd", epsilon=0.3, steps=20)
    assert torch.equal(made, same)
    assert again.to_json() | {"seconds": 0} == report.to_json() | {"seconds": 0}
    led, _ = attacking.attack(attacking.model("digits"), x, y, "pgd", target=3, epsilon=0.4, steps=20)
    assert led.wanted is not None
    assert led.wanted > 0.5


def test_a_run_that_classifies_can_be_attacked(tmp_path):
    data = named.load("digits")
    game = registry.create("improved-gan", data.spec, hidden=(16, 8), latent=4)
    Run(game, data, steps=3, batch=16).train()
    game.save_pretrained(tmp_path / "model")
    victim = attacking.model(tmp_path / "model")
    x = data.test.first("image", 5)
    from rivals.data.sources import decoded

    with torch.no_grad():
        torch.testing.assert_close(victim.eval()((decoded(x) + 1) / 2).log_softmax(1), game.classify(decoded(x)))
    registry.create("dcgan", data.spec, width=4).save_pretrained(tmp_path / "other")
    with pytest.raises(UsageError, match="does not classify"):
        attacking.model(tmp_path / "other")


def test_a_model_of_ones_own(mine, tmp_path, digits):
    made = attacking.model(f"{mine}:build")
    weights = tmp_path / "w.safetensors"
    save_file({key: value + 1 for key, value in made.state_dict().items()}, weights)
    changed = attacking.model(f"{mine}:build", weights)
    torch.testing.assert_close(changed[1].bias, made[1].bias + 1)
    report, _ = attacking.attack(changed, *digits[:2], "fgsm", epsilon=0.5)
    assert report.robust <= report.clean
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors")
    for name, file, sentence in (
        (f"{mine}:build", tmp_path / "no.safetensors", "there is no file"),
        (f"{mine}:build", tmp_path / "bad.safetensors", r"is no \.safetensors file"),
        (f"{mine}:build", tmp_path / "x.safetensors", "do not fit the model"),
        (f"{mine}:absent", None, "has no function 'absent'"),
        (f"{mine}:none", None, "gives int, not a torch.nn.Module"),
        (f"{tmp_path}/no.py:build", None, "there is no file"),
        ("digits", weights, "weights are for a model of one's own"),
        ("digit", None, "did you mean 'digits'"),
    ):
        with pytest.raises((UsageError, RivalsError), match=sentence):
            attacking.model(name, file)
    with pytest.raises(RivalsError, match="gives probabilities, not logits"):
        attacking.attack(attacking.model(f"{mine}:odd"), *digits[:2])


def test_wrong_data_and_words_are_refused(digits):
    x, y, _ = digits
    for call, sentence in (
        (lambda: attacking.labelled("ring", 5), "pictures with labels"),
        (lambda: attacking.attack(attacking.model("digits"), x, y + 9), "labels up to 18, and the model 10 classes"),
        (lambda: attacking.attack(attacking.model("digits"), x, y, "pdg"), "did you mean 'pgd'"),
        (lambda: attacking.attack(attacking.model("digits"), x, y, "pgd", stps=3), "pgd has no option 'stps'"),
    ):
        with pytest.raises(UsageError, match=sentence):
            call()


class Masked(nn.Module):
    """A net whose logits' scale hides the gradient of the cross-entropy."""

    def __init__(self) -> None:
        super().__init__()
        self.net = attacking.model("digits")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 1000 * self.net(x)


def test_a_ladder_tells_a_sound_model_from_a_masked_one(digits):
    x, y = digits[0][:25], digits[1][:25]
    found, warned = attacking_suite.suite(attacking.model("digits"), x, y, 0.2)
    assert list(found) == [name for name, _, _ in attacking_suite.SUITE]
    assert found["pgd-20"].robust <= found["fgsm"].robust
    assert warned == []
    assert all(report.clean == found["fgsm"].clean for report in found.values())
    assert max(found[name].size["inf"] for name in ("cw", "boundary") if found[name].size) <= 0.2 + 1e-5
    found, warned = attacking_suite.suite(Masked(), x, y, 0.2, {"digits": attacking.model("digits")})
    assert found["made on digits"].robust < found["pgd-20"].robust
    assert warned


def test_a_model_that_hardly_knows_the_data_gets_a_note(digits):
    x, y = digits[0][:40], digits[1][:40]
    assert attacking.attack(attacking.model("digits"), x, y, "fgsm")[0].notes == []
    (note,) = attacking.attack(attacking.model("digits"), x, (y + 1) % 10, "fgsm")[0].notes
    assert "no more than chance: are its 10 classes" in note


def test_signs_of_masked_gradients_are_told_apart():
    sound = {"fgsm": 0.6, "pgd-20": 0.2, "pgd-40 x 3": 0.18, "apgd dlr": 0.17, "cw": 0.8, "square": 0.4}
    sound |= {"boundary": 0.7, "made on mine": 0.5, "pgd, no limit": 0.0}
    assert list(attacking_suite.warnings(sound, 200)) == []
    for change, word in (
        ({"fgsm": 0.1}, "one step"),
        ({"square": 0.05}, "scores alone"),
        ({"boundary": 0.05}, "labels alone"),
        ({"made on mine": 0.05}, "samples made on mine"),
        ({"pgd, no limit": 0.3}, "without any limit"),
        ({"apgd dlr": 0.02}, "cross-entropy"),
    ):
        (line,) = attacking_suite.warnings(sound | change, 200)
        assert line.startswith(word)


def test_the_command(tmp_path, mine):
    run = CliRunner().invoke
    out = run(
        app, ["attack", "digits", "--data", "digits", "-n", "20", "--method", "fgsm", "--epsilon", "0.3", "--json"]
    )
    report = json.loads(out.stdout)
    assert report["samples"] == 20
    assert report["options"]["epsilon"] == 0.3
    assert report["robust"] < report["clean"]
    shown = run(
        app, ["attack", "digits", "--data", "digits", "-n", "9", "--set", "steps=3", "--out", str(tmp_path / "a.png")]
    )
    assert shown.exit_code == 0
    assert "robust" in shown.stdout
    assert (tmp_path / "a.png").stat().st_size > 100
    own = run(
        app, ["attack", f"{mine}:build", "--data", "digits", "-n", "9", "--preprocessing", ".5/.5", "--target", "2"]
    )
    assert "as wanted" in own.stdout
    suite = run(app, ["attack", "digits", "--data", "digits", "-n", "8", "--suite", "--json"])
    assert set(json.loads(suite.stdout)["attacks"]) == {name for name, _, _ in attacking_suite.SUITE}


def test_the_shell_completes_every_attack():
    from rivals.cli import words

    every = [*ATTACKS, *attacking_words.METHODS, *attacking_speech.METHODS]
    assert sorted(words.attacks("")) == sorted(every)


def test_every_attack_is_in_the_page():
    page = (Path(__file__).parents[2] / "docs/attacks.md").read_text(encoding="utf-8")
    every = [*ATTACKS, *attacking_words.METHODS, *attacking_speech.METHODS]
    assert [name for name in every if f"`{name}`" not in page and f"--method {name}" not in page] == []


@pytest.mark.parametrize(
    ("queries", "gradients", "told"),
    [
        (1, 1, "1 question and 1 gradient a picture, 0.5 s"),
        (2e3, 0, "2,000 questions and 0 gradients a picture, 0.5 s"),
    ],
)
def test_the_cost_is_told_in_words(queries, gradients, told):
    assert attacking.cost(queries, gradients, "picture", 0.5) == told
