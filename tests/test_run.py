import copy
import warnings

import pytest
import torch
from torch import nn

from games import Two, Weight, numbers, ones
from rivals import catalog, noise, registry
from rivals.data import named
from rivals.errors import Interrupted, NonFinite, UsageError
from rivals.game import Chain, Game, Player
from rivals.optim import adam, sgd
from rivals.run import Hooks, Run


def run(game: Game, steps: int = 1, source=None, **facts) -> Run:
    return Run(game, source or ones(), steps=steps, batch=facts.pop("batch", 4), **facts)


# ---- moves -----------------------------------------------------------------------------------------------------------


def test_only_named_players_move_and_collect_gradients():
    def play(game, run):
        x = run.real()
        run.descend((game.a, game.a(x) * game.b(x)))

    game = Two(play)
    run(game).train()
    assert game.pair == pytest.approx([1 - 0.1 * 2, 2.0])
    assert game.b.net.w.grad is None
    assert (game.a.updates, game.b.updates) == (1, 0)


@pytest.mark.parametrize(("together", "expected"), [(True, [0.8, 2.1]), (False, [0.8, 2.08])])
def test_pairs_of_one_descend_are_simultaneous(together, expected):
    """min over a, max over b of a·b: together both see the old point, in turn b sees a's new one."""

    def play(game, run):
        x = run.real()
        if together:
            value = game.a(x) * game.b(x)
            run.descend((game.a, value), (game.b, -value))
        else:
            run.descend((game.a, game.a(x) * game.b(x)))
            run.descend((game.b, -game.a(x) * game.b(x)))

    game = Two(play)
    run(game).train()
    assert game.pair == pytest.approx(expected)


def test_a_joint_move_takes_both_players_down_one_loss():
    game = Two(lambda g, r: r.descend(((g.a, g.b), {"sum": (g.a(r.real()) + g.b(r.real())), "more": g.a(r.real())})))
    run(game).train()
    assert game.pair == pytest.approx([1 - 0.1 * 2, 2 - 0.1])


def test_apply_moves_by_a_given_gradient_and_assign_puts_weights():
    def play(game, run):
        run.apply(game.a, [torch.tensor([3.0])])
        run.assign(game.b, [torch.tensor([7.0])])

    game = Two(play)
    run(game).train()
    assert game.pair == pytest.approx([1 - 0.3, 7.0])
    assert (game.a.updates, game.b.updates) == (1, 1)


def test_clipping_bounds_the_gradient():
    game = Two(lambda g, r: r.descend((g.a, 100 * g.a(r.real()))), clip=1.0)
    run(game).train()
    assert game.pair[0] == pytest.approx(1 - 0.1, abs=1e-5)


def test_a_schedule_is_a_function_of_the_players_own_count():
    rates = []

    def play(game, run):
        run.descend((game.a, game.a(run.real())))
        rates.append(game.a.optimizer.param_groups[0]["lr"])

    run(Two(play, schedule=lambda updates: 0.5**updates), steps=3).train()
    assert rates == pytest.approx([0.1, 0.05, 0.025])


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("play", "sentence"),
    [
        (lambda g, r: r.descend((g.a, g.a(r.real())[:, None] + g.a(r.real()))), r"shape \(4, 4\).*\(N,\)"),
        (lambda g, r: r.descend((g.a, g.a(r.real())), (g.a, g.a(r.real()))), "'a' is named twice"),
        (lambda g, r: r.descend(((g.a, g.a), g.a(r.real()))), "'a' is named twice"),
        (lambda g, r: r.descend((g.a, torch.ones(4))), "does not depend on anything that trains"),
        (lambda g, r: r.descend((Player(Weight(1.0), sgd(1.0)), g.a(r.real()))), "not part of Two"),
        (lambda g, r: r.apply(g.a, [torch.ones(2)]), "gradients for 'a' do not fit"),
        (lambda g, r: r.assign(g.a, []), "weights for 'a' do not fit"),
    ],
)
def test_wrong_moves_are_refused_with_a_sentence(play, sentence):
    with pytest.raises(UsageError, match=sentence):
        run(Two(play)).train()


class Shared(Game):
    def __init__(self) -> None:
        super().__init__()
        net = Weight(1.0)
        self.first, self.second = Player(net, sgd(1.0)), Player(nn.Sequential(net), sgd(1.0))


class Orphan(Game):
    def __init__(self) -> None:
        super().__init__()
        self.player, self.alone = Player(Weight(1.0), sgd(1.0)), nn.Linear(1, 1)


