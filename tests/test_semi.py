"""The critic of K classes: its logit, its losses, its labels and its error, against what is worked out by hand."""

import copy
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from rivals import evaluate, registry
from rivals.data import named
from rivals.data.sources import FEW, Arrays, decoded
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import mlp
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Hooks, Run
from rivals.semi import SemiSupervised, real_logit


def source(n=60):
    torch.manual_seed(1)
    return Arrays(Points(2, 3), {"point": torch.randn(n, 2), "label": torch.arange(n) % 3}, name="x")


def make(**options) -> SemiSupervised:
    torch.manual_seed(0)
    return SemiSupervised(
        generator=Player(mlp.generator(2, (2,), [4]), adam(1e-2)),
        critic=Player(mlp.critic((2,), [4], 3), adam(1e-2)),
        prior=Gaussian(2),
        objective=non_saturating(),
        **{"classes": 3, "labels": 6, **options},
    )


def test_real_is_the_sum_of_the_classes_against_a_logit_of_zero():
    logits = torch.tensor([[0.5, -1.0, 2.0], [-3.0, 0.0, 0.0]], dtype=torch.double)
    with_fake = torch.cat([torch.zeros(2, 1), logits], 1).softmax(1)  # K + 1 classes, the first is "fake"
    torch.testing.assert_close(torch.sigmoid(real_logit(logits)), 1 - with_fake[:, 0])


@pytest.mark.parametrize("unlabelled", [1.0, 0.5, 0.0])
def test_the_critics_loss_is_the_objective_and_the_cross_entropy_of_labelled_samples(unlabelled):
    game, data = make(unlabelled=unlabelled, supervised=2.0, subset=4), source()
    run = Run(game, data, steps=1, batch=6, seed=3)
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    loss = game.critic_loss(run, game.look(real, fake, torch.randn(6, 2), None, both=True))
    x, label = run.source.draw(FEW, seed=3, start=0, size=6)
    logits = game.critic(x)
    by_hand = [2 * (math.log(row.exp().sum()) - row[k]) for row, k in zip(logits.detach(), label, strict=True)]
    torch.testing.assert_close(loss["labelled"].detach(), torch.stack(by_hand))
    high, low = real_logit(game.critic(real)), real_logit(game.critic(fake))
    torch.testing.assert_close(loss["objective"], -unlabelled * (torch.sigmoid(high).log() + torch.sigmoid(-low).log()))
    assert list(loss) == ["labelled", "objective"]


def test_a_run_that_is_resumed_sees_the_same_labelled_samples():
    states: list = []
    whole = make()
    hooks = Hooks(save=lambda state: states.append(copy.deepcopy(state)))
    Run(whole, source(), steps=7, batch=8, seed=2, save_every=3, hooks=hooks).train()
    assert states[0]["positions"] == {"main": 3 * 8, "labelled": 3 * 8}
    again = make()
    Run(again, source(), steps=7, batch=8, seed=2, resume=states[0]).train()
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


def test_microbatches_play_the_game_of_the_batch():
    whole, parts = make(), make()
    for game, accumulate in ((whole, 1), (parts, 2)):
        Run(game, source(), steps=3, batch=8, seed=2, accumulate=accumulate).train()
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_the_labels_follow_the_seed_unless_a_subset_is_named():
    data = source()

    def few(seed, **options):
        game = registry.create("improved-gan", data.spec, seed=seed, labels=20, hidden=(8, 8), **options)
        return game.feed(data).first("labelled", 20)

    assert torch.equal(few(1), few(1))
    assert not torch.equal(few(1), few(2))
    assert torch.equal(few(1, subset=7), few(2, subset=7))


def test_error_is_the_share_of_held_out_samples_that_are_named_wrongly():
    game, data = make(), source()
    data.test = source(30)

    class Right(nn.Module):
        """Names every sample but the first rightly."""

        def forward(self, x):
            place = torch.cdist(x, data.test.first("point", 30)).argmin(1)
            return nn.functional.one_hot(torch.where(place == 0, 2, place % 3), 3).float()

    game.critic.net = Right()
    assert evaluate(game, data, metrics="error").values == {"error": pytest.approx(1 / 30)}


def test_data_without_classes_and_numbers_that_cannot_be_are_refused():
    for spec in (Points(2), Images(1, 8, 8)):
        with pytest.raises(UsageError, match="needs data with at least 2 classes"):
            registry.create("improved-gan", spec, labels=10)
    with pytest.raises(UsageError, match="number of labels must be at least 0"):
        make(labels=-1)
    with pytest.raises(UsageError, match="learns from labels"):
        make(labels=0)
    with pytest.raises(UsageError, match="fewer than the 3 classes"):
        Run(make(labels=2), source(), steps=1, batch=4)


def test_a_saved_game_classifies_as_before(tmp_path: Path):
    from rivals.store.model import load

    data = named.load("digits")
    game = registry.create("improved-gan", data.spec, hidden=(8, 8), latent=4)
    Run(game, data, steps=2, batch=8).train()
    game.save_pretrained(tmp_path / "model")
    loaded = load(tmp_path / "model")
    x = decoded(data.first("image", 9))
    assert torch.equal(loaded.classify(x), game.classify(x))
