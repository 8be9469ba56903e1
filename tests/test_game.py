import copy

import pytest
import torch
from torch import nn

from games import Two, Weight, ones
from rivals import registry
from rivals.data import named
from rivals.errors import UsageError
from rivals.game import Player
from rivals.nn.norms import spectral
from rivals.optim import adam, sgd
from rivals.run import Hooks, Run


def test_the_average_follows_with_its_half_life_in_reals():
    """After 4 reals a step with half-life 8 cut to a twentieth of the reals seen: w̄ ← w + (w̄ - w) 2^(-4/h)."""
    game = Two(lambda g, r: r.descend((g.a, g.a(r.real()))), average=8.0)
    expected, weight = 1.0, 1.0
    for step in range(1, 61):
        weight -= 0.1
        half_life = min(8.0, 0.05 * 4 * step)
        expected = weight + (expected - weight) * 0.5 ** (4 / half_life)
    Run(game, ones(), steps=60, batch=4).train()
    assert game.a.average.w.item() == pytest.approx(expected, rel=1e-5)


def test_no_average_is_kept_unless_asked():
    assert Player(Weight(1.0), sgd(0.1)).average is None


def test_the_average_is_used_for_sampling_and_only_there():
    game = Two(lambda g, r: r.descend((g.a, g.a(r.real()))), average=1e9)
    game.generate = lambda n, labels=None: game.a(torch.ones(n, 1))
    Run(game, ones(), steps=3, batch=4).train()
    assert game.sample(2).tolist() == pytest.approx([game.a.average.w.item()] * 2)
    assert game.a(torch.ones(1, 1)).item() == pytest.approx(0.7)


def test_a_player_under_spectral_norm_can_be_copied_and_averaged():
    net = spectral(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), nn.Flatten(0)))
    net(torch.ones(2, 4))
    game = Two()
    game.a = Player(net, adam(0.1), average=10.0)
    game.play = lambda g, r: r.descend((g.a, g.a(r.real())))
    Run(game, ones(4), steps=3, batch=4).train()
    twin = copy.deepcopy(game.a)
    assert torch.equal(twin.average.eval()(torch.ones(2, 4)), game.a.average.eval()(torch.ones(2, 4)))
    assert not torch.equal(twin.average[0].weight, twin.net[0].weight)


def test_averages_and_moments_are_in_the_state():
    source = named.load("ring")
    states = []

    def game():
        return registry.create("r3gan", source.spec, width=8, latent=4, average=50.0)

    first = game()
    Run(
        first, source, steps=4, batch=8, save_every=2, hooks=Hooks(save=lambda s: states.append(copy.deepcopy(s)))
    ).train()
    second = game()
    Run(second, source, steps=4, batch=8, resume=states[0]).train()
    ours, theirs = first.state_dict(), second.state_dict()
    assert any(".average." in key for key in ours)
    for key in ours:
        if isinstance(ours[key], torch.Tensor):
            assert torch.equal(ours[key], theirs[key]), key


@pytest.mark.parametrize("device_masks", [False, True])
def test_an_update_that_is_not_finite_leaves_weights_and_moments(device_masks):
    """On an accelerator fused Adam masks it on the device; the same argument works on a CPU."""
    player = Player(nn.Linear(2, 1), adam(0.1))
    player.net(torch.ones(1, 2)).sum().backward()
    player.optimizer.step()
    before = copy.deepcopy((player.net.state_dict(), player.optimizer.state_dict()["state"]))
    for weight in player.weights:
        weight.grad = torch.full_like(weight, torch.nan)
    if device_masks:
        player.optimizer.found_inf = torch.ones(())
        player.optimizer.step()
    else:
        player.move(torch.tensor(torch.nan), torch.tensor(False), 8)
        assert player.updates == 1
    after = (player.net.state_dict(), player.optimizer.state_dict()["state"])
    assert all(torch.equal(before[0][k], after[0][k]) for k in after[0])
    assert all(torch.equal(before[1][i][k], after[1][i][k]) for i in after[1] for k in after[1][i])


@pytest.mark.parametrize(
    ("n", "label", "sentence"),
    [(0, None, "at least 1"), (4, 3, "label 3 does not exist: this model has no labels"), (4, -1, "label -1")],
)
def test_impossible_samples_are_refused(n, label, sentence):
    game = registry.create("gan", named.load("ring").spec, hidden=(8, 8))
    with pytest.raises(UsageError, match=sentence):
        game.sample(n, label=label)


def test_labels_reach_a_conditional_generator():
    game = registry.create("cgan", named.load("digits").spec, width=8, latent=8)
    walk, sevens = game.sample(10, seed=1), game.sample(10, seed=1, label=7)
    assert torch.equal(walk[7], sevens[7])
    assert not torch.equal(walk[0], sevens[0])
    with pytest.raises(UsageError, match="label 10 does not exist: this model has labels 0 to 9"):
        game.sample(1, label=10)


def test_presenting_puts_modes_back():
    game = registry.create("dcgan", named.load("digits").spec, width=8, latent=8)
    game.critic.eval()
    modes = [m.training for m in game.modules()]
    game.sample(3)
    assert [m.training for m in game.modules()] == modes


def test_a_game_made_by_hand_cannot_be_saved_without_its_recipe(tmp_path):
    with pytest.raises(UsageError, match=r"built by rivals\.create"):
        Two().save_pretrained(tmp_path / "model")


def test_a_game_that_makes_no_samples_says_so():
    with pytest.raises(UsageError, match="Two makes no samples"):
        Two().sample(1)
