"""Recommendations come from the recipes' own facts; measuring changes nothing; minutes become steps."""

import json
import random
import re
import time

import numpy as np
import pytest
import torch

from games import Two, numbers
from rivals import catalog, planning, registry, training
from rivals.data import named, specs
from rivals.errors import UsageError
from rivals.store.folder import RunFolder

TINY = {"width": 8, "latent": 8}


def one_each():
    """A spec of every kind that is common, by the recipe that should be recommended for it."""
    picture = specs.Images(3, 32, 32)
    return [
        (specs.Points(2), "wgan-gp"),
        (specs.Images(1, 8, 8), "wgan-gp"),
        (specs.Images(1, 28, 11), "wgan-gp"),
        (specs.Images(3, 12, 12), "sngan"),
        (picture, "sngan"),
        (specs.Domains(3, 32, 32, names=("a", "b")), "sngan"),
        (specs.Pairs(picture, picture), "pix2pix"),
        (specs.Unpaired(picture, picture), "cyclegan"),
        (specs.Tokens(32, 8), "seqgan"),
        (specs.Graph(32, 8), "seqgan"),
        (specs.Series(24, 3), "wgan-gp"),
        (specs.Table((specs.Column("age"),)), "wgan-gp"),
        (specs.Environment("CartPole-v1", 4, 2, 500), "gail"),
    ]


@pytest.mark.parametrize(("spec", "recipe"), one_each())
def test_the_recipes_say_which_is_recommended(spec, recipe):
    found = planning.recommend(spec)
    assert found.recipe == recipe
    assert found.why.endswith(".")


def test_every_recommendation_is_for_a_kind_that_the_recipe_takes():
    for entry in catalog.entries().values():
        for kinds in entry.recommended:
            assert {word.partition("<")[0] for word in kinds.split(", ")} <= set(entry.data)


def test_the_settings_of_a_recommendation_are_options_that_are_no_defaults():
    recommended = [entry for entry in catalog.entries().values() if entry.settings]
    assert {entry.id for entry in recommended} >= {"sngan"}
    for entry in recommended:
        assert entry.recommended
        for option, value in entry.settings.items():
            assert registry.options_of(entry)[option][1] != value


def test_few_samples_get_advice():
    assert "view=flip" in planning.recommend(specs.Images(3, 32, 32), 499).why
    assert "view=flip" not in planning.recommend(specs.Images(3, 32, 32), 500).why
    assert "--eval-every" in planning.recommend(specs.Points(2), 20).why
    assert "few, " not in planning.recommend(specs.Points(2), None).why


def test_without_a_recommendation_the_recipes_that_take_the_data_are_named(monkeypatch):
    known = {"gan": catalog.Entry("gan", catalog.Paper("", 2014), ("points",))}
    monkeypatch.setattr(catalog, "entries", lambda: known)
    with pytest.raises(UsageError, match="name one that takes it: gan"):
        planning.recommend(specs.Points(2))
    with pytest.raises(UsageError, match="none takes it"):
        planning.recommend(specs.Tokens(3, 3))


def test_a_recipe_refuses_pictures_of_a_size_it_does_not_take():
    entry = catalog.Entry("small", catalog.Paper("", 2020), ("images", "pairs"), smallest=16, largest=64)
    assert entry.refusal(specs.Images(3, 16, 64)) == ""
    assert entry.refusal(specs.Images(3, 12, 64)) == (
        "small takes pictures with sides of at least 16 and at most 64 pixels, and these are 12×64"
    )
    assert "these are 16×65" in entry.refusal(specs.Pairs(specs.Images(3, 16, 16), specs.Images(3, 16, 65)))
    assert "small takes images or pairs" in entry.refusal(specs.Points(2))
    with pytest.raises(UsageError, match="at least 16"):
        registry.check_data(entry, specs.Images(1, 8, 8))


