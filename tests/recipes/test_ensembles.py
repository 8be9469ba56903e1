"""Games of many critics or many generators: closed forms, and who moves whom."""

import math

import pytest
import torch

from rivals import registry
from rivals.data import named
from rivals.diagnosis.probe import unbounded
from rivals.errors import UsageError
from rivals.game import Game
from rivals.objectives import Pass, dual, many_critics, non_saturating
from rivals.run import Run

TINY = {"width": 4, "latent": 3}


def make(id: str, **options: object) -> Game:
    return registry.create(id, named.load("ring").spec, seed=3, **{**TINY, **options})


def weights(module: torch.nn.Module) -> list[torch.Tensor]:
    return [w.detach().clone() for w in module.parameters()]


def same(a: list[torch.Tensor], b: list[torch.Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


# ---- means over critics ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("saturating", [False, True])
def test_the_means_of_pythagoras(saturating: bool) -> None:
    fake = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)).double()
    losses = [
        torch.log(1 - torch.sigmoid(fake[:, i])).mean() if saturating else -torch.log(torch.sigmoid(fake[:, i])).mean()
        for i in range(3)
    ]
    sizes, sign = [abs(x.item()) for x in losses], -1 if saturating else 1
    by_hand = {
        "arithmetic": sum(sizes) / 3,
        "geometric": math.prod(sizes) ** (1 / 3),
        "harmonic": 3 / sum(1 / s for s in sizes),
    }
    for mean, wanted in by_hand.items():
        found = many_critics(mean, 0.0, saturating).generator(fake)
        assert found.item() == pytest.approx(sign * wanted, rel=1e-9)
        harshest = many_critics(mean, 1e5, saturating).generator(fake)
        assert harshest.item() == pytest.approx(max(x.item() for x in losses), rel=1e-6)
    w = [math.exp(2 * x.item()) for x in losses]
    soft = sum(a * b.item() for a, b in zip(w, losses, strict=True)) / sum(w)
    assert many_critics("arithmetic", 2.0, saturating).generator(fake).item() == pytest.approx(soft, rel=1e-9)


def test_one_critic_is_the_plain_game() -> None:
    real, fake = torch.randn(6, 1), torch.randn(6, 1)
    for mean in ("arithmetic", "geometric", "harmonic"):
        many = many_critics(mean, 3.0)
        torch.testing.assert_close(many.generator(fake), non_saturating().generator(fake).mean())
        torch.testing.assert_close(many.critic(real, fake), non_saturating().critic(real, fake))


def test_the_best_dual_critics_measure_both_divergences() -> None:
    """On two points with p = (.7, .3), q = (.4, .6): D₁ = α p / q, D₂ = β q / p."""
    p, q = torch.tensor([[0.7, 0.3], [0.4, 0.6]], dtype=torch.float64)
    alpha, beta = 0.3, 0.8
    logits = torch.expm1(torch.stack([alpha * p / q, beta * q / p], 1)).log()
    logits = (logits * torch.tensor([1.0, -1.0])).requires_grad_()
    objective = dual(alpha, beta)
    fakes = objective.generator(logits)  # what the critics climb on fakes; the rest of their loss is on reals
    value = (q * fakes).sum() - (p * (objective.critic(logits, logits) + fakes)).sum()
    (gradient,) = torch.autograd.grad(value, logits)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-12, rtol=0)
    kl = (p * (p / q).log()).sum(), (q * (q / p).log()).sum()
    wanted = alpha * kl[0] + beta * kl[1] + alpha * (math.log(alpha) - 1) + beta * (math.log(beta) - 1)
    assert value.item() == pytest.approx(wanted.item(), rel=1e-9)


def test_dual_is_finite_where_softplus_underflows() -> None:
    far = torch.full((2, 2), -200.0, requires_grad=True)
    dual().critic(far, far).sum().backward()
    assert far.grad is not None
    assert bool(far.grad.isfinite().all())
    both = torch.stack([far, -far], 1).flatten(1)
    assert bool(dual().critic(both, both).isfinite().all())
    with pytest.raises(UsageError, match="above 0"):
        dual(alpha=0)


# ---- who moves whom --------------------------------------------------------------------------------------------------


def test_a_dropped_critic_gives_no_gradient_and_does_not_move() -> None:
    game = make("dropout-gan", critics=4, drop=0.6)
    run = Run(game, named.load("ring"), steps=6, batch=8, seed=1)
    seen: list[set[int]] = []
    before = [weights(critic) for critic in game.critic.links]

    def look(run: Run) -> None:
        there = set(game.critic.there)
        for i, critic in enumerate(game.critic.links):
            now = weights(critic)
            assert same(now, before[i]) == (i not in there)
            before[i] = now
        fake = game.generate(5)
        assert game.critic(fake).shape == (5, len(there))
        gradients = torch.autograd.grad(
            game.critic(fake).sum(), [w for c in game.critic.links for w in c.weights], allow_unused=True
        )
        each = len(game.critic.links[0].weights)
        for i in range(4):
            absent = all(g is None for g in gradients[i * each : (i + 1) * each])
            assert absent == (i not in there)
        seen.append(there)

    run.hooks.step.append(look)
    run.train()
    assert len({frozenset(s) for s in seen}) > 1
    assert all(seen)
    assert [c.updates for c in game.critic.links] == [sum(i in s for s in seen) for i in range(4)]


