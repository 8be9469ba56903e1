"""Each experiment's numbers against closed forms, and against the page on the lab."""

import math
import re
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from rivals.errors import RivalsError, UsageError
from rivals.lab import experiment
from rivals.lab.drawing import png
from rivals.lab.experiment import Result

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/lab.md").read_text(encoding="utf-8")

CHEAP = (
    "earth-mover",
    "parallel-lines",
    "js-saturates",
    "dirac",
    "convolution-arithmetic",
    "activations",
    "separability",
)
"""Those whose printed numbers are computed anew here; the others train networks."""


def test_the_page_has_every_experiment_with_its_figure() -> None:
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == list(experiment.entries())
    for name in experiment.entries():
        assert f"$ rivals lab {name}\n" in PAGE
        figure = ROOT / "docs/lab" / f"{name}.png"
        assert f"(lab/{name}.png)" in PAGE
        assert 1000 < figure.stat().st_size < 60_000
        printed(name)


@pytest.mark.parametrize("name", CHEAP)
def test_the_page_shows_what_the_experiment_gives(name: str) -> None:
    result = standard(name)
    ours, theirs = result.lines(), printed(name)
    assert len(ours) == len(theirs)
    for mine, shown in zip(ours, theirs, strict=True):
        same(mine, shown)
    assert len(png(result)) < 60_000


@cache
def standard(name: str) -> Result:
    """An experiment with its defaults, run once."""
    return experiment.run(name)


def printed(name: str) -> list[str]:
    (text,) = re.findall(r"```text\n(.*?)\n```", PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0], re.DOTALL)
    return text.split("\n")


def same(mine: str, shown: str) -> None:
    a, b = mine.split(), shown.split()
    assert len(a) == len(b), (mine, shown)
    for x, y in zip(a, b, strict=True):
        try:
            assert float(x) == pytest.approx(float(y), rel=0.02, abs=1e-12), (mine, shown)
        except ValueError:
            assert x == y, (mine, shown)