@pytest.mark.parametrize(
    ("game", "sentence"),
    [(Shared, "'0.w' of player 'second' belongs to player 'first'"), (Orphan, "'alone.weight' belongs to no player")],
)
def test_every_parameter_has_one_owner(game, sentence):
    with pytest.raises(UsageError, match=sentence):
        run(game()).train()


class Staged(Two):
    def __init__(self, names, declared=None, leave=False) -> None:
        super().__init__()
        self.names, self.declared, self.leave = names, declared or names, leave
        self.seen = []

    def stages(self, budget):
        return dict.fromkeys(self.declared, budget)

    def program(self, run):
        for name in self.names:
            for i in run.stage(name):
                self.seen.append((name, i))
                run.descend((self.a, self.a(run.real())))
                if self.leave and i == 1:
                    break


@pytest.mark.parametrize(
    ("names", "declared", "sentence"),
    [(["x", "x"], ["x"], "'x' is entered a second time"), (["x", "y"], ["x"], "'y' is not declared")],
)
def test_stage_names_are_checked(names, declared, sentence):
    with pytest.raises(UsageError, match=sentence):
        run(Staged(names, declared)).train()


@pytest.mark.parametrize(
    "facts", [{"steps": 0}, {"batch": 0}, {"batch": 6, "accumulate": 4}, {"precision": "fp8"}, {"accumulate": 0}]
)
def test_a_run_refuses_impossible_settings(facts):
    with pytest.raises(UsageError):
        run(Two(), **facts)


# ---- stages ----------------------------------------------------------------------------------------------------------


def test_break_counts_as_done_and_a_resumed_run_does_not_return_to_the_stage():
    states = []
    game = Staged(["x", "y"], leave=True)
    run(game, steps=5, save_every=1, hooks=Hooks(save=lambda s: states.append(copy.deepcopy(s)))).train()
    assert game.seen == [("x", 0), ("x", 1), ("y", 0), ("y", 1)]
    after = next(s for s in states if s["counters"]["stage"] == "y")
    resumed = Staged(["x", "y"], leave=True)
    run(resumed, steps=5, resume=after).train()
    assert resumed.seen == [("y", 1)]


def test_a_larger_budget_extends_the_last_stage():
    states = []
    hooks = Hooks(save=lambda s: states.append(copy.deepcopy(s)))
    run(Staged(["x", "y"]), steps=2, hooks=hooks).train()
    longer = Staged(["x", "y"])
    run(longer, steps=4, resume=states[-1]).train()
    assert longer.seen == [("y", 2), ("y", 3)]


def test_a_checkpoint_of_which_the_hooks_say_no_is_left_out():
    at, answers = [], iter([True, False, True])
    hooks = Hooks(save=lambda state: at.append(state["counters"]["step"]), due=lambda: next(answers))
    game = Two(lambda g, r: r.descend((g.a, g.a(r.real()))))
    run(game, steps=7, save_every=2, hooks=hooks).train()
    assert at == [2, 6, 7]


def test_stop_finishes_the_step_and_saves():
    states = []

    def play(game, run):
        run.descend((game.a, game.a(run.real())))
        if run.counters.step == 2:
            run.stop(15)

    with pytest.raises(Interrupted, match="after step 3 of 9") as stopped:
        run(Two(play), steps=9, hooks=Hooks(save=states.append)).train()
    assert stopped.value.signal == 15
    assert states[-1]["counters"]["step"] == 3


# ---- logs ------------------------------------------------------------------------------------------------------------


def test_terms_totals_and_gradient_norms_are_logged_without_a_host_sync_a_step(monkeypatch):
    records = []

    def play(game, run):
        x = run.real()
        run.descend((game.a, {"first": game.a(x), "second": 2 * game.a(x)}))
        run.log(anything=game.a(x).mean())

    game = Two(play)
    trained = run(game, steps=4, log_every=2, hooks=Hooks(log=[records.append]))
    flushing = []
    monkeypatch.setattr(trained, "_flush", lambda flush=trained._flush: (flushing.append(1), flush(), flushing.pop()))

    def guarded(original):
        def waits(tensor):
            assert flushing, "the host waited for the device within a step"
            return original(tensor)

        return waits

    for name in ("item", "tolist", "__float__"):
        monkeypatch.setattr(torch.Tensor, name, guarded(getattr(torch.Tensor, name)))
    trained.train()
    monkeypatch.undo()
    assert [r["step"] for r in records] == [2, 4]
    assert records[0]["loss/a/first"] == pytest.approx((1 + 0.7) / 2)
    assert records[0]["loss/a/second"] == pytest.approx(1 + 0.7)
    assert records[0]["gradient/a"] == pytest.approx(3.0)
    assert records[0]["anything"] == pytest.approx((0.7 + 0.4) / 2)
    assert records[1]["updates"] == {"a": 4, "b": 0}
    assert records[1]["reals"] == 16


