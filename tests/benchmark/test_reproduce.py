"""Claims are trained for, measured and recorded; what is done is not done again."""

import json
import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from rivals import catalog
from rivals.adversarial import Adversarial
from rivals.benchmark import cells, claims, fingerprint, measures, player, reproduce, tasks
from rivals.benchmark.measures import densities
from rivals.cli import reproduce as cli
from rivals.data import named
from rivals.errors import Interrupted, RivalsError, UsageError
from rivals.game import Player
from rivals.metrics.evaluate import Scores
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.training import train

SOURCE = '''
from torch import nn
from rivals.adversarial import Adversarial
from rivals.catalog import Claim, Paper, recipe
from rivals.data.specs import Points
from rivals.game import Player
from rivals.networks import mlp
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian

@recipe("mine", paper=Paper("Mine", 2020), data=("points",), steps=40, batch=8, tiny={{"hidden": (8,)}},
        claims=({claims}))
def mine(data: Points, *, hidden: tuple[int, ...] = (8,), rate: float = {rate}) -> Adversarial:
    """Mine."""
    return Adversarial(
        generator=Player(mlp.generator(2, data.shape, hidden, nn.ReLU()), adam(rate)),
        critic=Player(mlp.critic(data.shape, hidden, activation=nn.ReLU()), adam(rate)),
        prior=Gaussian(2), objective=non_saturating(),
    )
'''
MODES = 'Claim("modes", "All modes.", "modes", "ring", at_least=0.0, steps=3, samples=64, seeds=1)'
GAIN = (
    'Claim("gain", "Steps help.", "modes", "ring", beats_options={"rate": 1e-5}, lower_is_better=False, steps=2,'
    " samples=64, seeds=1)"
)
LOST = 'Claim("lost", "No such score.", "fid", "ring", at_most=1.0, steps=2, seeds=1, minutes=0.1)'


def here(all_cells, home, *, jobs=1, report=None):
    """`cells.play` without processes of its own."""
    outcomes = []
    for cell in all_cells:
        task = player.Task(cell, home / cell.key)
        try:
            found = cells.done(cell, task.folder) or player.train_and_score(task)
        except RivalsError as error:
            found = cells.Outcome(cell, False, str(error), None, {}, task.folder)
        report(found)
        outcomes.append(found)
    return outcomes


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A maker of recipe files, each the one installed recipe."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reproduce, "play", here)
    monkeypatch.setattr(Adversarial, "chunk", 2048)  # what `train` scores by itself is not the point here

    def make(*written, rate=1e-3, file="mine.py"):
        path = tmp_path / file
        path.write_text(SOURCE.format(claims=", ".join([*written, ""]), rate=rate))
        entry = catalog.find(f"{path}:mine")
        monkeypatch.setattr(catalog, "entries", lambda: {"mine": entry})
        return entry

    return make


def test_a_claim_is_measured_and_recorded_and_its_trainings_are_used_again(mine, tmp_path):
    entry, lines = mine(MODES), []
    (record,) = reproduce.reproduce(entry.name, seeds=2, report=lines.append)
    assert record.verdict == "reproduced"
    assert record.seeds == [0, 1]
    assert record.ours == pytest.approx(sum(record.values) / 2)
    assert record.protocol["judge"] == "known truth"
    assert record.protocol["steps"] == 3
    assert record.protocol["samples"] == 64
    assert record.stated["at_least"] == 0.0
    assert record.versions["torch"] == torch.__version__
    assert claims.records("mine") == [record]
    folder = tmp_path / "runs/reproduce/mine"
    assert sorted(p.name for p in folder.iterdir() if p.is_dir()) == sorted(
        c.key for c in tasks.Task(entry, entry.claim("modes"), 2).cells("ours")
    )
    assert not any("done before" in line for line in lines)
    (again,) = reproduce.reproduce(entry.name, seeds=2, report=lines.append)
    assert sum("done before" in line for line in lines) == 2
    assert again.values == record.values
    assert len(claims.records("mine")) == 2


def test_a_comparison_trains_both_sides_on_the_same_seeds(mine):
    entry = mine(GAIN)
    (record,) = reproduce.reproduce(entry.name, seeds=2)
    assert record.against["options"] == {"rate": 1e-5}
    assert record.against["recipe"] == "mine"
    gains = [a - b for a, b in zip(record.values, record.against["values"], strict=True)]
    assert record.against["gain"] == pytest.approx(sum(gains) / 2)
    assert record.fingerprint.keys() == {"ours", "against"}
    assert record.fingerprint["ours"] != record.fingerprint["against"]