@pytest.mark.parametrize(
    ("batch", "size", "accumulate", "cut"),
    [
        (64, None, 1, 64),
        (64, 64, 1, 64),
        (64, 41, 1, 40),
        (64, 41, 4, 40),
        (64, 41, 3, 36),
        (64, 1, 1, 2),
        (1, 0, 1, 1),
    ],
)
def test_a_batch_is_cut_to_the_data(batch, size, accumulate, cut):
    assert planning.fitting_batch(batch, size, accumulate) == cut


def test_words_are_told_apart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    assert [planning.told_apart(w) for w in ("ring", "photos", "photos/", "images:x")] == [
        "ring", "photos", "photos/", "images:x",
    ]  # fmt: skip
    for recipe in ("wgan-gp", "my.py:mygan"):
        with pytest.raises(UsageError, match="is a recipe: name the data, too, with --data"):
            planning.told_apart(recipe)
    with pytest.raises(UsageError, match=r"neither a recipe .* nor data .*, did you mean 'wgan-gp'"):
        planning.told_apart("wgan-pg")
    with pytest.raises(UsageError, match="did you mean 'digits'"):
        planning.told_apart("digts")


def test_measuring_changes_neither_game_nor_data_nor_random_state(monkeypatch):
    monkeypatch.setattr(planning, "PATIENCE", 0.05)
    source = named.load("digits")
    game = registry.create("wgan-gp", source.spec, **TINY)
    game.eval()
    before = {k: v.clone() for k, v in game.portable().items()}
    torch.manual_seed(3), random.seed(3), np.random.seed(3)  # noqa: NPY002
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    found = planning.estimate(game, source, steps=100, batch=16)
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1:] == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    assert all(torch.equal(before[k], v) for k, v in game.portable().items())
    assert not game.training
    assert all(p.updates == 0 and p._optimizer is None for p in game.players().values())
    assert found.parameters == {n: sum(w.numel() for w in p.net.parameters()) for n, p in game.players().items()}
    weights = 4 * sum(found.parameters.values())
    assert 4 * weights <= found.state < 4.1 * weights  # weights, gradients, two moments, and counts
    assert found.state < found.memory
    assert found.steps == 100
    assert 0 < found.ms < 1000
    assert found.seconds == pytest.approx(found.ms / 10)


def test_the_warm_up_step_is_not_counted(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(planning.time, "perf_counter", lambda: now[0])
    spent = []

    def play(game, run):
        now[0] += 60.0 if not spent else 2.0
        spent.append(now[0])
        run.descend((game.a, game.a(run.real())))

    found = planning.estimate(Two(play), numbers(), steps=100, batch=2)
    assert found.ms == 2000
    assert len(spent) == 2  # a slow game is measured once
    assert found.sentence() == (
        f"2 parameters (a 1, b 1), {found.memory / 2**20:,.0f} MiB, 2e+03 ms a step, about 3.3 minutes for 100 steps"
    )


def test_every_stage_is_measured_by_itself():
    class Staged(Two):
        def stages(self, budget):
            return {"quick": budget, "slow": budget // 2}

        def program(self, run):
            for stage in self.stages(0):
                for _ in run.stage(stage):
                    time.sleep(0.05 if stage == "slow" else 0.0)
                    run.descend((self.a, self.a(run.real())))

    found = planning.estimate(Staged(None), numbers(), steps=100, batch=2)
    assert found.plan == {"quick": 100, "slow": 50}
    assert found.costs["slow"] >= 50 > found.costs["quick"]
    assert found.seconds == pytest.approx((100 * found.costs["quick"] + 50 * found.costs["slow"]) / 1000)
    assert "in the mean of 2 stages" in found.sentence()


def test_a_game_that_diverges_at_once_is_measured_all_the_same():
    def play(game, run):
        run.descend((game.a, game.a(run.real()) * float("nan")))

    assert planning.estimate(Two(play), numbers(), steps=100, batch=2).ms > 0


def test_minutes_become_the_most_steps_that_fit():
    game = Two(lambda *_: None)
    assert planning.budget(game, 1.0, {"train": 10.0}) == 6000
    assert planning.budget(game, 0.0001, {"train": 1e6}) == 1
    game.stages = lambda budget: {"one": budget // 2, "two": 2 * budget}
    costs = {"one": 10.0, "two": 30.0}
    most = planning.budget(game, 1.0, costs)
    assert planning.cost(game.stages(most), costs) <= 60_000 < planning.cost(game.stages(most + 1), costs)
    for minutes in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="above 0"):
            planning.check_minutes(minutes)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1, "about a second"), (40, "about 40 seconds"), (600, "about 10 minutes"), (1e4, "about 2.8 hours")],
)
def test_times_are_told_as_people_say_them(seconds, words):
    assert planning.spelled_time(seconds) == words


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_plan_writes_nothing_and_is_plain_data(here):
    plan = training.plan("ring", steps=5, **TINY)
    assert not list(here.iterdir())
    facts = json.loads(json.dumps(plan.to_json()))
    assert facts["recipe"] == "wgan-gp"
    assert facts["estimate"]["steps"] == 5
    assert facts["options"] == TINY
    assert training.plan("gan", "ring", steps=5, hidden=(8, 8)).why == ""