def test_a_failing_logger_is_dropped_and_the_run_goes_on():
    good = []

    def bad(record):
        raise OSError("disk full")

    game = Two(lambda g, r: r.descend((g.a, g.a(r.real()))))
    with pytest.warns(UserWarning, match="dropped: OSError: disk full"):
        run(game, steps=3, log_every=1, hooks=Hooks(log=[bad, good.append])).train()
    assert len(good) == 3


@pytest.mark.parametrize(("value", "word"), [(torch.nan, "nan"), (torch.inf, "inf")])
def test_a_loss_that_is_not_finite_is_masked_and_then_stops_the_run(value, word):
    states = []

    def play(game, run):
        x = run.real()
        broken = value if run.counters.step == 4 else 1.0
        run.descend(((game.a, game.b), {"fine": game.a(x), "broken": game.b(x) * broken}))

    game = Two(play)
    with pytest.raises(
        NonFinite, match=f"Two: the loss term 'broken' of players 'a\\+b' became {word} at step 5"
    ) as stop:
        run(
            game, steps=8, save_every=2, log_every=100, hooks=Hooks(save=lambda s: states.append(copy.deepcopy(s)))
        ).train()
    assert "learning rate" in str(stop.value)
    assert [s["counters"]["step"] for s in states] == [2, 4], "the last good checkpoint is the last one"
    assert game.pair == pytest.approx([1 - 0.1 * 5, 2 - 0.1 * 5]), "steps 1-4 and 6 moved, step 5 was left out"


def test_a_finite_loss_with_an_infinite_gradient_stops_the_run_too():
    game = Two(lambda g, r: r.descend((g.a, (g.a(r.real()) - g.a(r.real())).clamp_min(0).sqrt() + g.a(r.real()))))
    with pytest.raises(NonFinite, match="the gradient of player 'a' became"):
        run(game).train()
    assert game.pair[0] == 1.0


# ---- data ------------------------------------------------------------------------------------------------------------


def test_views_map_and_resize_the_batch_and_share_counters():
    seen = {}

    def play(game, run):
        doubled = run.view(data=lambda x: 2 * x)
        seen["data"] = doubled.view(data=lambda x: x + 1).real()
        seen["batch"] = run.view(batch=3).real()
        doubled.descend((game.a, game.a(run.real())))
        seen["reals"] = run.counters.reals

    game = Two(play)
    run(game, source=numbers()).train()
    assert seen["data"].flatten().tolist() == [1, 3, 5, 7]
    assert seen["batch"].flatten().tolist() == [0, 1, 2]
    assert seen["reals"] == 4 + 3 + 4
    assert game.a.updates == 1


def test_fields_of_one_call_belong_together():
    source = named.load("edge-digits")
    x, y = source.first("x", 2000), source.first("y", 2000)
    drawn = Run(registry.create("gan", named.load("ring").spec), source, steps=1, batch=50).real("x", "y")
    for a, b in zip(*drawn, strict=True):
        where = ((y.float() / 127.5 - 1 - b).abs().amax((1, 2, 3)) < 1e-6).nonzero()[0, 0]
        assert torch.allclose(x[where].float() / 127.5 - 1, a)


# ---- shards ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipe", "data", "options"),
    [
        ("wgan-gp", "ring", {}),
        ("r3gan", "ring", {"average": 100.0}),
        ("gan", "digits", {}),
        ("cyclegan", "moved-ring", {}),
        ("mad-gan", "ring", {}),
    ],
)
def test_accumulated_gradients_equal_the_large_batch(recipe, data, options):
    """Noise and data are drawn for the whole batch, so only the order of summation differs."""
    ends = []
    source = named.load(data)
    for accumulate in (1, 4):
        game = registry.create(recipe, source.spec, **{**catalog.find(recipe).tiny, **options})
        trained = Run(game, source, steps=4, batch=32, accumulate=accumulate).train()
        ends.append(
            (torch.cat([p.flatten() for p in game.state_dict().values() if isinstance(p, torch.Tensor)]), trained)
        )
    (whole, one), (parts, four) = ends
    assert torch.allclose(whole, parts, atol=2e-5, rtol=1e-4)
    assert one.counters.reals == four.counters.reals
    assert {n: p.updates for n, p in one.game.players().items()} == {
        n: p.updates for n, p in four.game.players().items()
    }