def test_the_processor_is_counted_for_what_was_not_done_before(mine, monkeypatch):
    clock = iter([10.0, 100.0, 200.0, 203.0])
    monkeypatch.setattr(reproduce, "_processor", lambda: next(clock))
    entry = mine(MODES)
    (first,), (again,) = (reproduce.reproduce(entry.name) for _ in range(2))
    assert (first.processor, again.processor) == (1.5, 0.05)
    monkeypatch.undo()
    before, own = reproduce._processor(), time.process_time()
    while time.process_time() - own < 0.1:
        pass
    assert reproduce._processor() - before >= 0.05  # which the system counts in hundredths


def test_trainings_that_claims_share_are_expected_once(mine):
    entry = mine(MODES, GAIN)
    modes, gain = entry.claims
    gain = replace(gain, minutes=2.0)
    alike = replace(gain, name="alike", minutes=3.0)
    assert tasks.expected([tasks.Task(entry, modes, 4)]) == 4.0
    assert tasks.expected([tasks.Task(entry, gain, 4)]) == 16.0
    assert tasks.expected([tasks.Task(entry, gain, 4), tasks.Task(entry, alike, 5)]) == 30.0
    assert tasks.expected([tasks.Task(entry, modes, 4), tasks.Task(entry, gain, 4)]) == 20.0  # 3 steps and 2 differ
    assert tasks.expected([tasks.Task(entry, modes, 4, quick=True)]) == 0.4
    lines = []
    reproduce.reproduce_all(report=lines.append)
    assert lines[0] == "2 claims, about 3 min of one core"


def test_the_budget_of_both_sides_is_the_claims_and_quick_cuts_both(mine):
    mine(GAIN)
    entry = catalog.find("mine")
    claim = replace(entry.claim("gain"), steps=None, options={"hidden": (4,)}, quick={"batch": 4, "hidden": (2,)})
    whole, quick = (tasks.Task(entry, claim, 1, cut) for cut in (False, True))
    for side in ("ours", "against"):
        assert (whole.cells(side)[0].steps, whole.cells(side)[0].batch) == (40, 8)
        assert (quick.cells(side)[0].steps, quick.cells(side)[0].batch) == (4, 4)
        assert quick.cells(side)[0].options["hidden"] == (2,)
    assert whole.options("against") == {"hidden": (4,), "rate": 1e-5}
    bare = tasks.Task(entry, replace(claim, options={}), 1, True)
    assert bare.options("against") == {"hidden": (2,), "rate": 1e-5}
    other = replace(claim, beats="gan", beats_options={"latent": 3})
    gan = catalog.read(catalog.RECIPES / "core/gan.py")[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "entries", lambda: {"mine": entry, "gan": gan})
        assert tasks.Task(entry, other, 1).options("against") == {"latent": 3}
        assert tasks.Task(entry, other, 1).cells("against")[0].recipe == "gan"


def test_a_queue_that_was_stopped_goes_on_and_skips_what_is_fresh(mine, monkeypatch):
    entry, trained = mine(MODES, GAIN), []

    def stopped(all_cells, home, *, jobs=1, report=None):
        trained.extend(all_cells[:1])
        if len(trained) == 2:
            here(all_cells[:1], home, report=report)
            raise Interrupted("stopped")
        return here(all_cells, home, report=report)

    monkeypatch.setattr(reproduce, "play", stopped)
    with pytest.raises(Interrupted):
        reproduce.reproduce_all()
    assert [r.claim for r in claims.records("mine")] == ["modes"]
    monkeypatch.setattr(reproduce, "play", here)
    lines = []
    (record,) = reproduce.reproduce_all(report=lines.append)
    assert record.claim == "gain"
    assert lines[0] == "mine/modes: fresh, reproduced"
    assert sum("done before" in line for line in lines) == 1
    assert reproduce.reproduce_all() == []
    assert not tasks.Task(entry, entry.claim("gain"), 2).done_by(record)  # more seeds are asked for
    assert tasks.Task(entry, entry.claim("gain"), 1).done_by(record)


