"""Terms against values worked out by hand."""

import copy
import math

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data.specs import Points
from rivals.game import Player
from rivals.objectives import Pass
from rivals.optim import sgd
from rivals.priors import Codes
from rivals.terms import Information, MatchingAware, ModeSeeking


def seen(critic=None, real=None, fake=None, latent=None, labels=None) -> Pass:
    x = torch.zeros(2, 1) if fake is None else fake
    return Pass(critic, x if real is None else real, x, None, x.sum(1), latent, labels, 0)


def gaussian(code: float, mean: float, log_std: float) -> float:
    return 0.5 * ((code - mean) / math.exp(log_std)) ** 2 + log_std + 0.5 * math.log(2 * math.pi)


@pytest.mark.parametrize("learned", [False, True])
def test_information_is_cross_entropy_and_gaussian_likelihood(learned: bool) -> None:
    # trunk doubles, head halves: what Q says is the "sample" itself
    double, half = nn.Linear(6 if learned else 4, 6 if learned else 4, bias=False), None
    half = copy.deepcopy(double)
    with torch.no_grad():
        double.weight.copy_(2 * torch.eye(len(double.weight)))
        half.weight.copy_(torch.eye(len(half.weight)) / 2)
    term = Information(
        Player(double, sgd(1.0)),
        Player(half, sgd(1.0)),
        Codes(1, 2, 2),
        weight=2.0,
        continuous_weight=0.5,
        learned_std=learned,
    )
    latent = torch.tensor([[9.0, 1, 0, 0.5, -0.25], [9.0, 0, 1, 1.0, 0.0]])
    said = torch.tensor([[1.0, 0.0, 0.25, -0.5, -1.0, 0.5], [2.0, 3.0, -1.0, 0.5, 5.0, 0.0]])[:, : 6 if learned else 4]
    s = [[-1.0, 0.5], [3.0, 0.0]] if learned else [[0.0, 0.0], [0.0, 0.0]]  # 5 is clamped to 3
    by_hand = [
        2 * -math.log(math.e / (math.e + 1)) + 0.5 * (gaussian(0.5, 0.25, s[0][0]) + gaussian(-0.25, -0.5, s[0][1])),
        2 * -math.log(math.e / (math.e + 1)) + 0.5 * (gaussian(1.0, -1.0, s[1][0]) + gaussian(0.0, 0.5, s[1][1])),
    ]
    p = seen(fake=said, latent=latent)
    torch.testing.assert_close(term.critic(p), torch.tensor(by_hand))
    torch.testing.assert_close(term.generator(p), torch.tensor(by_hand))


def test_information_follows_a_deep_copy_and_is_stored_once() -> None:
    game = registry.create("infogan", Points(2), width=4, latent=4, hidden=4)
    twin = copy.deepcopy(game)
    assert twin.terms[0]._trunk[0] is twin.critic.links[0] is not game.critic.links[0]
    assert twin.terms[0].critic_players[0] is twin.terms[0].head is not game.terms[0].head
    weights = {k: v for k, v in game.state_dict().items() if not k.endswith("_extra_state")}
    assert len({v.data_ptr() for v in weights.values() if v.dim()}) == len([v for v in weights.values() if v.dim()])
    other = registry.create("infogan", Points(2), seed=1, width=4, latent=4, hidden=4)
    other.load_state_dict(game.state_dict())
    x = torch.randn(5, 2)
    for copied in (twin, other):
        with copied.presenting(), game.presenting():
            assert all(torch.equal(a, b) for a, b in zip(copied.terms[0].read(x), game.terms[0].read(x), strict=True))


def test_matching_aware_leaves_out_labels_that_are_right_by_chance() -> None:
    asked = {}

    def critic(x, labels):
        asked["x"], asked["labels"] = x, labels
        return x[:, 0]

    x, labels = torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([4, 4, 5, 6])
    loss = MatchingAware(0.5).critic(seen(critic, real=x, fake=-x, labels=labels))
    assert asked["labels"].tolist() == [6, 4, 4, 5]
    assert torch.equal(asked["x"], x)
    by_hand = [0.5 * math.log1p(math.exp(0)), 0.0, 0.5 * math.log1p(math.exp(2)), 0.5 * math.log1p(math.exp(3))]
    torch.testing.assert_close(loss, torch.tensor(by_hand))
    assert MatchingAware().critic(seen(critic, real=x, fake=x)) is None
    assert MatchingAware().generator(seen(critic, real=x, fake=x, labels=labels)) is None


def test_mode_seeking_is_the_ratio_of_distances_turned_over() -> None:
    fake, latent = torch.tensor([[0.0, 2.0], [4.0, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    # pictures are 2 apart a number, latents ½
    torch.testing.assert_close(
        ModeSeeking(3.0).generator(seen(fake=fake, latent=latent)), torch.full((2,), 3 / (4 + 1e-5))
    )
    collapsed = ModeSeeking(3.0).generator(seen(fake=torch.ones(2, 2), latent=latent))
    torch.testing.assert_close(collapsed, torch.full((2,), 3 / 1e-5))


def test_mode_seeking_compares_samples_of_one_label() -> None:
    fake, latent = torch.tensor([[0.0], [9.0], [2.0], [9.5]]), torch.tensor([[1.0], [0.0], [2.0], [4.0]])
    loss = ModeSeeking().generator(seen(fake=fake, latent=latent, labels=torch.tensor([0, 1, 0, 1])))
    assert sorted(loss.tolist()) == pytest.approx([0.0, 0.0, 1 / (2 / 1 + 1e-5), 1 / (0.5 / 4 + 1e-5)])
    alone = ModeSeeking().generator(seen(fake=fake, latent=latent, labels=torch.arange(4)))
    assert alone.tolist() == [0.0] * 4
