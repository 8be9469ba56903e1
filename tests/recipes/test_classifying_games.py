"""Games whose outcome is a classifier: distillation, smoothing, spheres, non-robust features, transfer."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from rivals import attacking, evaluate, noise, registry
from rivals.benchmark.measures import certified, find, robustness, spheres, transferred
from rivals.data import named
from rivals.data.sources import decoded
from rivals.diagnosis.probe import sampled
from rivals.errors import RivalsError, UsageError
from rivals.run import Run

DIGITS = named.load("digits")
CPU = torch.device("cpu")


def made(id: str, seed: int = 100, **options):
    return registry.create(id, DIGITS.spec, seed=seed, **options)


def batch(n: int = 8):
    return decoded(DIGITS.first("image", n)), DIGITS.first("label", n)


def error(game) -> float:
    x, y = decoded(DIGITS.test.first("image", 400)), DIGITS.test.first("label", 400)
    return float((game.classify(x).argmax(1) != y).double().mean())


def test_no_more_samples_than_are_kept_so_none_looks_like_a_collapse():
    game = made("advgan", width=4, blocks=1, maps=2, dense=8, pretraining=1)
    Run(game, DIGITS, steps=1, batch=16, seed=100).train()
    probed = sampled(game, 256)
    assert len(probed) == 64
    assert torch.pdist(probed.flatten(1)).min() > 0.1
    with pytest.raises(UsageError, match="at most 64"):
        game.sample(65)


# ---- distillation ----------------------------------------------------------------------------------------------------


def test_a_distilled_net_s_logits_grow_and_its_boundary_stays():
    """At temperature T the student's logits are large, so the gradient at temperature 1 all but vanishes."""
    x01, y, _ = attacking.labelled("digits", 20)
    scale, fell = {}, {}
    for temperature in (1.0, 40.0):
        game = made("distillation", temperature=temperature, width=4, dense=32, rate=5e-3)
        run = Run(game, DIGITS, steps=400, batch=32, seed=100).train()
        assert run.counters.done == {"teacher": 200, "student": 200}
        assert error(game) < 0.25
        with torch.no_grad():
            logits = game.logits(2 * x01 - 1)
        scale[temperature] = float(logits.std())
        report, _ = attacking.attack(attacking.OfGame(game), x01, y, "cw", steps=60, searches=4, rate=0.1)
        fell[temperature] = 1 - report.robust / report.clean
    assert scale[40.0] > 5 * scale[1.0]
    assert min(fell.values()) > 0.9


def test_what_the_two_stages_descend():
    game, (x, y) = made("distillation", temperature=20.0, width=2, dense=8), batch(8)
    before = game.classifier(x).detach(), game.teacher(x).detach()
    records = []
    from rivals.run import Hooks

    source = named.load("digits")
    run = Run(game, source, steps=2, batch=8, log_every=1, hooks=Hooks(log=[records.append])).train()
    assert run.plan == {"teacher": 1, "student": 1}
    x, y = source.draw(["image", "label"], seed=0, start=0, size=8)
    again = made("distillation", temperature=20.0, width=2, dense=8)
    expected = F.cross_entropy(again.teacher(decoded(x)) / 20, y)
    assert records[0]["loss/teacher"] == pytest.approx(expected.item(), rel=1e-4)
    assert not torch.equal(game.classifier(batch(8)[0]), before[0])
    assert not torch.equal(game.teacher(batch(8)[0]), before[1])


# ---- randomized smoothing --------------------------------------------------------------------------------------------


def test_the_noise_has_the_deviation_that_was_asked_for():
    game, (x, _) = made("randomized-smoothing", sigma=0.3, width=2, dense=8), batch(64)
    with noise.seeded(CPU, "test"):
        away = (game.noisy(x) - x) / 2
    assert float(away.std()) == pytest.approx(0.3, rel=0.05)
    shown = game.shown(*batch(4))
    assert shown.abs().max() <= 1


def test_votes_are_a_mean_of_probabilities():
    game = made("randomized-smoothing", votes=3, width=2, dense=8)
    x, _ = batch(5)
    with noise.seeded(CPU, "v"):
        told = game.logits(x).exp()
    with noise.seeded(CPU, "v"):
        each = [game.classifier(game.noisy(x)).softmax(1) for _ in range(3)]
    torch.testing.assert_close(told, torch.stack(each).mean(0))
    still = made("randomized-smoothing", votes=0, width=2, dense=8)
    assert torch.equal(still.logits(x), still.classifier(x))


