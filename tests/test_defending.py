"""`rivals defend`: what is trained, what attacks leave, and what is said of it."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from rivals import attacking, defending
from rivals.benchmark.measures import defences
from rivals.cli import words
from rivals.cli.main import app
from rivals.errors import RivalsError, UsageError

SMALL = {"width": 4, "dense": 16, "rate": 5e-3}


def defended(tmp_path, method, **options):
    return defending.defend(
        "digits", method, out=tmp_path / "run", steps=120, samples=60, epsilon=0.15, **SMALL, **options
    )


def test_adversarial_training_resists_better_than_the_net_without_it(tmp_path):
    found = defended(tmp_path, "fast")
    assert found.rows[0].what == "without the defence, pgd"
    assert found.rows[-1].robust == min(row.robust for row in found.rows[1:])
    assert found.rows[-1].robust > found.rows[0].robust
    assert (tmp_path / "run" / "report.html").is_file()
    assert (tmp_path / "run-undefended" / "config.json").is_file()
    again = defended(tmp_path, "fast")
    assert again.rows == found.rows


def test_a_transformation_falls_to_an_attack_that_goes_through_it(tmp_path):
    found = defended(tmp_path, "inputs", transform="bits", depth=2)
    blind, knowing = found.rows[1:]
    assert knowing.robust < blind.robust
    assert f"worth what the stronger attack leaves, {knowing.robust:.1%}: one that knows of it" in found.said[0]
    model = attacking.model(tmp_path / "run")
    x, y, _ = attacking.labelled("digits", 60)
    report, _ = attacking.attack(model, x, y, "pgd", epsilon=0.15)
    assert report.robust <= blind.robust
    measured = defences.through(tmp_path / "run", "digits", 0)
    assert measured.value <= measured.also["blind"]


def test_a_detector_tells_what_it_catches_and_what_it_takes_for_attacks(tmp_path):
    found = defended(tmp_path, "detect", depth=2)
    blind, knowing = found.rows[1:]
    assert blind.caught is not None
    assert knowing.caught is not None
    assert "nobody touched" in found.said[0]
    left = min(row.robust + (1 - row.robust) * row.caught for row in (blind, knowing))
    assert f"leaves named rightly or detected, {left:.1%}" in found.said[1]
    measured, told = (f(tmp_path / "run", "digits", 0) for f in (defences.caught_blind, defences.caught_knowing))
    assert measured.also == told.also
    assert (measured.value, told.value) == (measured.also["blind"], measured.also["knowing"])
    assert measured.value != told.value
    with pytest.raises(RivalsError, match="transformation before a net"):
        defences.through(tmp_path / "run", "digits", 0)


def test_a_random_model_is_attacked_in_the_mean_of_its_draws():
    class Coin(nn.Module):
        def forward(self, x):
            return x.flatten(1) + torch.randn(len(x), 1)

    torch.manual_seed(0)
    spread = torch.stack([defending.Averaged(Coin(), 100)(torch.zeros(1, 2))[0, 0] for _ in range(20)]).std()
    assert 0.05 < spread < 0.2


def test_every_defence_is_completed_and_told():
    assert words.defences("") == list(defending.METHODS)
    shown = CliRunner().invoke(app, ["defend", "--help"])
    assert shown.exit_code == 0
    assert all(method in shown.output for method in defending.METHODS)


def test_the_command_prints_one_document(tmp_path):
    arguments = ["defend", "--data", "digits", "--method", "fast", "--steps", "3", "-n", "20", "--json"]
    sizes = ["--set", "width=2", "--set", "dense=8", "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(app, [*arguments, *sizes], catch_exceptions=False, standalone_mode=False)
    facts = json.loads(done.stdout)
    assert facts["run"] == str(tmp_path / "run")
    assert [row["what"] for row in facts["rows"]][1:4] == ["fgsm", "pgd", "apgd on the logits' ratio"]


@pytest.mark.parametrize(
    ("method", "options", "sentence"),
    [
        ("inpits", {}, "did you mean 'inputs'"),
        ("pgd", {"epsilon": 0.0}, "epsilon must be in"),
        ("inputs", {"colour": 1}, "has no option 'colour'"),
    ],
)
def test_what_is_refused(tmp_path, method, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        defending.defend("digits", method, out=tmp_path / "run", steps=1, samples=4, **options)
