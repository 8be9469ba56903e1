"""The contract that every recipe keeps, on a tiny copy: `rivals check ID`.

A recipe declares its kind and its data; what it then owes is checked here, with no test code of its own. An exemption
stands in the recipe with its reason.
"""

from __future__ import annotations

import copy
import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from rivals import owners, registry, verbs
from rivals.catalog import Entry
from rivals.data import named, specs
from rivals.data.sources import Source, decoded
from rivals.game import Game
from rivals.run import Hooks, Owned, Run
from rivals.store.model import load
from rivals.verbs import VERBS

STEPS, BATCH = 6, 8

SMALL: dict[str, tuple[str, ...]] = {
    "points": ("ring",),
    "images": ("digits",),
    "captions": ("small-scenes",),
    "tokens": ("tokens",),
    "sentences": ("sentiments",),
    "pairs": ("edge-digits",),
    "unpaired": ("moved-ring", "inverted-digits"),
    "arrays": ("sines",),
    "speech": ("keywords",),
    "environment": ("cartpole",),
}
"""Embedded data for each kind."""


Clause: TypeAlias = "Callable[[_Bench], None]"


@dataclass
class Result:
    """One check: on which data, what, whether it held, and what was seen where it did not."""

    data: str
    check: str
    ok: bool
    detail: str = ""


class Broken(AssertionError):
    """A clause of the contract does not hold."""


class _Killed(BaseException):
    """Stands for kill -9: nothing may catch it."""


def check(entry: Entry) -> list[Result]:
    """Hold a recipe against every clause that its kind owes, for every kind of data that it declares."""
    results = []
    for kind in entry.data:
        for name in SMALL[kind]:
            source = named.load(name)
            bench = _Bench(entry, source)
            for clause in [*ALL, *OWED.get(entry.kind, ())]:
                title = (clause.__doc__ or "").strip().rstrip(".")
                if clause.__name__ in entry.exempt:
                    results.append(Result(name, title, True, f"exempt: {entry.exempt[clause.__name__]}"))
                    continue
                try:
                    clause(bench)
                    results.append(Result(name, title, True))
                except Exception as error:  # any failure is the finding that a check is made for
                    results.append(Result(name, title, False, f"{type(error).__name__}: {error}"))
    return results


def abilities(entry: Entry) -> list[str]:
    """The verbs of a recipe's tiny copy, see `rivals.verbs`."""
    source = named.load(SMALL[entry.data[0]][0])
    return verbs.abilities(registry.create(entry.name, source.spec, **dict(entry.tiny)))


class _Bench:
    """One tiny copy of a recipe on one data set, with the uninterrupted run that the clauses look at."""

    def __init__(self, entry: Entry, source: Source) -> None:
        self.entry, self.source = entry, source
        self._trained: tuple[Game, Witness] | None = None

    def game(self) -> Game:
        return registry.create(self.entry.name, self.source.spec, seed=1, **dict(self.entry.tiny))

    def run(self, game: Game, hooks: Hooks, resume: dict[str, Any] | None = None) -> Run:
        return Run(
            game, self.source, steps=STEPS, batch=BATCH, seed=1, save_every=2, log_every=1, hooks=hooks, resume=resume
        )

    def trained(self) -> tuple[Game, Witness]:
        """The uninterrupted run and what was witnessed in it."""
        if self._trained is None:
            game = self.game()
            witness = Witness(game)
            run = self.run(game, Hooks(log=[witness.record], save=witness.save))
            witness.watch(run)
            run.train()
            self._trained = game, witness
        return self._trained


class Witness:
    """Sees every move of a run: who moved, who was named, which parameters got a gradient."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.records: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.reached: set[str] = set()
        self.strayed: list[str] = []
        self.moves: dict[str, int] = {}

    def record(self, record: dict[str, Any]) -> None:
        """Keep a record."""
        self.records.append(record)

    def save(self, state: dict[str, Any]) -> None:
        """Keep a checkpoint, whose tensors would go on changing."""
        self.states.append(copy.deepcopy(state))

    def watch(self, run: Run) -> None:
        """Compare everyone's weights before and after each move of the players that it names."""
        original = Run._move
        players = self.game.players()

        def move(seen: Run, moving: Owned, totals: list[Tensor]) -> None:
            for name, player in players.items():
                for key, weight in player.net.named_parameters() if any(player is m for m in moving) else ():
                    if weight.grad is not None:  # it may be zero: a Wasserstein critic's last bias cancels
                        self.reached.add(f"{name}.{key}")
            still = {n: fingerprint(p.net) for n, p in players.items() if not any(p is m for m in moving)}
            original(seen, moving, totals)
            self.strayed += [n for n, before in still.items() if fingerprint(players[n].net) != before]
            for player in moving:
                name = next(n for n, p in players.items() if p is player)
                self.moves[name] = self.moves.get(name, 0) + 1

        vars(run)["_move"] = lambda moving, totals: move(run, moving, totals)


