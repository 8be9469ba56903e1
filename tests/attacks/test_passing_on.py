"""Samples shown to other models, and questions counted sample by sample."""

from __future__ import annotations

import json

import pytest
import torch
from torch import Tensor, nn
from typer.testing import CliRunner

from rivals import attacking, attacks
from rivals.attacks.transfer import Ensemble, transfer
from rivals.attacks.watch import Watch
from rivals.cli.main import app
from rivals.errors import RivalsError, UsageError


class Plane(nn.Module):
    """Class 1 where w·x is above the middle."""

    def __init__(self, *w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x: Tensor) -> Tensor:
        z = (x.flatten(1) - 0.5) @ self.w
        return torch.stack([-z, z], 1)


X = torch.tensor([[0.6, 0.6], [0.4, 0.4], [0.9, 0.9], [0.6, 0.45]])[:, :, None, None]
Y = torch.tensor([1, 0, 1, 1])


def test_a_matrix_where_it_is_known():
    """What crosses x₁ = ½ by ε = .15 along x₁ alone does not cross x₂ = ½, and the reverse; the sum falls to both."""
    nets = {"first": Plane(1.0, 0.0), "second": Plane(0.0, 1.0), "both": Plane(1.0, 1.0)}
    found = transfer(nets, nets, X, Y, "fgsm", epsilon=0.15)
    assert found.samples == 3  # the second net does not know the last one
    expected = [[2 / 3, 0, 0], [0, 2 / 3, 0], [2 / 3, 2 / 3, 2 / 3]]
    torch.testing.assert_close(found.fooled, torch.tensor(expected, dtype=torch.float64))
    assert found.lines()[0].split() == ["made", "on", "first", "second", "both"]
    assert found.to_json()["fooled"] == found.fooled.tolist()


def test_a_target_and_what_is_refused():
    nets = {"first": Plane(1.0, 0.0)}
    found = transfer(nets, nets, X, Y, "fgsm", target=1, epsilon=0.15)
    assert found.samples == 1
    assert float(found.fooled) == 1
    with pytest.raises(UsageError, match="there is no attack 'fsgm'"):
        transfer(nets, nets, X, Y, "fsgm")
    with pytest.raises(RivalsError, match="no sample is named rightly"):
        transfer(nets, nets, X, 1 - Y, "fgsm")


def test_an_ensemble_gives_the_mean_probability():
    a, b = Plane(1.0, 0.0), Plane(0.0, 2.0)
    mean = (a(X).softmax(1) + b(X).softmax(1)) / 2
    torch.testing.assert_close(Ensemble([a, b])(X).exp(), mean)


def test_questions_are_counted_up_to_the_first_success():
    watch = Watch(0.2, "inf")
    watch.begin(X, Y, None)
    right, wrong = (torch.nn.functional.one_hot(y, 2).float() for y in (Y, 1 - Y))
    watch.note(X, right, None)
    watch.note(X[[1, 3]] + 0.1, wrong[[1, 3]], torch.tensor([1, 3]))
    watch.note(X[[0, 1]] + 0.3, wrong[[0, 1]], torch.tensor([0, 1]))  # outside of the ball
    watch.note(X[[0]] + 0.2, wrong[[0]], torch.tensor([0]))
    watch.begin(X[:1], Y[:1], None)
    watch.note(X[:1], wrong[:1], None)
    assert watch.first.tolist() == [3, 2, 0, 2, 1]
    with pytest.raises(RivalsError, match="does not say of which samples"):
        watch.note(X, right, None)


@pytest.mark.parametrize("method", ["square", "nes", "boundary"])
def test_an_attack_that_asks_says_after_how_many_questions(method):
    model = attacking.model("digits")
    x, y, _ = attacking.labelled("digits", 12)
    options = {
        "square": {"queries": 200, "epsilon": 0.4},
        "nes": {"steps": 10, "pairs": 10, "epsilon": 0.4},
        "boundary": {"steps": 60},
    }
    report, made = attacking.attack(model, x, y, method, **options[method])
    assert report.reached is not None
    assert report.reached >= (report.clean - report.robust) / report.clean - 1e-9
    assert report.median is not None
    assert 1 <= report.median <= 1100
    again, same = attacking.attack(model, x, y, method, within=1e-6, **options[method])
    assert torch.equal(made, same)  # who counts changes nothing
    assert again.reached == 0
    assert again.median is None


def test_within_is_for_attacks_that_ask():
    x, y, _ = attacking.labelled("digits", 4)
    with pytest.raises(UsageError, match="pgd has gradients"):
        attacking.attack(attacking.model("digits"), x, y, "pgd", within=0.1)


def test_pgd_climbs_the_margin_too():
    model = attacking.model("digits")
    x, y, _ = attacking.labelled("digits", 30)
    for loss in ("ce", "cw", "dlr"):
        made = attacks.pgd(model, x, y, epsilon=0.25, steps=20, loss=loss)
        assert (model(made).argmax(1) == y).float().mean() < 0.5
    led = attacks.pgd(model, x, y, 3, epsilon=0.4, steps=30, loss="cw")
    assert (model(led).argmax(1) == 3).float().mean() > 0.5
    with pytest.raises(UsageError, match="there is no loss 'cv' to climb"):
        attacks.fgsm(model, x, y, loss="cv")


MINE = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
"""


def test_the_command_shows_samples_to_other_models(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    words = ["attack", "digits", "--data", "digits", "-n", "60", "--method", "fgsm", "--epsilon", "0.3"]
    words += ["--transfer-from", f"{tmp_path}/mine.py:build"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["sources"] == found["judges"] == ["digits", f"{tmp_path}/mine.py:build"]
    assert len(found["fooled"]) == 2
    shown = CliRunner().invoke(app, words)
    assert "made on" in shown.stdout
    refused = CliRunner().invoke(app, [*words, "--out", "x.png"])
    assert "leave out --out" in str(refused.exception)
    asked = CliRunner().invoke(
        app,
        [
            "attack",
            "digits",
            "--data",
            "digits",
            "-n",
            "6",
            "--method",
            "boundary",
            "--set",
            "steps=20",
            "--within",
            "5",
        ],
    )
    assert "reached" in asked.stdout
    assert "questions (median)" in asked.stdout
