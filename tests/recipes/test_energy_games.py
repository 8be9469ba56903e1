"""Pre-training of EBGAN, the balance of BEGAN."""

import pytest
import torch

from rivals import registry
from rivals.data.named import load
from rivals.errors import UsageError
from rivals.run import Hooks, Run


def played(game, steps, **facts):
    records = []
    run = Run(game, load("digits"), steps=steps, batch=16, log_every=1, hooks=Hooks(log=[records.append]), **facts)
    run.train()
    return records


def ebgan(pretrain):
    return registry.create("ebgan", load("digits").spec, width=4, latent=4, code=4, pretrain=pretrain)


def test_in_pre_training_the_critic_alone_learns_and_the_game_follows():
    game = ebgan(5)
    before = [w.clone() for w in game.generator.weights]
    records = played(game, 5)
    assert [r["stage"] for r in records] == ["pretrain"] * 5
    assert records[-1]["updates"] == {"generator": 0, "critic": 5}
    assert all(torch.equal(a, b) for a, b in zip(before, game.generator.weights, strict=True))
    updates = played(ebgan(5), 8)[-1]["updates"]
    assert updates == {"generator": 3, "critic": 8}
    assert ebgan(0).stages(7) == {"train": 7}
    with pytest.raises(UsageError, match="at least 0 steps, not -1"):
        ebgan(-1)


def began(**options):
    return registry.create("began", load("digits").spec, width=4, latent=4, **options)


def test_k_follows_the_balance_and_m_is_its_distance():
    records = played(began(gamma=0.5, gain=0.25), 6)
    k = 0.0
    for record in records:
        real, fooled = record["loss/critic/real"], record["loss/generator"]
        balance = 0.5 * real - fooled
        k = min(max(k + 0.25 * balance, 0.0), 1.0)
        assert record["k"] == pytest.approx(k, abs=1e-6)
        assert record["convergence"] == pytest.approx(real + abs(balance), abs=1e-6)


def test_k_stays_in_its_interval_whatever_the_gain():
    for gain in (1e3, -1e3):
        assert all(0 <= r["k"] <= 1 for r in played(began(gain=gain), 3))


def test_with_k_at_zero_fakes_do_not_move_the_critic():
    records = played(began(gain=0.0), 2)
    assert [r["loss/critic/fake"] for r in records] == [0.0, 0.0]


def test_microbatches_see_one_k():
    whole, split = began(gain=0.5), began(gain=0.5)
    a, b = played(whole, 3), played(split, 3, accumulate=2)
    assert [r["k"] for r in a] == pytest.approx([r["k"] for r in b], abs=1e-5)
    assert a[-1]["k"] > 0 or a[-1]["convergence"] > 0


@pytest.mark.parametrize("gamma", [0.0, 1.5])
def test_a_ratio_outside_its_interval_is_refused(gamma):
    with pytest.raises(UsageError, match="gamma must be above 0 and at most 1"):
        began(gamma=gamma)