def fingerprint(module: torch.nn.Module) -> str:
    """A hash of all parameters and buffers, bit by bit."""
    digest = hashlib.sha256()
    for name, x in sorted([*module.named_parameters(), *module.named_buffers()]):
        digest.update(name.encode())
        digest.update(x.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


# ---- what every recipe owes ------------------------------------------------------------------------------------------


def builds(b: _Bench) -> None:
    """Builds for its data, with one owner for every parameter."""
    owners.check(b.game())


def finite(b: _Bench) -> None:
    """Losses and gradients are finite, and logged."""
    _, witness = b.trained()
    names = {k for r in witness.records for k in r}
    _hold(any(k.startswith("gradient/") for k in names), "no gradient norm was logged")


def gradients(b: _Bench) -> None:
    """Gradients reach every parameter of every player."""
    game, witness = b.trained()
    every = {
        f"{name}.{key}"
        for name, player in game.players().items()
        for key, weight in player.net.named_parameters()
        if weight.requires_grad
    }
    missed = sorted(every - witness.reached)
    _hold(not missed, f"no gradient reaches {', '.join(missed[:3])}{' …' if len(missed) > 3 else ''}")


def alone(b: _Bench) -> None:
    """Each move moves only its players."""
    _, witness = b.trained()
    _hold(not witness.strayed, f"{', '.join(sorted(set(witness.strayed)))} moved without being named")


def counts(b: _Bench) -> None:
    """Every player's own count is the number of its moves."""
    game, witness = b.trained()
    for name, player in game.players().items():
        assigned = player.updates - witness.moves.get(name, 0)
        _hold(player.updates > 0, f"player {name} never moved")
        _hold(assigned >= 0, f"player {name} counts {player.updates} updates of {witness.moves.get(name)}")


def halves(b: _Bench) -> None:
    """Trains in bfloat16, and its weights stay finite."""
    game = b.game()
    Run(game, b.source, steps=2, batch=BATCH, seed=1, precision="bf16").train()
    _hold(all(bool(w.isfinite().all()) for w in game.parameters()), "two steps in bfloat16 leave weights not finite")


def seeded(b: _Bench) -> None:
    """The same seed gives the same weights."""
    game, _ = b.trained()
    again = b.game()
    b.run(again, Hooks()).train()
    _hold(fingerprint(again) == fingerprint(game), "two runs of one seed differ")


def resumes(b: _Bench) -> None:
    """Killed at every save and resumed, it ends as the uninterrupted run."""
    game, witness = b.trained()
    state: dict[str, Any] | None = None
    for _ in range(len(witness.states)):
        kept: list[dict[str, Any]] = []

        def kill(saved: dict[str, Any], kept: list[dict[str, Any]] = kept) -> None:
            kept.append(copy.deepcopy(saved))
            raise _Killed

        resumed = b.game()
        try:
            b.run(resumed, Hooks(save=kill), resume=state).train()
        except _Killed:
            state = kept[0]
    assert state is not None
    finished = b.game()
    b.run(finished, Hooks(), resume=state).train()
    _hold(fingerprint(finished) == fingerprint(game), "the resumed run ends with other weights")
    updates = [{n: p.updates for n, p in g.players().items()} for g in (finished, game)]
    _hold(updates[0] == updates[1], f"the resumed run ends with other counts: {updates[0]}, not {updates[1]}")


def saves(b: _Bench) -> None:
    """Saved and loaded, it gives identical samples."""
    game, _ = b.trained()
    with tempfile.TemporaryDirectory() as folder:
        game.save_pretrained(Path(folder) / "model")
        loaded = load(Path(folder) / "model", recipe=b.entry.outside or None)
    _hold(torch.equal(loaded.sample(4, seed=3), game.sample(4, seed=3)), "the loaded model gives other samples")


def options(b: _Bench) -> None:
    """Its options survive config.json."""
    game, _ = b.trained()
    again = registry.rebuild(json.loads(json.dumps(game.config)), b.entry.outside or None)
    _hold(fingerprint(again) == fingerprint(b.game()), "the game rebuilt from its config differs")


def samples(b: _Bench) -> None:
    """Samples have the data's shape and range, and sample i does not depend on n."""
    game, _ = b.trained()
    few, more = game.sample(3, seed=5), game.sample(min(70, game.most or 70), seed=5)
    _hold(tuple(few.shape) == (3, *b.source.spec.shape), f"a sample's shape is {tuple(few.shape[1:])}")
    _hold(torch.equal(few, more[:3]), "sample i depends on n")
    _hold(bool(few.isfinite().all()), "samples are not finite")
    spec = getattr(b.source.spec, "y", b.source.spec)
    if isinstance(spec, specs.Images):
        _hold(few.abs().max() <= 1.5, "pictures leave [-1, 1] by far")
    if isinstance(spec, specs.Tokens):
        _hold(few.dtype == torch.int64 and int(few.min()) >= 0 and int(few.max()) < spec.vocabulary, "no such tokens")


def undisturbed(b: _Bench) -> None:
    """Sampling in mid-run changes nothing of the run."""
    game, _ = b.trained()
    again = b.game()
    b.run(again, Hooks(step=[_peek])).train()
    _hold(fingerprint(again) == fingerprint(game), "a run that was sampled from ends with other weights")


def speaks(b: _Bench) -> None:
    """Does what it can do: the right shapes, and the same each time."""
    game, _ = b.trained()
    can = [name for name in verbs.abilities(game) if name not in ("decode", "edit", "complete")]
    source = b.source
    for name in can:
        field = OF.get(name, source.main)
        x = decoded(source.first(field if field in source.fields else source.main, 5))
        made, again = (getattr(game, name)(x) for _ in range(2))
        shape = SHAPES[name]
        expected = (5, *(source.spec.shape if shape is None else shape))
        fits = made.dim() == 2 and len(made) == 5 if shape == ANY else tuple(made.shape) == expected
        _hold(fits, f"{name} gives {tuple(made.shape)}, not {VERBS[name]}")
        _hold(bool(made.isfinite().all()), f"{name} gives numbers that are not finite")
        _hold(torch.equal(made, again), f"{name} gives something else the second time")
    if "classify" in can:
        total = game.classify(decoded(source.first(source.main, 5))).logsumexp(1)  # type: ignore[operator]
        _hold(bool((total.abs() < 1e-3).all()), "classify gives no log probabilities: they do not add up to 1")
    if "decode" in verbs.abilities(game):
        back = game.decode(game.encode(decoded(source.first(source.main, 5))))  # type: ignore[operator]
        _hold(tuple(back.shape) == (5, *source.spec.shape), f"decode gives {tuple(back.shape)}")


OF = {"translate": "x"}
"""Verb -> the field that it takes, where that is not the data's main one."""

ANY = ("L",)

SHAPES: dict[str, tuple[Any, ...] | None] = {
    "encode": ANY, "classify": ANY, "transcribe": ANY, "reconstruct": None, "translate": None,
    "log_prob": (), "anomaly": (),
}  # fmt: skip
"""What a verb gives for each sample: a vector, a sample of the data's shape (None), a number."""


# ---- what a kind owes ------------------------------------------------------------------------------------------------


def can(*owed: str) -> Clause:
    """The clause that a recipe of a kind has its verbs."""

    def has(b: _Bench) -> None:
        lacking = [name for name in owed if name not in verbs.abilities(b.game())]
        _hold(not lacking, f"it cannot {', '.join(lacking)}")

    has.__doc__ = f"Can {' and '.join(owed)}."
    return has


def acts(b: _Bench) -> None:
    """Chooses a legal action in each state."""
    game, _ = b.trained()
    spec = b.source.spec
    assert isinstance(spec, specs.Environment)
    with game.presenting():
        action = game.act(b.source.first("state", 5))  # type: ignore[operator]
    _hold(tuple(action.shape) == (5,) and bool(((action >= 0) & (action < spec.actions)).all()), "illegal actions")


ALL: tuple[Clause, ...] = (
    builds, finite, gradients, alone, counts, halves, seeded, resumes, saves, options, samples, speaks, undisturbed,
)  # fmt: skip

OWED: dict[str, tuple[Clause, ...]] = {
    "translator": (can("translate"),),
    "encoder": (can("encode"),),
    "classifier": (can("classify"),),
    "recogniser": (can("transcribe"),),
    "likelihood": (can("log_prob"),),
    "policy": (acts,),
}


def _peek(run: Run) -> None:
    run.game.sample(2)


def _hold(holds: bool | Tensor, otherwise: str) -> None:
    if not bool(holds):
        raise Broken(otherwise)
