import json
import re
from pathlib import Path

import pytest

from rivals.benchmark import bench as module
from rivals.benchmark import board_report, leaderboard, suites
from rivals.benchmark.bench import Watch, bench
from rivals.benchmark.suites import Model, Suite
from rivals.errors import RivalsError, UsageError

TINY = {"hidden": (16, 16), "latent": 8}
SMALL = {"width": 8, "latent": 8}


class Seen(Watch):
    def __init__(self):
        self.phases, self.outcomes = [], []

    def begin(self, what, total):
        self.phases.append((what, total))

    def done(self, outcome):
        self.outcomes.append(outcome)


@pytest.fixture
def small(monkeypatch, inline):
    """A suite of two tiny models and one that fails; a name that HTML and LaTeX must escape."""

    def models(asked):
        return [
            Model("gan <b>&_", "gan", TINY),
            Model("wgan-gp", "wgan-gp", SMALL),
            Model("cgan", "cgan", {"width": 8, "latent": 8}),
        ]

    suite = Suite("Two <i>sets</i>.", {"ring": "reals=640", "gaussian": "reals=640"}, models, curve=2)
    monkeypatch.setitem(suites.SUITES, "small", suite)
    return suite


@pytest.fixture
def played(small, tmp_path):
    watch = Seen()
    return bench("small", seeds=2, out=tmp_path, watch=watch, limit=200), watch, tmp_path


def test_a_bench_has_equal_budgets_resumes_and_its_report_holds_everything(played):
    results, watch, home = played
    assert json.loads((home / "results.json").read_text()) == json.loads(json.dumps(results))
    assert watch.phases == [("measuring budgets", 12), ("training", 10)]
    assert {cell["cost"]["reals"] for cell in results["cells"]} == {640}
    steps = {(cell["model"], cell["steps"]) for cell in results["cells"]}
    assert steps == {("gan <b>&_", 10), ("wgan-gp", 2), ("cgan", 5)}
    reason = "a conditional recipe needs data with labels, and this has none"
    assert results["left out"] == [{"model": "cgan", "data": "gaussian", "reason": reason}]
    assert results["sets"]["gaussian"]["headline"] == {"name": "mean error", "lower_is_better": True}

    again = Seen()
    assert bench("small", seeds=2, out=home, watch=again)["cells"] == results["cells"]
    assert not any(outcome.fresh for outcome in again.outcomes)

    page = board_report.write(home).read_text()
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=['"](?!data:|#)""", page)
    assert "url(" not in page
    assert page.count("<script") == 1  # its own, which the policy names
    assert "<b>&_" not in page
    assert "gan &lt;b&gt;&amp;_" in page
    assert "Two &lt;i&gt;sets&lt;/i&gt;." in page
    assert reason in page
    assert page.count("<img ") == 5  # a coverage plot of each model on each set
    assert page.count("against reals seen</h3>") == 2
    assert page.count("against seconds</h3>") == 2
    assert "Average ranks" in page
    for board in leaderboard.boards(results):
        assert all(row.seeds == 2 for row in board.rows)


def test_a_search_tries_settings_takes_the_best_and_shows_the_distribution(small, tmp_path, monkeypatch):
    only = Suite("One.", {"gaussian": "reals=320"}, lambda asked: [Model("gan", "gan", TINY)], curve=0)
    monkeypatch.setitem(suites.SUITES, "small", only)
    watch = Seen()
    results = bench("small", seeds=1, search=3, out=tmp_path, watch=watch)
    assert [what for what, _ in watch.phases] == ["measuring budgets", "searching", "measuring budgets", "training"]
    (found,) = results["search"]
    values = [t["value"] for t in found["tries"]]
    assert len(values) == 3
    assert found["tries"][0]["options"] == {}
    assert values[found["best"]] == min(values)
    (cell,) = results["cells"]
    assert cell["seed"] == 1  # none that the best was chosen by
    assert cell["options"] == json.loads(json.dumps({**TINY, **found["tries"][found["best"]]["options"]}))
    page = board_report.write(tmp_path).read_text()
    assert "Search of settings" in page
    assert "expected best mean error of k settings" in page


def test_a_cell_that_cannot_be_measured_is_a_failure_with_its_reason(small, tmp_path):
    results = bench("small", seeds=1, budget="reals=70", out=tmp_path)
    reasons = {cell["reason"] for cell in results["cells"] if cell["model"] == "wgan-gp"}
    assert reasons == {"one step, with the stages before it, costs 320 reals: more than reals=70"}
    assert all(cell["ok"] for cell in results["cells"] if cell["model"] == "gan <b>&_")
    assert reasons.pop() in board_report.write(tmp_path).read_text()


def test_wrong_calls_are_refused_before_anything_is_written(tmp_path):
    out = tmp_path / "bench"
    with pytest.raises(UsageError, match="there is no suite 'toys', did you mean 'toy'"):
        bench("toys", out=out)
    with pytest.raises(UsageError, match="there is no recipe 'gann'"):
        bench("toy", recipes=["gann"], out=out)
    with pytest.raises(UsageError, match=r"--seeds \(0\) must be at least 1"):
        bench("toy", seeds=0, out=out)
    with pytest.raises(UsageError, match="is not UNIT=AMOUNT"):
        bench("toy", budget="hours=1", out=out)
    with pytest.raises(RivalsError, match="none of the recipes takes any data of the suite toy"):
        bench("toy", recipes=["seqgan"], out=out)
    assert not out.exists()
    with pytest.raises(RivalsError, match=r"results.json cannot be read"):
        board_report.write(tmp_path)


def test_every_suite_has_data_a_budget_and_models():
    from rivals.benchmark import budgets
    from rivals.data.named import NAMED

    for suite in suites.SUITES.values():
        assert set(suite.budgets) <= set(NAMED)
        assert all(budgets.parse(text).amount > 0 for text in suite.budgets.values())
        names = [model.name for model in suite.models(None)]
        assert len(set(names)) == len(names) > 10
        assert set(suite.read) | set(suite.options) <= set(suite.budgets)
    assert len(suites.find("landscape").models(None)) == 64


def test_the_landscapes_models_can_be_built():
    from rivals import registry
    from rivals.data.specs import Images

    for model in suites.find("landscape").models(None)[::7]:
        registry.create(model.recipe, Images(1, 8, 8), **{**model.options, "width": 8})
    assert len(suites.find("landscape").models(["sngan"])) == 16  # without an option for the norm


def test_the_command_prints_boards_and_writes_tables(small, tmp_path, capsys):
    from rivals.cli import bench as command

    found = command.bench("small", seeds=1, budget="steps=2", out=tmp_path, latex=True, csv=True)
    assert {Path(path).name for path in found["files"].values()} == {
        "results.json", "report.html", "leaderboard.tex", "leaderboard.csv", "scores.csv",
    }  # fmt: skip
    assert all(Path(path).is_file() for path in found["files"].values())
    text = "\n".join(command.lines(found))
    assert "gaussian: mean error, lower is better" in text
    told = capsys.readouterr()
    assert told.out == ""
    assert "training: 5 cells" in told.err
    assert module.Watch().begin("x", 1) is None