def test_python_takes_data_alone_and_cuts_the_batch(here):
    np.save("x.npy", np.random.default_rng(0).normal(size=(23, 2)).astype(np.float32))
    done = training.train(data="x.npy", steps=2, **TINY)
    config = RunFolder(done.folder).config()
    assert config["game"]["recipe"] == "wgan-gp"
    assert config["batch"] == 20
    assert training.train("x.npy", steps=2, **TINY).already
    plan = training.plan("x.npy", steps=2, **TINY)
    assert plan.notes == ["a batch is 20 instead of 64, since there are 21 samples"]
    assert training.plan("x.npy", steps=2, batch=64, out="other", **TINY).batch == 64


def test_the_plan_says_that_some_samples_alone_have_a_label(here):
    x = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    np.savez("x.npz", points=x, labels=np.where(np.arange(100) % 4 < 2, np.arange(100) % 4, -1))
    (note,) = training.plan("x.npz", steps=2, **TINY).notes
    assert re.match(r"4\d of the samples have a label: to learn from few", note)
    assert not training.plan("gan", "x.npz", steps=2, hidden=(8, 8)).notes
    done = training.train("ssgan", "x.npz", steps=2, width=8, latent=4, out="run")
    assert "have a label" in done.scores.protocol["named"]


def test_minutes_are_calibrated_once(here, monkeypatch):
    measured = []

    def estimate(game, source, *, steps, **facts):
        measured.append(steps)
        return planning.Estimate({}, 0, 0, {"train": 1000.0 * len(measured)}, {"train": steps})

    monkeypatch.setattr(planning, "estimate", estimate)
    both = {"batch": 4, **TINY}
    done = training.train("ring", minutes=0.1, **both)
    assert done.step == 6
    config = RunFolder(done.folder).config()
    assert config["steps"] == 6
    assert config["calibrated"] == {"minutes": 0.1, "ms": {"train": 1000.0}}
    again = training.train("ring", minutes=0.1, **both)
    assert again.already
    assert again.step == 6
    assert training.train("ring", minutes=0.2, **both).step == 12  # extended with the stored measurement
    assert len(measured) == 1
    with pytest.raises(UsageError, match="give one of them"):
        training.train("ring", minutes=0.1, steps=3, **both)
    with pytest.raises(UsageError, match="above 0"):
        training.train("grid", minutes=-1, **both)


