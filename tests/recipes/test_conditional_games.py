"""Games that are told labels or attributes: their losses by hand, and the plain games that they become."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rivals import noise, registry, verbs
from rivals.data import named
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.objectives import Pass
from rivals.optim import sgd
from rivals.recipes.conditional.acgan import ACGAN
from rivals.recipes.conditional.controlgan import ControlGAN
from rivals.recipes.conditional.rcgan import RCGAN, Confusion, drawn
from rivals.run import Run
from rivals.terms import AuxiliaryClassifier

DIGITS = Images(1, 8, 8, classes=10)
FACES = Images(3, 16, 16, 4, attributes=("glasses", "hat", "beard"))
X, LABELS = torch.randn(6, 1, 8, 8), torch.tensor([0, 3, 9, 1, 1, 7])


def made(recipe: str, data: object = DIGITS, **options: object):  # type: ignore[no-untyped-def]
    return registry.create(recipe, data, seed=0, width=4, latent=4, **options)


def trained(game, data: str = "digits", steps: int = 2):  # type: ignore[no-untyped-def]
    Run(game, named.load(data), steps=steps, batch=8, seed=0, save_every=10**9).train()
    return game


def test_fcgan_is_the_conditional_game_with_every_layer_told() -> None:
    one, other = made("fcgan"), made("cgan", join="layers")
    assert list(one.state_dict()) == list(other.state_dict())
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
    assert sum(p.numel() for p in one.parameters()) > sum(p.numel() for p in made("cgan").parameters())


def test_the_auxiliary_classifier_is_a_cross_entropy_of_reals_and_fakes() -> None:
    trunk, head = Player(nn.Flatten(), sgd(1.0)), Player(nn.Linear(64, 10), sgd(1.0))
    fake = torch.randn(6, 1, 8, 8)
    p = Pass(None, X, fake, None, fake.sum((1, 2, 3)), None, LABELS, 0)  # type: ignore[arg-type]
    real_loss, fake_loss = (F.cross_entropy(head(x.flatten(1)), LABELS, reduction="none") for x in (X, fake))
    term = AuxiliaryClassifier(trunk, head, weight=2.0)
    torch.testing.assert_close(term.critic(p), 2 * (real_loss + fake_loss))
    torch.testing.assert_close(term.generator(p), 2 * fake_loss)
    term = AuxiliaryClassifier(trunk, head, weight=2.0, generator_weight=0.5, fakes=False)
    torch.testing.assert_close(term.critic(p), 2 * real_loss)
    torch.testing.assert_close(term.generator(p), fake_loss / 2)
    blind = Pass(None, X, fake, None, fake.sum((1, 2, 3)), None, None, 0)  # type: ignore[arg-type]
    assert term.critic(blind) is None
    assert term.generator(blind) is None


def test_the_auxiliary_critic_is_not_told_but_names() -> None:
    game = trained(made("acgan"))
    assert isinstance(game, ACGAN)
    assert torch.equal(game.eval().judge(X, LABELS), game.judge(X))
    term = game.terms[0]
    assert "classify" in verbs.abilities(game)
    torch.testing.assert_close(game.classify(X).exp().sum(1), torch.ones(6))
    torch.testing.assert_close(game.classify(X), term.read(X).log_softmax(1))
    twin = copy.deepcopy(game)
    assert isinstance(twin.critic, Chain)
    assert twin.terms[0]._trunk[0] is twin.critic.links[0] is not game.critic.links[0]
    assert term.head.updates == game.generator.updates == 2


def test_what_has_no_classes_does_not_classify() -> None:
    assert "classify" not in verbs.abilities(made("acgan", FACES))
    assert "classify" not in verbs.abilities(made("controlgan", FACES))
    assert "classify" not in verbs.abilities(made("acgan", terms="[]"))


def test_without_weight_the_auxiliary_game_is_the_plain_one() -> None:
    game = made("acgan", weight=0.0)
    run = Run(game, named.load("digits"), steps=1, batch=8, seed=0)
    loss = game.critic_loss(run, game.look(X, X.flip(0), game.prior(6), LABELS, both=True))
    assert torch.equal(loss["class"], torch.zeros(6))


def test_a_confusion_matrix_starts_with_wrong_labels_alike() -> None:
    c = Confusion(4, 0.3)()
    torch.testing.assert_close(c, torch.full((4, 4), 0.1) + 0.6 * torch.eye(4))
    torch.testing.assert_close(Confusion(4, 0.0)(), torch.eye(4))
    with noise.seeded(torch.device("cpu"), "test"):
        labels = drawn(c[torch.ones(20_000, dtype=torch.long)])
    torch.testing.assert_close(torch.bincount(labels) / 20_000, c[1].detach(), atol=0.01, rtol=0)


def test_a_learnt_confusion_descends_the_generators_expected_loss() -> None:
    game = made("rcgan", Points(2, 3), learnt=True, wrong=0.5)
    assert isinstance(game, RCGAN)
    fake, y = torch.randn(5, 2), torch.tensor([0, 1, 2, 2, 1])
    c = game.confusion()
    by_hand = torch.stack([
        sum(c[y[i], k] * F.softplus(-game.critic(fake[i : i + 1], torch.tensor([k])))[0] for k in range(3))
        for i in range(5)
    ])  # fmt: skip
    every = torch.arange(3).repeat(5)
    loss = game.objective.generator(game.critic(fake.repeat_interleave(3, 0), every))
    torch.testing.assert_close((c[y] * loss.view(5, -1)).sum(1), by_hand)


@pytest.mark.parametrize("learnt", [False, True])
def test_only_a_learnt_confusion_moves(learnt: bool) -> None:
    game = made("rcgan", learnt=learnt)
    before = game.confusion().detach().clone()
    trained(game)
    assert torch.equal(game.confusion(), before) != learnt
    assert (game.classifier is None) != learnt
    torch.testing.assert_close(game.confusion().sum(1), torch.ones(10))


def test_training_labels_are_made_wrong_and_samples_are_of_right_ones() -> None:
    game = made("rcgan", flip=0.3)
    run = Run(game, named.load("digits"), steps=1, batch=8, seed=0)
    clean = named.load("digits").first("label", 1347)
    share = (run.source.first("label", 1347) != clean).double().mean().item()
    assert 0.25 < share < 0.35
    told: list[torch.Tensor] = []
    generator = game.generator.forward
    game.generator.forward = lambda z, y: (told.append(y), generator(z, y))[1]  # type: ignore[method-assign]
    game.sample(12)
    assert torch.equal(told[0], torch.arange(64) % 10)


def test_the_classifier_of_its_own_sees_reals_alone_and_its_weight_follows() -> None:
    game = made("controlgan", balance=0.5, gain=0.1, weight=2.0)
    assert isinstance(game, ControlGAN)
    twin = copy.deepcopy(game)
    for parameter in twin.generator.parameters():
        parameter.data.mul_(3)
    losses: list[dict[str, float]] = []
    for each in (game, twin):
        run = Run(each, named.load("digits"), steps=1, batch=8, seed=0, save_every=10**9)
        run.log = lambda **scalars: losses.append(scalars)  # type: ignore[method-assign]
        run.train()
    for a, b in zip(game.classifier.parameters(), twin.classifier.parameters(), strict=True):
        assert torch.equal(a, b)  # other fakes, the same classifier
    assert not torch.equal(next(game.critic.parameters()), next(twin.critic.parameters()))
    # at first all classes are about as likely: both losses are near log 10
    step = 0.1 * (1 - 0.5) * torch.tensor(10.0).log()
    assert game.weight.item() == pytest.approx(2 + step.item(), abs=0.05)


def test_the_weight_of_the_class_never_falls_below_zero() -> None:
    game = trained(made("controlgan", balance=50.0, gain=1.0, weight=0.5))
    assert game.weight.item() == 0


def test_makegirls_weighs_class_and_slope_against_the_adversary() -> None:
    game = made("makegirls", FACES, blocks=(1, 1))
    assert game.terms[0].weight == pytest.approx(1 / 3)
    assert made("makegirls", blocks=(1, 1)).terms[0].weight == 1
    heavy, light = (made("makegirls", FACES, blocks=(1, 1), adversarial=a) for a in (2.0, 4.0))
    light.load_state_dict(heavy.state_dict())
    p = heavy.look(torch.randn(4, 3, 16, 16), torch.zeros(4, 3, 16, 16), heavy.prior(4), torch.zeros(4, 3), both=True)
    found = []
    for game in (heavy, light):
        with noise.seeded(torch.device("cpu"), "slope"):
            found.append(game.penalties[0](p))
    torch.testing.assert_close(found[0], 2 * found[1])
    assert not [m for player in game.critic.players for m in player.modules() if isinstance(m, nn.BatchNorm2d)]


@pytest.mark.parametrize(
    ("recipe", "data", "options", "sentence"),
    [
        ("rcgan", DIGITS, {"wrong": 0.9}, "wrong and flip must be at least 0 and below 0.9"),
        ("rcgan", DIGITS, {"flip": -0.1}, "wrong and flip"),
        ("rcgan", Points(2), {}, "needs data with labels"),
        ("controlgan", DIGITS, {"gain": -1.0}, "at least 0"),
        ("controlgan", Points(2), {}, "needs data with labels"),
        ("acgan", Points(2), {}, "needs data with labels"),
        ("makegirls", FACES, {"adversarial": 0.0}, "above 0"),
        ("makegirls", FACES, {"blocks": (-1, 2)}, "at least 0"),
    ],
)
def test_what_has_no_meaning_is_refused(recipe: str, data: object, options: dict, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        made(recipe, data, **options)
