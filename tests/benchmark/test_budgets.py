import json

import pytest

from rivals import planning
from rivals.benchmark import budgets
from rivals.benchmark.budgets import Budget, fitting, flops_of, measured, parse, steps_of
from rivals.benchmark.cells import Cell
from rivals.errors import RivalsError, UsageError

TINY = {"hidden": (16, 16), "latent": 8}
SMALL = {"width": 8, "latent": 8}


class Staged:
    def stages(self, budget):
        return {"before": 10, "main": budget}


def test_budgets_are_read():
    assert parse("reals=1e6") == Budget("reals", 1e6)
    assert parse("steps=2_000") == Budget("steps", 2000.0)
    assert str(parse("flops=5e12")) == "flops=5e+12"
    with pytest.raises(UsageError, match="is not UNIT=AMOUNT with one of steps, reals, seconds, flops"):
        parse("minutes=3")
    for wrong in ("reals=", "reals=-1", "reals=many", "seconds=inf", "steps=nan"):
        with pytest.raises(UsageError, match="needs a number above 0"):
            parse(wrong)


def test_reals_are_counted_exactly_and_equal_budgets_are_equal():
    gan = measured((Cell("gan", "ring", options=TINY), Budget("reals", 3200)))
    wgan = measured((Cell("wgan-gp", "ring", options=SMALL), Budget("reals", 3200)))
    assert gan == {"rates": {"train": 64.0}, "steps": 50}
    assert wgan == {"rates": {"train": 320.0}, "steps": 10}  # five batches of the critic
    assert measured((Cell("gan", "ring", batch=32, options=TINY), Budget("reals", 3200)))["steps"] == 100


def test_measuring_leaves_randomness_alone():
    import torch

    torch.manual_seed(3)
    before = torch.get_rng_state()
    measured((Cell("gan", "ring", options=TINY), Budget("flops", 1e9)))
    assert torch.equal(before, torch.get_rng_state())


def test_flops_are_those_of_the_matrix_products():
    cell = Cell("gan", "ring", options={"hidden": (16, 16), "latent": 8})
    generator = [(8, 16), (16, 16), (16, 2)]
    critic = [(2, 16), (16, 16), (16, 1)]
    forward = {"G": 2 * 64 * sum(a * b for a, b in generator), "D": 2 * 64 * sum(a * b for a, b in critic)}
    first = {"G": 2 * 64 * 8 * 16, "D": 2 * 64 * 2 * 16}  # inputs need no gradient
    weights = 2 * (forward["D"] + 2 * forward["D"] - first["D"]) + forward["G"]
    through = forward["G"] + forward["D"] + forward["D"] + 2 * forward["G"] - first["G"]  # D at rest
    assert flops_of(cell, 10) == pytest.approx(10 * (weights + through), rel=0.02)
    assert flops_of(Cell("wgan-gp", "ring", options=SMALL), 1) > 0  # whose penalty is a gradient's
    assert flops_of(Cell("gan", "ring", options={"nonsense": 1}), 1) is None


def test_steps_fit_into_a_budget_with_what_comes_before():
    rates = {"before": 5.0, "main": 2.0}
    assert fitting(Staged(), Budget("reals", 100), rates) == 25
    assert fitting(Staged(), Budget("steps", 100), rates) == 100
    assert planning.cost(Staged().stages(25), rates) <= 100 < planning.cost(Staged().stages(26), rates)
    with pytest.raises(RivalsError, match="with the stages before it, costs 52 reals: more than reals=51"):
        fitting(Staged(), Budget("reals", 51), rates)
    with pytest.raises(RivalsError, match="costs no reals that could be counted"):
        fitting(Staged(), Budget("reals", 51), {"before": 0.0, "main": 0.0})


def test_a_recipe_that_does_not_take_the_data_is_refused_not_failed():
    found = measured((Cell("cgan", "gaussian"), Budget("steps", 5)))
    assert found == {"refused": "a conditional recipe needs data with labels, and this has none"}


def test_measurements_are_kept_and_not_made_again(tmp_path, monkeypatch):
    cells = [Cell("gan", "ring", seed, options=TINY) for seed in (0, 1)]
    first = steps_of(cells, lambda cell: Budget("seconds", 2.0), tmp_path)
    assert first[0] == first[1]  # one measurement for all seeds
    assert first[0]["steps"] >= 1
    monkeypatch.setattr(budgets, "spread", lambda function, items, *_, **__: pytest.fail("again") if items else None)
    assert steps_of(cells, lambda cell: Budget("seconds", 2.0), tmp_path) == first
    assert len(json.loads((tmp_path / "budgets.json").read_text())) == 1