def test_few_minutes_make_the_recommended_networks_narrow(here, monkeypatch):
    np.save("x.npy", np.random.default_rng(0).integers(0, 256, (64, 16, 16, 3), dtype=np.uint8))

    def estimate(game, source, *, steps, **facts):
        ms = 6e4 * game.config["options"].get("width", 64) / 64  # at full width a minute a step
        return planning.Estimate({}, 0, 0, {"train": ms}, {"train": steps})

    monkeypatch.setattr(planning, "estimate", estimate)
    plan = training.plan("x.npy", minutes=2, latent=4)
    assert (plan.recipe, plan.steps, plan.options["width"]) == ("sngan", 8, 16)
    assert "at full width 2 steps fit" in " ".join(plan.notes)
    assert training.plan("x.npy", minutes=2, width=32).steps == 4
    assert training.plan("sngan", "x.npy", minutes=2).steps == 2
    plenty, better = training.plan("x.npy", minutes=5001), dict(catalog.find("sngan").settings)
    assert (plenty.steps, plenty.options) == (5001, better)
    assert training.plan("x.npy", minutes=3000).options == better | {"width": 32}
    assert training.plan("x.npy", minutes=5001, rate=0.1).options == better | {"rate": 0.1}
    assert training.plan("sngan", "x.npy", minutes=2).options == {}

    done = training.train("x.npy", minutes=2, latent=4)
    monkeypatch.setattr(planning, "estimate", lambda *a, **k: pytest.fail("measured again"))
    again = training.train("x.npy", minutes=2, latent=4)
    assert again.already
    assert again.step == done.step == 8


def test_an_interrupted_run_keeps_its_calibrated_budget(here, monkeypatch):
    monkeypatch.setattr(
        planning,
        "estimate",
        lambda g, s, *, steps, **f: planning.Estimate({}, 0, 0, {"train": 1000.0}, {"train": steps}),
    )

    class Stopper(training.Progress):
        def stepped(self, run):
            if run.counters.step == 3:
                run.stop()

    with pytest.raises(training.Interrupted):
        training.train("ring", minutes=0.1, batch=4, progress=Stopper(), **TINY)
    monkeypatch.setattr(planning, "estimate", lambda *a, **k: pytest.fail("measured again"))
    assert training.train("ring", minutes=0.1, batch=4, **TINY).step == 6


def test_a_run_starts_from_trained_weights(here):
    old = training.train("wgan-gp", "ring", steps=3, batch=4, **TINY)
    weights = {k: v.clone() for k, v in old.game.portable().items()}

    class Look(training.Progress):
        def begin(self, run, resumed):
            self.seen = {k: v.clone() for k, v in run.game.portable().items()}
            self.updates = [p.updates for p in run.game.players().values()]

    for i, start in enumerate((old.folder, old.folder / "model")):
        look = Look()
        # another rate changes no shape
        new = training.train(
            "wgan-gp", "grid", steps=2, batch=4, rate=1e-5, start_from=start, out=f"new{i}", progress=look, **TINY
        )
        config = RunFolder(new.folder).config()
        assert config["from"]["path"] == str(start)
        assert len(config["from"]["fingerprint"]) == 64
        assert all(torch.equal(look.seen[k], v) for k, v in weights.items())
        assert set(look.updates) == {0}
    with pytest.raises(UsageError, match=r"--from was 'runs/.*' and is now None"):
        training.train("wgan-gp", "grid", steps=4, batch=4, rate=1e-5, out="new0", **TINY)
    # the old run may be gone by then
    (old.folder / "config.json").rename(old.folder / "gone.json")
    more = training.train(
        "wgan-gp", "grid", steps=4, batch=4, rate=1e-5, start_from=old.folder, out="new0", progress=look, **TINY
    )
    assert more.step == 4
    assert RunFolder("new0").config()["from"]["fingerprint"] == config["from"]["fingerprint"]


def test_weights_that_do_not_fit_are_refused_by_what_differs(here):
    old = training.train("wgan-gp", "ring", steps=1, batch=4, **TINY).folder
    kept = sorted(here.rglob("*"))
    with pytest.raises(UsageError, match="option width was 8 and is now 16"):
        training.train("wgan-gp", "ring", steps=1, width=16, latent=8, start_from=old, out="a")
    with pytest.raises(UsageError, match="data kind was 'points' and is now 'images'"):
        training.train("wgan-gp", "digits", steps=1, start_from=old, out="a", **TINY)
    with pytest.raises(UsageError, match="is a wgan-gp, and this is lsgan"):
        training.train("lsgan", "ring", steps=1, start_from=old, out="a", **TINY)
    with pytest.raises(UsageError, match="nowhere is neither a run nor a saved model"):
        training.train("wgan-gp", "ring", steps=1, start_from="nowhere", out="a", **TINY)
    assert sorted(here.rglob("*")) == kept
