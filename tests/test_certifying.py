"""`rivals certify`: tables, the picture, what is refused, and that no certificate is crossed."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from rivals import attacking, certifying, registry
from rivals.cli.main import app
from rivals.data import named
from rivals.errors import UsageError
from rivals.run import Run

DATA = named.load("digits")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small dense net, and one of convolutions trained under noise."""
    home = tmp_path_factory.mktemp("models")
    dense = registry.create(
        "adversarial-training", DATA.spec, seed=100, hidden=(8, 6), inner=2, epsilon=0.1, inner_step=0.06, rate=3e-3
    )
    noisy = registry.create("randomized-smoothing", DATA.spec, seed=100, width=4, dense=32, sigma=0.25, rate=3e-3)
    for name, game in (("dense", dense), ("noisy", noisy)):
        Run(game, DATA, steps=300, batch=64, seed=100).train()
        game.save_pretrained(home / name)
    return home


def run(*words: str):
    return CliRunner().invoke(app, ["certify", *words, "--data", "digits"])


def test_votes_are_certified_and_not_crossed(folder, tmp_path):
    done = run(
        str(folder / "noisy"), "-n", "40", "--set", "votes=300", "--set", "steps=5", "--out", str(tmp_path / "a.png"),
        "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["columns"] == ["radius", "certified", "attacked"]
    proved, left = ([row[i] for row in report["rows"]] for i in (1, 2))
    assert proved == sorted(proved, reverse=True)
    assert proved[0] > 0.5
    assert proved[1] > 0
    assert all(a <= b for a, b in zip(proved, left, strict=True))
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_equations_certify_less_than_attacks_leave(folder):
    done = run(
        str(folder / "dense"), "--method", "linear", "-n", "30", "--radius", "0.01", "--radius", "0.05", "--json"
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert len(report["columns"]) == 11
    for row in report["rows"]:
        for sure, left in zip(row[1::2], row[2::2], strict=True):
            assert sure <= left
    assert report["rows"][0][1] > 0.3
    assert report["rows"][1][1] <= report["rows"][0][1]


def test_exact_search_lies_between_them(folder):
    model = attacking.model(folder / "dense")
    x, y, _ = attacking.labelled("digits", 6)
    found = certifying.certify(model, x, y, "exact", radii=(0.02, 0.05))
    bounds = certifying.certify(model, x, y, "linear", radii=(0.02, 0.05), property="linf")
    for share, sure, left in zip(
        found.column("frequency"), bounds.column("linf certified"), bounds.column("linf survives"), strict=True
    ):
        assert sure <= 1 - share + 1e-9
        assert 1 - share <= left + 1e-9
    lines = found.lines()
    assert lines[0].split() == ["radius", "frequency", "severity"]


def test_a_shipped_judge_has_plain_layers():
    model = attacking.model("digits")
    x, _, _ = attacking.labelled("digits", 5)
    made = certifying.through(certifying.checked(model, x), x.double())
    torch.testing.assert_close(made.float(), model(x), atol=1e-4, rtol=1e-4)


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x):
        return 2 * self.net(x)

    def unrolled(self):
        return self.net


def test_what_cannot_be_certified_is_refused(folder):
    x, y, _ = attacking.labelled("digits", 4)
    with pytest.raises(UsageError, match="do not give what the model gives"):
        certifying.certify(Odd(), x, y, "linear")
    with pytest.raises(UsageError, match="did you mean 'linear'"):
        certifying.certify(Odd(), x, y, "liner")
    with pytest.raises(UsageError, match="do not fit the model's first layer"):
        certifying.certify(attacking.model(folder / "dense"), torch.rand(4, 1, 5, 5), y, "linear")
    for words, sentence in (
        (("--method", "foo"), "there is no method 'foo'"),
        (("--set", "votess=3"), "no option 'votess'"),
        (("--radius", "-1"), "a radius must be at least 0"),
        (("--out", "x.jpg"), "a figure is a PNG"),
        (("--method", "linear", "--set", "property=l3"), "there is no property 'l3'"),
        (("--method", "exact"), "without maxima"),
    ):
        done = run(str(folder / "noisy"), "-n", "4", *words)
        assert done.exit_code != 0
        assert sentence in str(done.exception)
