"""Every registered recipe keeps its contract; a game that breaks a clause is found out."""

import copy

import pytest
import torch
from torch import nn

from rivals import catalog, contract
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.game import Game, Player
from rivals.optim import adam


@pytest.mark.parametrize("id", catalog.entries())
def test_every_recipe_keeps_its_contract(id):
    broken = [r for r in contract.check(catalog.find(id)) if not r.ok]
    assert not broken, "\n".join(f"{r.data}: {r.check}: {r.detail}" for r in broken)


# ---- each clause can fail: a saboteur for each ----------------------------------------------------------------------


class Forgetful(Adversarial):
    """Keeps state outside buffers."""

    seen = 0.0

    def step(self, run):
        super().step(run)
        self.seen += 1.0
        run.descend((self.critic, self.seen * self.critic(run.real())))


class Drifting(Adversarial):
    """One player's optimiser holds another's weights."""

    def __init__(self, **parts):
        super().__init__(**parts)
        self.generator._factory = lambda mine: adam(0.1)([*mine, *self.critic.weights])


class Dead(Adversarial):
    """Owns a parameter that nothing reaches."""

    def __init__(self, **parts):
        super().__init__(**parts)
        self.generator.net.append(Unused())


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x


class Restless(Adversarial):
    """Samples depend on how many are asked for."""

    def sample(self, n, *, seed=0, label=None):
        return super().sample(n, seed=seed, label=label) + n


class Disturbed(Adversarial):
    """Sampling moves the game's state."""

    def __init__(self, **parts):
        super().__init__(**parts)
        self.register_buffer("asked", torch.zeros(()))

    def sample(self, n, *, seed=0, label=None):
        self.asked += 1
        return super().sample(n, seed=seed, label=label)

    def step(self, run):
        super().step(run)
        run.descend((self.critic, self.asked * self.critic(run.real())))


class Unseeded(Adversarial):
    """Draws from the machine's entropy."""

    def step(self, run):
        super().step(run)
        fresh = torch.Generator()
        fresh.seed()
        run.descend((self.critic, torch.rand((), generator=fresh) * self.critic(run.real())))


class Unsaved(Adversarial):
    """Samples depend on what is not in the state."""

    shift = 0.0

    def step(self, run):
        super().step(run)
        self.shift += 1.0

    def generate(self, n, labels=None):
        return super().generate(n, labels) + self.shift


class Idle(Adversarial):
    """A player that never moves."""

    def __init__(self, **parts):
        super().__init__(**parts)
        self.idle = Player(nn.Linear(1, 1), adam(0.1))


class Whole(Adversarial):
    """Breaks where its networks compute in bfloat16."""

    def step(self, run):
        super().step(run)
        if torch.is_autocast_enabled("cpu") and self.generator.updates == 2:  # no loss sees it
            next(self.generator.net.parameters()).data.fill_(torch.inf)


@pytest.mark.parametrize(
    ("kind", "clause"),
    [
        (Forgetful, contract.resumes),
        (Drifting, contract.alone),
        (Dead, contract.gradients),
        (Restless, contract.samples),
        (Disturbed, contract.undisturbed),
        (Unseeded, contract.seeded),
        (Unsaved, contract.saves),
        (Idle, contract.counts),
        (Whole, contract.halves),
    ],
)
def test_a_game_that_breaks_a_clause_is_found_out(kind, clause, monkeypatch):
    bench = contract._Bench(catalog.find("gan"), named.load("ring"))
    healthy = bench.game

    def spoiled() -> Game:
        torch.manual_seed(0)
        game = healthy()
        parts = {k: getattr(game, k) for k in ("generator", "critic", "prior", "objective")}
        made = kind(**copy.deepcopy(parts))
        made.config = game.config
        return made

    monkeypatch.setattr(bench, "game", spoiled)
    with pytest.raises(contract.Broken):
        clause(bench)


def test_an_exemption_needs_its_reason_and_is_shown():
    entry = catalog.find("gan")
    exempt = catalog.Entry(**{**vars(entry), "exempt": {"gradients": "because"}, "data": ("points",)})
    results = contract.check(exempt)
    assert [r.detail for r in results if r.detail] == ["exempt: because"]