def test_mean_is_over_the_whole_batch_and_its_gradient_too():
    ends = []
    for accumulate in (1, 4):

        def play(game, run):
            run.descend((game.a, run.mean(game.a(run.real())).square()))

        game = Two(play)
        run(game, source=numbers(), steps=2, batch=8, accumulate=accumulate, hooks=Hooks()).train()
        ends.append(game.pair)
    assert ends[0] == pytest.approx(ends[1])


def test_accumulation_with_resume_is_exact():
    source = named.load("ring")
    states = []

    def game():
        return registry.create("wgan-gp", source.spec, width=8, latent=4)

    facts = {"steps": 6, "batch": 8, "accumulate": 2, "save_every": 2}
    whole = Run(game(), source, hooks=Hooks(save=lambda s: states.append(copy.deepcopy(s))), **facts).train().game
    again = Run(game(), source, resume=states[0], **facts).train().game
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


# ---- precision -------------------------------------------------------------------------------------------------------


def test_bf16_computes_networks_in_bf16_and_what_is_made_of_their_outputs_in_fp32():
    seen = {}

    class Spy(nn.Linear):
        def forward(self, x):
            out = super().forward(x)
            seen.setdefault(torch.is_autocast_enabled("cpu"), set()).add(out.dtype)
            return out

    class Half(Game):
        def __init__(self) -> None:
            super().__init__()
            self.critic = Player(nn.Sequential(Spy(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0)), adam(1e-3))

        def step(self, run):
            from rivals.penalties import squared_slope

            x = run.real()
            logits = self.critic(x)
            assert logits.dtype == torch.float32
            penalty = squared_slope(self.critic, x)
            assert penalty.dtype == torch.float32
            run.descend((self.critic, {"loss": logits, "penalty": penalty}))

    run(Half(), source=ones(2), steps=2, precision="bf16").train()
    assert seen == {True: {torch.bfloat16}}


def test_bf16_moves_the_weights_that_fakes_without_gradient_went_through():
    """An autocast cache would hand the generator's gradient-free weights to its own move."""
    source = named.load("ring")
    game = registry.create("gan", source.spec, hidden=(16, 16), latent=4)
    before = [w.clone() for w in game.generator.weights]
    Run(game, source, steps=3, batch=16, precision="bf16").train()
    assert all(not torch.equal(a, b) for a, b in zip(before, game.generator.weights, strict=True))


@pytest.mark.parametrize("name", ["gradient_penalty(10)", "r1(1)", "r2(1)"])
def test_penalties_of_a_compiled_network_equal_eager_float64(name):
    from rivals import parts
    from rivals.objectives import Pass

    class Critic(nn.Module):  # torch's own containers would be skipped by the compiler
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Linear(3, 8), nn.Softplus(), nn.Linear(8, 1), nn.Flatten(0))

        def forward(self, x):
            return self.body(x)

    torch.manual_seed(0)
    net = Critic()
    exact = copy.deepcopy(net).double()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.compile(backend="aot_eager")
        x, y = torch.randn(5, 3), torch.randn(5, 3)
        assert "Compiled" in type(net(x).grad_fn).__name__
        grads = []
        for critic, a, b in ((net, x, y), (exact, x.double(), y.double())):
            with noise.seeded(torch.device("cpu"), "penalty"):
                p = Pass(critic, a, b, critic(a), critic(b), a, None, 0)
                parts.make("penalty", name)(p).mean().backward()
            grads.append(torch.cat([w.grad.flatten().double() for w in critic.parameters() if w.grad is not None]))
    assert torch.allclose(grads[0], grads[1], atol=1e-4, rtol=1e-4)
    assert grads[1].norm() > 0


def test_chains_share_a_trunk_that_moves_with_each_head():
    class Trunk(Game):
        def __init__(self) -> None:
            super().__init__()
            self.trunk = Player(nn.Linear(1, 2), sgd(0.1))
            self.one = Chain(self.trunk, Player(Weight(1.0, 1.0), sgd(0.1)))
            self.two = Chain(self.trunk, Player(Weight(1.0, -1.0), sgd(0.1)))

        def step(self, run):
            run.descend((self.one, self.one(run.real())))
            run.descend((self.two, self.two(run.real())))

    game = Trunk()
    run(game).train()
    assert game.trunk.updates == 2
    assert [link.updates for link in game.one.links] == [2, 1]