def test_a_changed_recipe_is_stale_and_its_old_trainings_are_left_alone(mine, tmp_path):
    entry = mine(MODES)
    (old,) = reproduce.reproduce_all()
    assert not tasks.is_stale(entry, entry.claim("modes"), old)
    changed = mine(MODES, rate=1.1e-3, file="changed.py")
    assert tasks.is_stale(changed, changed.claim("modes"), old)
    (new,) = reproduce.reproduce_all()
    assert new.fingerprint != old.fingerprint
    assert (tmp_path / "runs/reproduce/mine-2").is_dir()
    assert not tasks.is_stale(changed, changed.claim("modes"), new)
    back = mine(MODES, file="mine.py")
    assert tasks.is_stale(back, back.claim("modes"), new)


def test_quick_is_reduced_and_does_not_stand_for_a_whole_run(mine):
    mine(MODES)
    (quick,) = reproduce.reproduce_all(quick=True)
    assert (quick.verdict, quick.quick, quick.protocol["steps"]) == ("reduced", True, 1)
    assert reproduce.reproduce_all(quick=True) == []
    (whole,) = reproduce.reproduce_all()
    assert (whole.verdict, whole.quick) == ("reproduced", False)
    assert reproduce.reproduce_all(quick=True) == []


def test_a_claim_that_fails_is_told_and_does_not_stop_the_others(mine):
    entry = mine(LOST, MODES)
    with pytest.raises(RivalsError, match=r"1 of 2 claims could not be measured: mine/lost .*no score 'fid'"):
        reproduce.reproduce_all()
    assert [r.claim for r in claims.records(entry.id)] == ["modes"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"id": "ganx"}, "there is no recipe 'ganx', did you mean 'gan'"),
        ({"id": "gan", "claim": "parzn"}, "gan has no claim 'parzn', did you mean 'parzen'"),
        ({"id": "gan", "seeds": 0}, "a claim needs at least 1 seed, not 0"),
    ],
)
def test_wrong_use_is_one_sentence(arguments, sentence):
    with pytest.raises(UsageError, match=sentence):
        reproduce.reproduce(**arguments)


def test_a_recipe_without_claims_says_where_they_go(mine):
    with pytest.raises(UsageError, match="mine has no claims yet: write them into its decorator"):
        reproduce.reproduce(mine().name)


def test_a_measure_that_there_is_not_and_a_score_that_is_no_number(mine, monkeypatch):
    entry = mine(MODES)
    with pytest.raises(UsageError, match="no measure 'optimal-critik', did you mean 'optimal-critic'"):
        measures.find("optimal-critik")
    wrong = replace(entry.claim("modes"), metric="measure:none")
    with pytest.raises(UsageError, match="no measure 'none'"):
        reproduce.run(tasks.Task(entry, wrong, 1), 1, reproduce.HOME, print)
    monkeypatch.setattr(reproduce, "evaluate", lambda *_, **__: Scores({"modes": math.nan}, {}))
    with pytest.raises(RivalsError, match=r"modes of .*seed0 is nan: the training has diverged"):
        reproduce.run(tasks.Task(entry, entry.claim("modes"), 1), 1, reproduce.HOME, print)


def test_a_score_may_have_a_standard_error_or_be_missing():
    figure = reproduce._score("parzen", Scores({"parzen": 225.0, "parzen error": 2.0}, {"judge": "none", "seed": 1}))
    assert figure.within == pytest.approx((221.08, 228.92))
    assert figure.protocol == {"judge": "none", "standard error": 2.0}
    with pytest.raises(RivalsError, match="there is no score 'fid': too few samples"):
        reproduce._score("fid", Scores({}, {"left out": {"fid": "too few samples"}}))