def test_earth_mover_primal_is_dual_is_the_area_between_the_sums() -> None:
    generator = np.random.default_rng(0)
    for n in (2, 5, 9):
        p, q = generator.random(n), generator.random(n)
        q *= p.sum() / q.sum()
        result = experiment.run("earth-mover", p=tuple(p), q=tuple(q))
        ways = result.table("The distance").column("W")
        assert ways == pytest.approx([np.abs(np.cumsum(p - q)).sum()] * 3, abs=1e-9)
        moves = result.table("Moves").rows
        assert [row[4] for row in moves] == pytest.approx([row[3] for row in moves])  # no slack where something moves
    assert standard("earth-mover").table("The distance").column("W") == [5.0] * 3


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("earth-mover", {"p": (1, 2), "q": (1, 1)}),
        ("earth-mover", {"p": (1,), "q": (1,)}),
        ("earth-mover", {"p": (-1, 2), "q": (0, 1)}),
        ("earth-mover", {"p": (), "q": ()}),
        ("earth-mover", {"p": (math.inf, 1), "q": (1, math.inf)}),
        ("parallel-lines", {"thetas": ()}),
        ("parallel-lines", {"points": 1}),
        ("js-saturates", {"distances": (-1.0,)}),
        ("optimal-discriminator", {"steps": 0}),
        ("vanishing-gradient", {"thetas": (0.0,)}),
        ("lipschitz", {"bound": 0.0}),
        ("dirac", {"gamma": -1.0}),
        ("dirac", {"gammas": ()}),
        ("dirac", {"rate": 0.0}),
        ("mode-collapse", {"batch": 6}),
        ("broken-map", {"gaps": (0.0,)}),
        ("activations", {"depth": 0}),
        ("activations", {"spread": math.nan}),
        ("convolution-arithmetic", {"stride": 0}),
        ("convolution-arithmetic", {"kernels": ()}),
        ("separability", {"data": "moved-ring"}),
        ("separability", {"samples": 2}),
        ("separability", {"data": "digit"}),
    ],
)
def test_numbers_that_make_no_sense_are_refused_in_a_sentence(name: str, options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as error:
        experiment.run(name, **options)
    assert "\n" not in str(error.value)


def test_parallel_lines() -> None:
    rows = experiment.run("parallel-lines", thetas=(-0.3, 0.0, 2.0)).tables[0].rows
    for theta, kl, _, js, _, tv, _, w, _ in rows:
        apart = theta != 0
        assert kl == (math.inf if apart else 0)
        assert (js, tv, w) == pytest.approx((math.log(2), 1, abs(theta)) if apart else (0, 0, 0), abs=1e-9)
    for row in rows:
        assert row[1::2] == pytest.approx(row[2::2], abs=1e-9)


def test_js_saturates() -> None:
    table = standard("js-saturates").tables[0]
    for d, kl, *_, tv_ideal, w, _, js, left, most, _ in table.rows:
        assert (kl, w, table.column("TV")[table.column("d").index(d)]) == pytest.approx(
            (d * d / 2, d, tv_ideal), abs=1e-6
        )
        assert js + left == pytest.approx(math.log(2), abs=1e-9)
        assert left <= most + 1e-12
    assert table.column("JS") == sorted(table.column("JS"))
    assert table.column("slope of JS")[-2] < 1e-3


def test_optimal_discriminator_comes_from_below() -> None:
    result = experiment.run("optimal-discriminator", shifts=(1.0,), steps=200, seed=3)
    for _, value, ideal, missing, away in result.table("Value").rows:
        assert 0 <= missing == pytest.approx(ideal - value)
        assert missing < 0.02
        assert away < 0.03
    assert result.table("Value").rows[0][2] == pytest.approx(-math.log(4))
    for _, p, q, _, best in result.table("Where").rows:
        assert best == pytest.approx(p / (p + q))


def test_vanishing_gradient() -> None:
    result = experiment.run("vanishing-gradient", steps=100, seed=3)
    for theta, first, js, most, second, _ in result.table("Push on θ by the best").rows:
        assert first == pytest.approx(js, rel=1e-4)
        assert first <= most
        assert first + second == pytest.approx(theta, rel=1e-6)
    rows = result.table("Push on θ while").rows
    assert all(push <= bound for _, _, _, bound, push, *_ in rows)
    last = rows[-1]
    assert last[4] < 0.1 < 1 < last[5]
    assert last[6] == pytest.approx(1, abs=0.15)


def test_lipschitz() -> None:
    table = experiment.run("lipschitz", steps=150, seed=3).tables[0]
    clipped, penalised, normed = table.rows
    columns = {name: i for i, name in enumerate(table.columns)}
    for row in table.rows:
        assert row[columns["largest"]] <= row[columns["product of norms"]] * 1.01
        assert row[columns["gap / largest"]] <= row[columns["W"]] * 1.02
    assert clipped[columns["weights at edge"]] > 0.6 > 0.01 > penalised[columns["weights at edge"]]
    assert penalised[columns["mean slope"]] == pytest.approx(1, abs=0.15)
    assert normed[columns["product of norms"]] == pytest.approx(1, abs=0.15)


def test_a_training_that_runs_away_says_so() -> None:
    with pytest.raises(RivalsError, match="take a smaller rate"):
        experiment.run("lipschitz", steps=5, rate=1e9, width=8)
    ends = experiment.run("dirac", rate=1e9, steps=60).table("Distance")
    assert "none" in ends.column("converges")


def test_dirac_reaches_what_the_paper_was_measured_to_reach() -> None:
    result = standard("dirac")
    ends = {row[0]: row[1:4] for row in result.table("Distance").rows}
    assert ends["GAN"] == pytest.approx((3.10, 1.42, 1.85), abs=0.006)
    assert ends["WGAN"] == pytest.approx((1.00, 1.02, 0.917), abs=0.006)
    assert ends["WGAN-GP"] == pytest.approx((1.80, 1.22, 0.716), abs=0.006)
    assert max(ends["R1"]) < 1e-5
    assert all(row[4] == row[5] for row in result.table("Distance").rows)
    for row in result.table("R1").rows:
        assert row[1:3] == row[3:5]


def test_broken_map_keeps_samples_in_the_gap() -> None:
    from rivals.lab.broken_map import target

    z = torch.randn(4000, dtype=torch.float64)
    made = target(z, 2.0)
    assert bool((made.abs() >= 1).all() and (made.abs() <= 2).all())
    assert bool((made[z.argsort()].diff() >= 0).all())
    rows = experiment.run("broken-map", gaps=(1.0, 4.0), steps=200, seed=3).tables[0].rows
    for _, slope, inside, least in rows:
        assert 0 < least <= inside * 1.05
        assert slope > 1
    assert rows[1][1] > rows[0][1]


def test_activations() -> None:
    result = experiment.run("activations", depth=10, width=256, seed=3)
    steepest = dict(zip(result.tables[0].column("activation"), result.tables[0].column("largest slope"), strict=True))
    assert steepest["sigmoid"] == pytest.approx(0.25, abs=1e-6)
    assert steepest["tanh"] == pytest.approx(1, abs=1e-6)
    root = math.sqrt(2)
    gelu = (1 + math.erf(1)) / 2 + root * math.exp(-1) / math.sqrt(2 * math.pi)
    assert steepest["GELU"] == pytest.approx(gelu, abs=1e-6)
    kept = {row[0]: row[1:] for row in result.tables[1].rows}
    assert kept["ReLU"][0] == pytest.approx(1, abs=1e-4)
    for name, (chi, ideal, measured) in kept.items():
        assert ideal == pytest.approx(chi**5)
        if name != "GELU":
            assert measured == pytest.approx(ideal, rel=0.4)


def test_convolution_arithmetic() -> None:
    result = experiment.run("convolution-arithmetic", largest=5, kernels=(1, 3, 4, 6, 7), stride=3)
    sizes = result.table("Sizes")
    assert sizes.column("formula") == sizes.column("torch")
    for _, cases, right in result.table("All cases").rows:
        assert cases == right > 50
    for _, fewest, low, most, high, so in result.table("Inputs").rows:
        assert (fewest, most) == (low, high)
        assert (so == "even") == (low == high)


def test_separability() -> None:
    from rivals.lab.separability import limit

    assert limit(0.0) == pytest.approx(0.5, abs=1e-9)
    assert limit(20.0) == pytest.approx(1, abs=1e-9)
    rows = experiment.run("separability", data="ring", samples=600, distances=(0.0, 2.0), seed=3).tables[0].rows
    for _, index, ideal, _ in rows[:2]:
        assert index == pytest.approx(ideal, abs=0.08)
    assert rows[2][1] == 1  # eight narrow modes
    assert rows[3][1] == pytest.approx(rows[3][2], abs=0.08)


def test_mode_collapse_on_a_small_budget() -> None:
    result = experiment.run("mode-collapse", steps=4, width=4, seed=3)
    rows = result.tables[0].rows
    assert len(rows) == 4
    assert all(0 <= row[1] <= row[2] <= row[4] == 8 for row in rows)
    assert all(1 <= row[7] <= 2 for row in rows)
    assert png(result).startswith(b"\x89PNG")


def test_a_mode_is_held_with_a_quarter_of_its_share() -> None:
    from rivals.data.toy import Mixture
    from rivals.lab.mode_collapse import held, spread

    truth = Mixture(torch.tensor([[0.0, 0.0], [3.0, 0.0]]), 0.01)
    x = torch.zeros(80, 2)
    for there, far in product((9, 10), (0.0, 0.3)):
        x.zero_()
        x[:there] = torch.tensor([3.0, far])
        assert held(x, truth) == 1 + (there == 10 and not far)
    assert spread(torch.tensor([[-1.0, 0.0], [1.0, 0.0]])) == pytest.approx(1)