def test_certified_accuracy_of_a_trained_net(tmp_path):
    game = made("randomized-smoothing", width=4, dense=32, rate=3e-3)
    Run(game, DIGITS, steps=300, batch=64, seed=100).train()
    game.save_pretrained(tmp_path / "model")
    found = certified._smoothed(tmp_path / "model", "digits", 100, None, 0.25)
    assert 0.2 < found.value <= found.also["certified at 0"]
    assert found.value <= found.also["attacked"]


# ---- spheres ---------------------------------------------------------------------------------------------------------


def test_the_nearest_error_on_the_sphere_is_found():
    """Against many random points, and exactly where one axis alone reaches out."""
    torch.manual_seed(0)
    alpha = torch.tensor([1.5, 0.9, 0.8]).double()
    x = F.normalize(torch.randn(20, 3).double(), dim=1)
    found = spheres.nearest(x, alpha)
    cloud = F.normalize(torch.randn(200_000, 3).double(), dim=1)
    cloud = cloud[(alpha * cloud.square()).sum(1) >= 1]
    tried = torch.cdist(x, cloud).amin(1)
    assert (found <= tried + 1e-9).all()
    assert (tried - found).max() < 0.02
    assert (found[(alpha * x.square()).sum(1) >= 1] == 0).all()
    with pytest.raises(RivalsError, match="holds the whole inner sphere"):
        spheres.nearest(x, alpha / 2)


def test_the_bound_is_the_paper_s():
    for share, distance in ((1e-2, 0.104), (1e-3, 0.138), (1e-4, 0.166), (1e-6, 0.213)):
        assert spheres.bound(share, 500) == pytest.approx(distance, abs=6e-4)


def test_the_ellipsoid_is_where_the_logits_meet():
    spec = named.load("spheres", dim=6).spec
    game = registry.create("adversarial-spheres", spec, seed=100, hidden=9)
    net = game.classifier.net
    alpha, axes = net.axes()
    torch.manual_seed(0)
    direction = F.normalize(torch.randn(30, 6).double(), dim=1)
    radius = (alpha * (direction @ axes).square()).sum(1).rsqrt()
    logits = net((direction * radius[:, None]).float())
    torch.testing.assert_close(logits[:, 0], logits[:, 1], atol=1e-4, rtol=1e-4)
    three = registry.create("adversarial-spheres", named.load("ring").spec, hidden=4)
    with pytest.raises(UsageError, match="where two classes meet"):
        three.classifier.net.axes()


def test_spheres_are_learnt_and_errors_are_near(tmp_path):
    data = named.load("spheres", dim=50)
    game = registry.create("adversarial-spheres", data.spec, seed=100, hidden=60)
    Run(game, data, steps=400, batch=50, seed=100).train()
    game.save_pretrained(tmp_path / "model")
    figure = spheres.spheres_distance(tmp_path / "model", "spheres", 100)
    assert figure.also["errors"] < 0.1
    assert 0.3 < figure.value < 1.15
    x, y = data.test.draw(["point", "label"], seed=1, start=0, size=200)
    moved = game.shown(x, y)
    torch.testing.assert_close(moved.norm(dim=1), x.norm(dim=1))
    alpha, axes = game.classifier.net.axes()
    inner = y == 0
    fooled = inner & (game.classifier(moved).argmax(1) == 1)
    assert fooled.any()
    least = spheres.nearest(x[fooled].double() @ axes, alpha)
    assert (least <= (moved - x)[fooled].norm(dim=1) + 1e-4).all()


# ---- non-robust features ---------------------------------------------------------------------------------------------


def test_pictures_are_led_within_their_ball_and_labels_say_nothing():
    game, (x, y) = made("non-robust-features", width=2, dense=8, epsilon=0.5), batch(32)
    assert torch.equal(made("non-robust-features", relabel="next").wanted(y), (y + 1) % 10)
    with noise.seeded(CPU, "w"):
        target = game.wanted(torch.zeros(2000, dtype=torch.long))
    assert (torch.bincount(target, minlength=10) / 2000 - 0.1).abs().max() < 0.03
    led = game.led(x, (y + 1) % 10)
    assert ((led - x).flatten(1).norm(dim=1) <= 1.0 + 1e-4).all()
    assert led.abs().max() <= 1
    losses = [F.cross_entropy(game.source(z), (y + 1) % 10) for z in (x, led)]
    assert losses[1] < losses[0]
    assert torch.equal(made("non-robust-features", width=2, dense=8, epsilon=0.0).led(x, y), x)