def test_trainings_run_in_processes_of_their_own(mine, monkeypatch, capsys):
    entry = mine(MODES)
    monkeypatch.setattr(reproduce, "play", cells.play)
    cli.reproduce(entry.name, as_json=True)
    printed = capsys.readouterr()
    (record,) = json.loads(printed.out)
    assert record["verdict"] == "reproduced"
    assert "[1/1] mine/modes: All modes." in printed.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "name a recipe, `rivals reproduce ID`, or say --all"),
        ({"id": "gan", "every": True}, "name a recipe, `rivals reproduce ID`, or say --all"),
        ({"every": True, "claim": "modes"}, "--claim belongs to one recipe"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(arguments, sentence):
    with pytest.raises(UsageError, match=sentence):
        cli.reproduce(**arguments)


# ---- fingerprints ----------------------------------------------------------------------------------------------------


def test_a_fingerprint_sees_every_change_of_the_mathematics_and_no_rounding():
    gan = catalog.find("gan")
    usual = fingerprint.fingerprint(gan, "points")
    assert fingerprint.same(usual, fingerprint.fingerprint(gan, "points"))
    for change in ({"loss": "minimax"}, {"rate": 2.1e-4}, {"generator_updates": 2}):
        assert not fingerprint.same(usual, fingerprint.fingerprint(gan, "points", change)), change
    assert not fingerprint.same(usual, fingerprint.fingerprint(gan, "images"))
    nudged = {name: [x * (1 + 1e-6) for x in figures] for name, figures in usual.items()}
    assert fingerprint.same(usual, nudged)
    assert len(fingerprint.short(usual)) == 12
    assert fingerprint.short(usual) != fingerprint.short(nudged)


# ---- measures --------------------------------------------------------------------------------------------------------


def line(weight=1.0):
    """A generator that is a straight line: its samples are N(0, weight²)."""
    generator = nn.Linear(1, 1)
    with torch.no_grad():
        generator.weight.fill_(weight)
        generator.bias.zero_()
    critic = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
    return Adversarial(
        generator=Player(generator, adam(1e-3)), critic=Player(critic, adam(1e-2)), prior=Gaussian(1),
        objective=non_saturating(),
    )  # fmt: skip


def test_the_density_of_a_known_generator_is_its_density():
    truth = named.load("bimodal").truth
    x, density = densities._density(line(1.5), truth, 0)
    normal = np.exp(-((x / 1.5) ** 2) / 2) / (1.5 * math.sqrt(2 * math.pi))
    assert np.abs(density - normal).max() < 0.01 * normal.max() + 0.003
    assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-3)


def test_a_trained_critic_comes_near_its_optimum_and_an_untrained_one_does_not(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(densities, "DENSITY_SAMPLES", 100_000)
    monkeypatch.setattr(densities, "CRITIC_BATCH", 256)
    monkeypatch.setattr(Adversarial, "chunk", 2048)
    run = train("gan", "bimodal", steps=20, batch=64, hidden=(32, 32), latent=4, rate=3e-3).folder
    before = {p.name: p.read_bytes() for p in run.rglob("model.safetensors")}
    monkeypatch.setattr(densities, "CRITIC_STEPS", 1)
    early = densities.optimal_critic(run, "bimodal", 0)
    monkeypatch.setattr(densities, "CRITIC_STEPS", 400)
    late = densities.optimal_critic(run, "bimodal", 0)
    assert late.value < 0.5 * early.value
    assert late.value < 0.05
    assert late.protocol["blind"] == early.protocol["blind"] > 0.1
    assert before == {p.name: p.read_bytes() for p in run.rglob("model.safetensors")}


def test_the_density_measure_is_the_distance_on_the_line(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Adversarial, "chunk", 2048)
    run = train("gan", "bimodal", steps=1, batch=8, hidden=(8, 8), latent=4).folder
    figure = densities.density(run, "bimodal", 0)
    assert 1.5 < figure.value < 2.5  # all samples near 0, the data at -2 and 2
    assert figure.protocol["floor"] < 0.1
    assert sum(figure.protocol["shares"]) == pytest.approx(1)
    with pytest.raises(RivalsError, match="for points on a line, and 'ring' are none"):
        densities.density(run, "ring", 0)
    with pytest.raises(RivalsError, match="known for mixtures on a line, and 'ring' is none: use bimodal"):
        densities.optimal_critic(run, "ring", 0)


@pytest.mark.parametrize(("metrics", "ok"), [((), True), ("standard", False)])
def test_a_game_without_scores_can_be_trained_to_be_measured(metrics, ok, tmp_path):
    tiny = {**catalog.find("adversarial-patch").tiny, "pretraining": 1}
    cell = cells.Cell("adversarial-patch", "scenes", steps=1, batch=2, options=tiny, metrics=metrics)
    (outcome,) = cells.play([cell], tmp_path)
    assert (outcome.ok, outcome.scores) == (ok, None)
    assert ok or "no score is known" in outcome.reason


def test_claims_do_their_own_measuring():
    entry = catalog.find("adversarial-patch")
    assert [cell.metrics for cell in tasks.Task(entry, entry.claims[0], 1).cells("ours")] == [()]
