"""Games that learn classes from few labels: their losses, worked out by hand, and who gets which gradient."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from rivals import registry
from rivals.data import named
from rivals.data.sources import FEW
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.objectives import Pass
from rivals.optim import sgd
from rivals.recipes.conditional.multitask_gan import Reconstruction
from rivals.run import Hooks, Run
from rivals.semi import Naming
from rivals.terms import Rotation

DIGITS = Images(1, 8, 8, classes=10)
TINY = {"width": 8, "labels": 10}


def player(net: nn.Module) -> Player:
    return Player(net, sgd(0.1))


def logged(game, steps=1) -> dict[str, float]:
    """The losses of the last step."""
    records: list = []
    hooks = Hooks(log=[records.append])
    Run(game, named.load("digits"), steps=steps, batch=8, seed=3, log_every=1, hooks=hooks).train()
    return records[steps - 1]


def seen(x: torch.Tensor) -> Pass:
    return Pass(lambda x, labels=None: x, x, x + 1, None, torch.zeros(len(x)), torch.zeros(len(x), 1), None, 0)


# ---- the parts that are shared ---------------------------------------------------------------------------------------


def test_turns_are_told_from_each_other_by_a_head_that_knows_where_the_corner_is():
    x = torch.zeros(8, 1, 3, 3)
    x[:, :, 0, 0] = 1.0  # a turn by 90° to the left moves this corner down, right, up
    corners = nn.Linear(9, 4, bias=False)
    with torch.no_grad():
        corners.weight.zero_()
        for turn, place in enumerate((0, 6, 8, 2)):
            corners.weight[turn, place] = 1.0
    term = Rotation(player(nn.Flatten()), player(corners), real=2.0, fake=0.0)
    chance = -torch.tensor([1.0, 0.0, 0.0, 0.0]).log_softmax(0)[0]
    torch.testing.assert_close(term.critic(seen(x)), 2 * chance.expand(8))
    assert term.generator(seen(x)) is None


def test_each_turn_is_asked_of_a_quarter_of_the_batch():
    asked = nn.Linear(4, 4)
    with torch.no_grad():
        asked.weight.zero_()
        asked.bias.copy_(torch.tensor([3.0, 2.0, 1.0, 0.0]))
    term = Rotation(player(nn.Flatten()), player(asked))
    by_hand = -asked.bias.log_softmax(0)
    torch.testing.assert_close(
        term.critic(seen(torch.randn(10, 1, 2, 2))), by_hand.repeat_interleave(torch.tensor([3, 3, 2, 2]))
    )


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_a_naming_head_gives_the_trunk_its_share_of_the_gradient(weight):
    torch.manual_seed(0)
    trunk, head = player(nn.Linear(3, 4)), player(nn.Linear(4, 2))
    x, label = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])
    part, whole = (
        torch.autograd.grad(F.cross_entropy(Naming(trunk, head, w).logits(x), label), [*trunk.weights, *head.weights])
        for w in (weight, 1.0)
    )
    for ours, full in zip(part[:2], whole[:2], strict=True):
        torch.testing.assert_close(ours, weight * full)
    for ours, full in zip(part[2:], whole[2:], strict=True):
        torch.testing.assert_close(ours, full)


# ---- ssgan -----------------------------------------------------------------------------------------------------------


def test_the_last_of_the_critics_classes_is_fake():
    game = registry.create("ssgan", DIGITS, latent=4, **TINY).eval()
    x = torch.randn(6, 1, 8, 8)
    p = game.critic(x).softmax(1)
    assert p.shape == (6, 11)
    torch.testing.assert_close(torch.sigmoid(game.judge(x)), 1 - p[:, -1])
    torch.testing.assert_close(game.classify(x).exp(), (p[:, :-1] / p[:, :-1].sum(1, keepdim=True)).detach())


def test_labelled_samples_must_not_be_fake_either():
    game = registry.create("ssgan", DIGITS, latent=4, norm="none", **TINY)
    run = Run(game, named.load("digits"), steps=1, batch=8, seed=3)
    real, fake = torch.randn(8, 1, 8, 8), torch.randn(8, 1, 8, 8)
    loss = game.critic_loss(run, game.look(real, fake, torch.randn(8, 4), None, both=True))
    x, label = run.source.draw(FEW, seed=3, start=0, size=8)
    logits = game.critic(x.float() / 127.5 - 1)
    inside = F.cross_entropy(logits[:, :-1], label, reduction="none")
    kept = F.softplus(-(logits[:, :-1].logsumexp(1) - logits[:, -1]))
    torch.testing.assert_close(loss["labelled"], inside + kept, rtol=1e-4, atol=1e-4)


# ---- triple-gan ------------------------------------------------------------------------------------------------------


def test_alone_the_classifier_learns_from_labels_only():
    game = registry.create("triple-gan", DIGITS, latent=4, unlabelled=0.0, after=0, **TINY)
    losses = {k: v for k, v in logged(game).items() if k.startswith("loss/classifier/")}
    assert losses.pop("loss/classifier/labelled") > 0
    assert set(losses.values()) == {0.0}
    assert len(losses) == 4


def test_generated_pairs_count_from_a_move_on():
    game = registry.create("triple-gan", DIGITS, latent=4, after=2, **TINY)
    assert "loss/classifier/pseudo" not in logged(game, 2)
    again = registry.create("triple-gan", DIGITS, latent=4, after=2, **TINY)
    assert logged(again, 3)["loss/classifier/pseudo"] > 0


def test_even_answers_are_balanced():
    """With uniform answers -Σ_k (1/K) log E p_k is log K, its least."""
    game = registry.create("triple-gan", DIGITS, latent=4, balance=1.0, confidence=1.0, dropout=0.0, **TINY)
    with torch.no_grad():
        game.classifier.net[-1].weight.zero_()
        game.classifier.net[-1].bias.zero_()
    losses = logged(game)
    for name in ("balance", "confidence", "labelled"):
        assert losses[f"loss/classifier/{name}"] == pytest.approx(torch.tensor(10.0).log().item(), rel=1e-5)


# ---- s3gan -----------------------------------------------------------------------------------------------------------


def test_the_critic_is_told_inferred_labels_unless_all_are_known():
    data = named.load("digits")
    told = []
    for known in (False, True):
        game = registry.create("s3gan", DIGITS, latent=4, known=known, **TINY)
        run = Run(game, data, steps=1, batch=8, seed=3)
        x, labels = game.reals(run)
        with torch.no_grad():
            guess = game.log_probabilities(x).argmax(1)
        told.append((labels, guess))
    true = data.draw(["label"], seed=3, start=0, size=8)[0]
    assert torch.equal(told[0][0], told[0][1])
    assert torch.equal(told[1][0], true)


def test_terms_from_outside_leave_the_head_in_its_place():
    game = registry.create("s3gan", DIGITS, latent=4, terms="[]", **TINY)
    assert [type(term) for term in game.terms] == [Naming]
    before = game.terms[0].head.net[0].weight.clone()
    logged(game)
    assert not torch.equal(game.terms[0].head.net[0].weight, before)


# ---- kdgan -----------------------------------------------------------------------------------------------------------


def test_draws_are_concrete_and_frequent_as_their_probabilities():
    game = registry.create("kdgan", DIGITS, temperature=0.1, **TINY)
    torch.manual_seed(0)
    logits = torch.tensor([0.6, 0.3, 0.1]).log().expand(4000, 3)
    drawn = game.drawn(logits)
    torch.testing.assert_close(drawn.sum(1), torch.ones(4000))
    shares = F.one_hot(drawn.argmax(1), 3).float().mean(0)
    torch.testing.assert_close(shares, torch.tensor([0.6, 0.3, 0.1]), rtol=0, atol=0.03)


def test_distillation_alone_moves_the_student_to_the_teacher_and_not_back():
    game = registry.create("kdgan", DIGITS, adversarial=0.0, gamma=0.0, dropout=0.0, **TINY)
    losses = logged(game)
    assert losses["loss/teacher/distilled"] == losses["loss/teacher/adversarial"] == 0
    assert losses["loss/student/adversarial"] == 0
    assert losses["loss/student/distilled"] > 0


def test_pictures_of_a_label_are_those_that_the_student_names_so():
    game = registry.create("kdgan", DIGITS, **TINY)
    game.kept[:256] = 1.0
    game.kept[256:] = -1.0
    with torch.no_grad():  # bright pictures are of class 1, dark ones of class 0
        for weight in game.student.weights:
            weight.zero_()
        game.student.net[1].weight[0] = 1.0
        game.student.net[-2].weight[1, 0] = 1.0
    assert (game.sample(100, label=0) == -1).all()
    assert (game.sample(300, label=1) == 1).float().mean() == pytest.approx(1 / 1.1, abs=0.05)  # dark ones: p(1) = .1


# ---- multitask-gan ---------------------------------------------------------------------------------------------------


def test_the_decoders_loss_is_the_mean_square():
    decoder = nn.Sequential(nn.Linear(4, 4), nn.Unflatten(1, (1, 2, 2)))
    x = torch.randn(3, 1, 2, 2)
    loss = Reconstruction(player(nn.Flatten()), player(decoder), 3.0).critic(seen(x))
    torch.testing.assert_close(loss, 3 * (decoder(x.flatten(1)) - x).flatten(1).square().mean(1))


@pytest.mark.parametrize("task", ["source", "classes", "rotation", "reconstruction"])
def test_a_trunk_of_one_task_gets_its_gradient_alone(task):
    off = dict.fromkeys(("source", "classes", "rotation", "reconstruction"), 0.0)
    game = registry.create("multitask-gan", DIGITS, latent=4, **TINY, **{**off, task: 1.0})
    run = Run(game, named.load("digits"), steps=1, batch=8, seed=3)
    real, fake = torch.randn(8, 1, 8, 8), torch.randn(8, 1, 8, 8)
    loss = game.critic_loss(run, game.look(real, fake, torch.randn(8, 4), None, both=True))
    trunk = game.critic.players[0].weights
    names = {"labelled": "classes", "objective": "source"}
    moved = {}
    for name, value in loss.items():
        gradients = torch.autograd.grad(value.mean(), trunk, retain_graph=True, allow_unused=True)
        moved[names.get(name, name)] = any(g is not None and bool(g.abs().sum() > 0) for g in gradients)
    assert moved == {**dict.fromkeys(off, False), task: True}


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipe", "options", "message"),
    [
        ("ssgan", {"labels": 0}, "at least one of each class"),
        ("triple-gan", {"labels": -1}, "at least 0"),
        ("kdgan", {"labels": 0}, "at least one of each class"),
        ("kdgan", {"temperature": 0.0}, "above 0"),
        ("multitask-gan", {"rotation": -1.0}, "at least 0"),
        ("s3gan", {"labels": 0}, "at least one of each class"),
        ("multitask-gan", {"labels": 0}, "at least one of each class"),
        ("triple-gan", {"labels": 0}, "at least one of each class"),
    ],
)
def test_options_that_make_no_sense_are_refused(recipe, options, message):
    with pytest.raises(UsageError, match=message):
        registry.create(recipe, DIGITS, **{**TINY, **options})


@pytest.mark.parametrize("recipe", ["s3gan", "multitask-gan"])
def test_turns_are_for_square_pictures(recipe):
    with pytest.raises(UsageError, match="square"):
        registry.create(recipe, Images(1, 8, 12, classes=10), **TINY)
