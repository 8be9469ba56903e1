"""Both sides of the game move at once, down the value and its inverse."""

import math

import torch

from rivals.data import named
from rivals.game import Player
from rivals.networks import mlp
from rivals.networks.trunk import Joint
from rivals.optim import adam
from rivals.priors import Uniform
from rivals.recipes.inference.bigan import BiGAN
from rivals.run import Hooks, Run


def played(critic_rate: float, rate: float, records: list | None = None, zero: bool = False) -> BiGAN:
    torch.manual_seed(0)
    source = named.load("ring")
    game = BiGAN(
        Player(mlp.generator(3, (2,), [8]), adam(rate)),
        Player(mlp.mlp([2, 8, 3]), adam(rate)),
        Player(Joint(source.spec, 3, 4), adam(critic_rate)),
        Uniform(3),
    )
    if zero:
        for weight in game.critic.net.head.parameters():
            torch.nn.init.zeros_(weight)
    Run(
        game, source, steps=1, batch=16, log_every=1, hooks=Hooks(log=[] if records is None else [records.append])
    ).train()
    return game


def same(a: Player, b: Player) -> bool:
    return all(torch.equal(v, w) for v, w in zip(a.weights, b.weights, strict=True))


def test_nobody_sees_the_others_move() -> None:
    both, critic_stays, others_stay = played(0.1, 0.1), played(0.0, 0.1), played(0.1, 0.0)
    assert same(both.generator, critic_stays.generator)
    assert same(both.encoder, critic_stays.encoder)
    assert same(both.critic, others_stay.critic)
    assert not same(both.critic, critic_stays.critic)


def test_a_critic_that_knows_nothing_gives_both_sides_two_log_two() -> None:
    records: list[dict] = []
    played(0.1, 0.1, records, zero=True)
    losses = {k: v for k, v in records[0].items() if k.startswith("loss/")}
    assert set(losses) == {"loss/critic", "loss/generator+encoder"}
    for value in losses.values():
        assert math.isclose(value, 2 * math.log(2), rel_tol=1e-6)