def test_nobody_is_dropped_at_0_and_one_is_left_at_1() -> None:
    for drop, left in ((0.0, 3), (1.0, 1)):
        game = make("dropout-gan", critics=3, drop=drop)
        counts: list[int] = []
        run = Run(game, named.load("ring"), steps=4, batch=8)
        run.hooks.step.append(lambda run, game=game, counts=counts: counts.append(len(game.critic.there)))
        run.train()
        assert counts == [left] * 4
    ends = []
    for id, options in (("dropout-gan", {"drop": 0.0}), ("gman", {"weight": 0.0})):
        game = make(id, critics=2, **options)
        Run(game, named.load("ring"), steps=3, batch=8).train()
        ends.append(weights(game))
    assert same(*ends)


def test_shards_drop_the_same_critics() -> None:
    ends = []
    for accumulate in (1, 4):
        game = make("dropout-gan", critics=3)
        Run(game, named.load("ring"), steps=4, batch=16, accumulate=accumulate).train()
        ends.append([c.updates for c in game.critic.links])
    assert ends[0] == ends[1]


def test_two_heads_cost_the_cross_entropy_of_k_plus_one_names() -> None:
    game = make("mad-gan", generators=3)
    (term,) = game.terms
    latent = game.prior(9)
    x, fake = torch.randn(9, 2), game.generator(latent)
    names = term.head(game.critic.links[0](fake))
    v, who = game.critic(fake), latent[:, -3:].argmax(1)
    # logits of k + 1 names with these two heads: u - logsumexp(u) for the generators, v for "real"
    log = torch.cat([names - names.logsumexp(1, keepdim=True), v[:, None]], 1).log_softmax(1)
    p = Pass(game.critic, x, fake, game.critic(x), v, latent, None, 0)
    real = torch.nn.functional.softplus(-game.critic(x))
    torch.testing.assert_close(
        game.objective.critic(p.real_logits, v) + term.critic(p), real - 3 * log[torch.arange(9), who]
    )
    torch.testing.assert_close(game.objective.generator(v), -log[:, 3])
    assert term.generator(p) is None


def test_the_probe_of_a_run_understands_every_objective() -> None:
    """It hands over one logit a sample, which is one critic."""
    for id in ("gman", "dropout-gan", "d2gan", "mad-gan", "mgan"):
        assert unbounded(make(id)) == 0


def test_the_classifier_shares_the_critics_trunk() -> None:
    game = make("mgan", generators=3)
    (term,) = game.terms
    latent = game.prior(9)
    fake = game.generator(latent)
    trunk, head = game.critic.links[0], term.head
    wanted = torch.nn.functional.cross_entropy(head(trunk(fake)), latent[:, -3:].argmax(1), reduction="none")
    p = Pass(game.critic, fake, fake, None, game.critic(fake), latent, None, 0)
    torch.testing.assert_close(term.generator(p), 0.125 * wanted)
    assert len(game.generator.net.own) == 3


def test_the_global_pair_never_changes_the_local_ones() -> None:
    ends, told = [], []
    for frozen in (False, True):
        game = make("local-pairs-gan", pairs=2)
        if frozen:
            for weight in [*game.generator.weights, *game.critic.weights]:
                weight.data.zero_()
        Run(game, named.load("ring"), steps=3, batch=8).train()
        ends.append(weights(game.pairs))
        told.append(weights(game.messengers))
    assert same(*ends)
    assert not same(*told)  # they have seen what the global generator makes
    with pytest.raises(UsageError, match="at least 1 local pair"):
        make("local-pairs-gan", pairs=0)


def test_only_the_writer_answers_for_a_message() -> None:
    game = make("mpm-gan", size=2)
    z = torch.randn(5, 3)
    first, second = game.fakes(z)
    reached = {
        name: torch.autograd.grad(second.sum(), player.weights, allow_unused=True, retain_graph=True)[0] is not None
        for name, player in game.players().items()
        if name != "critic"
    }
    assert reached == {
        "bodies.0": False, "bodies.1": True, "heads.0": False, "heads.1": True, "writers.0": True, "writers.1": False,
    }  # fmt: skip
    cut = make("mpm-gan", size=2, messages=False)
    assert not [name for name in cut.players() if name.startswith("writers")]
    assert cut.heads[0].net[0].in_features == game.heads[0].net[0].in_features
    assert first.shape == second.shape == (5, 2)