def test_a_net_that_saw_no_right_label_names_digits():
    errors = {}
    for epsilon in (2.0, 0.0):
        game = made("non-robust-features", width=4, dense=32, epsilon=epsilon, inner=8, inner_step=0.5, rate=3e-3)
        Run(game, DIGITS, steps=500, batch=32, seed=100).train()
        errors[epsilon] = error(game)
    assert errors[2.0] < 0.6
    assert errors[0.0] > 0.75


# ---- transfer --------------------------------------------------------------------------------------------------------


def test_five_nets_fool_each_other(monkeypatch):
    from rivals.recipes.security import transfer as module

    game = made("transfer", width=4, dense=32, epsilon=0.3, inner=8, rate=3e-3)
    Run(game, DIGITS, steps=120, batch=32, seed=100).train()
    monkeypatch.setattr(module, "SAMPLES", 60)
    scores = evaluate(game, DIGITS).values
    nets = list(game.nets)
    assert len(nets) == 5
    own = [scores[f"{name} on {name}"] for name in nets]
    assert min(own) > 0.5
    assert 0.05 < scores["transfer"] < min(1.0, sum(own) / 5)
    others = [scores[f"{a} on {b}"] for a in nets for b in nets if a != b]
    assert scores["transfer"] == pytest.approx(sum(others) / 20)
    assert scores["ensemble gain"] == pytest.approx(scores["ensemble transfer"] - scores["transfer"])
    assert scores["error"] < 0.3


def test_untrained_nets_that_know_no_sample_in_common_have_no_matrix(monkeypatch):
    from rivals.attacks import transfer as function
    from rivals.recipes.security import transfer as module

    def none(*args, **named):
        raise RivalsError("no sample is named rightly by every model")

    assert callable(function)
    monkeypatch.setattr(module, "transfer", none)
    assert made("transfer", width=2, dense=8).scores(DIGITS) == {}


# ---- measures of attacks ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain") / "model"
    game = made("adversarial-training", inner=0, epsilon=0.3, width=4, dense=32, rate=3e-3)
    Run(game, DIGITS, steps=200, batch=64, seed=100).train()
    game.save_pretrained(folder)
    return folder


def test_measures_of_white_box_attacks_agree_in_order(plain, monkeypatch):
    monkeypatch.setattr(robustness, "SAMPLES", 100)
    shares = {name: find(name)(plain, "digits", 100).value for name in robustness.WHITE}
    assert shares["robust-pgd-40"] <= shares["robust-fgsm"] + 0.02
    assert max(shares.values()) < 0.9
    monkeypatch.setattr(robustness, "LED", 20)
    success = robustness.cw_success(plain, "digits", 100)
    assert success.value > 0.9
    assert 0 < success.also["norm 2"] < 3


def test_measures_of_attacks_from_outside(plain, monkeypatch):
    monkeypatch.setattr(transferred, "STEPS", 100)
    monkeypatch.setattr(transferred, "ASKED", 10)
    monkeypatch.setattr(transferred, "SAMPLES", 100)
    monkeypatch.setattr(transferred, "LEARNT", 100)
    other = transferred.transfer_pgd(plain, "digits", 100)
    assert other.also["robust of the copy"] < other.value < other.also["clean"]
    one = transferred.universal_fooling(plain, "digits", 100)
    assert one.value > one.also["random signs"]
    asked = transferred.questions_ratio(plain, "digits", 100)
    assert asked.value == pytest.approx(asked.also["nes median"] / asked.also["square median"])
    assert asked.also["square reached"] > 0.5


@pytest.mark.parametrize(
    ("id", "options", "sentence"),
    [
        ("distillation", {"temperature": 0.0}, "the temperature must be above 0"),
        ("distillation", {"width": 0}, "at least one unit"),
        ("randomized-smoothing", {"sigma": -1.0}, "sigma and votes must be at least 0"),
        ("non-robust-features", {"epsilon": -1.0}, "epsilon and inner must be at least 0"),
        ("transfer", {"epsilon": 0.0}, "epsilon must be above 0"),
    ],
)
def test_numbers_out_of_range_are_refused(id, options, sentence):
    with pytest.raises(UsageError, match=sentence):
        made(id, **options)
    with pytest.raises(UsageError, match="needs data with at least 2 classes"):
        registry.create(id, named.load("discs").spec)
