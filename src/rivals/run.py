"""What the engine gives a game while it trains: data, moves, stages, logs, counters, exact resume.

A run knows "a step" and nothing of any method.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias, overload

import torch
from torch import Tensor

from rivals import layout, lockstep, noise, owners, processes, snapshot
from rivals.data.sources import Source, decoded
from rivals.errors import Interrupted, RivalsError, UsageError
from rivals.game import Game, Player, Side, players_of
from rivals.journal import Journal, Logger
from rivals.snapshot import State

Loss: TypeAlias = Tensor | Mapping[str, Tensor]
Move: TypeAlias = tuple[Side, Loss]
Map: TypeAlias = Callable[[Tensor], Tensor]
Owned: TypeAlias = Mapping[Player, Sequence[torch.nn.Parameter]]


@dataclass
class Counters:
    """Where a run stands: all that a progress bar or a comparison needs."""

    step: int = 0
    reals: int = 0
    stage: str = ""
    done: dict[str, int] = field(default_factory=dict)


@dataclass
class Hooks:
    """What happens around a run; none of it can change what the run computes.

    `save` gets the state of each checkpoint that `due` allows, `log` one record a flush, `step` the run after a step.
    """

    save: Callable[[State], None] = lambda state: None
    due: Callable[[], bool] = lambda: True
    log: list[Logger] = field(default_factory=list)
    step: list[Callable[[Run], None]] = field(default_factory=list)


@dataclass
class _Control:
    """What every view and shard of a run must see change at once."""

    resume: State | None
    stopping: int = 0
    agreed: int = 0
    saved: int = -1


class Run:
    """The engine.

    Args:
        game: what is trained; moved to `device`.
        source: where batches come from, a function of (seed, position, stream).
        steps: the budget that `game.stages` divides.
        batch: samples in a batch.
        seed: of everything random.
        device: where the game computes.
        precision: "fp32", or "bf16" for autocast with players' outputs, losses and moves in float32.
        accumulate: how many microbatches make a process's part of a batch; with the processes it divides `batch`.
        save_every, log_every: in steps.
        resume: a state that `Hooks.save` was given.
    """

    def __init__(
        self,
        game: Game,
        source: Source,
        *,
        steps: int,
        batch: int = 64,
        seed: int = 0,
        device: str | torch.device = "cpu",
        precision: str = "fp32",
        accumulate: int = 1,
        save_every: int = 1000,
        log_every: int = 50,
        hooks: Hooks | None = None,
        resume: State | None = None,
    ) -> None:
        if precision not in ("fp32", "bf16"):
            raise UsageError(f"precision '{precision}' is unknown: use fp32 or bf16")
        if min(steps, batch, accumulate) < 1 or batch % accumulate:
            raise UsageError(
                f"steps ({steps}), batch ({batch}) and accumulate ({accumulate}) must be at least 1, "
                "and accumulate must divide batch"
            )
        if batch % (accumulate * processes.count()):
            raise UsageError(
                f"batch ({batch}) must be a multiple of {processes.count()} processes × {accumulate} microbatches"
            )
        self.game, self.source, self.budget, self.seed = game, game.feed(source), steps, seed
        self.device, self.precision = torch.device(device), precision
        self.save_every, self.log_every = save_every, log_every
        self.hooks = hooks or Hooks()
        self.plan = game.stages(steps)
        self.counters = Counters()
        self._journal = Journal(type(game).__name__, self.hooks.log)
        self._control = _Control(resume)
        self._names = {id(player): name for name, player in game.players().items()}
        self.whole_batch = batch
        self._reduced: list[Tensor] = []
        self._maps: tuple[Map, ...] = ()
        self._shards = [self._new_shard(i, accumulate) for i in range(accumulate)]
        self._shard = self._shards[0]

    # ---- what a game may call: data --------------------------------------------------------------------------------

    @property
    def batch(self) -> int:
        """Samples that `real` gives here: the batch, or this shard's slice of it."""
        return self.whole_batch // self._shard.count

    @overload
    def real(self, field: str = ..., /) -> Tensor: ...

    @overload
    def real(self, first: str, second: str, /, *more: str) -> tuple[Tensor, ...]: ...

    def real(self, *fields: str) -> Tensor | tuple[Tensor, ...]:
        """The next real batch on the device; several fields of one call belong together (a picture and its label).

        Images come as float32 (N, C, H, W) in [-1, 1], points (N, D), tokens int64 (N, T), labels int64 (N,).
        """
        names = fields or (self.source.main,)
        shard = self._shard
        stream = self.source.stream(names)
        start = shard.positions[stream]
        shard.positions[stream] += self.whole_batch
        drawn = self.source.draw(names, seed=self.seed, start=start, size=self.whole_batch)
        batch = tuple(decoded(shard.noise.slice(x).to(self.device, non_blocking=True)) for x in drawn)
        for data in self._maps:
            batch = (data(batch[0]), *batch[1:])
        if shard.last:
            self.counters.reals += self.whole_batch
        return batch if len(names) > 1 else batch[0]

    def examples(self, n: int, field: str | None = None) -> Tensor:
        """The first n training samples of a field, without moving on in the data: for `Game.prepare`."""
        return decoded(self.source.first(field or self.source.main, n).to(self.device))

    def view(self, *, data: Map | None = None, batch: int | None = None) -> Run:
        """This run seen with other data; moves, counters and logs stay shared.

        Args:
            data: applied to the first field of every batch, (N, ...) -> (N, ...): lower resolution, resampling.
            batch: another `run.batch`.
        """
        seen = copy.copy(self)
        seen._maps = (*self._maps, data) if data else self._maps
        seen.whole_batch = batch * self._shard.count if batch else self.whole_batch
        return seen

    # ---- moves -----------------------------------------------------------------------------------------------------

    def descend(self, *moves: Move) -> None:
        """Move players down their losses; all gradients are taken before anyone moves.

        Args:
            moves: pairs (players, loss). A loss is (N,), averaged, or a scalar, or a dict of such terms, which are
                added and logged by name. Only the named players collect a gradient.

        Raises:
            UsageError: for a loss of another shape, one that no player can change, or a player named twice.
        """
        sides = [(players_of(side), loss) for side, loss in moves]
        with self._moving([p for players, _ in sides for p in players]) as owned:
            totals = [self._total(players, loss) for players, loss in sides]
            for i, ((players, _), total) in enumerate(zip(sides, totals, strict=True)):
                weights = [w for p in players for w in owned[p]]
                share = total / self._shard.count if self._shard.count > 1 else total
                share.backward(inputs=weights, retain_graph=i + 1 < len(moves))
            self._move(owned, totals)
        self._shard.turn()

    def apply(self, side: Side, gradients: Sequence[Tensor]) -> None:
        """Move players by given gradients, one for each of their weights in order (trust region, consensus).

        Raises:
            UsageError: where number or shape of the gradients is not the weights'.
        """
        players = list(players_of(side))
        with self._moving(players) as owned:
            for weight, gradient in self._paired(players, "gradients", gradients):
                share = layout.like(gradient, weight) / self._shard.count
                weight.grad = share if weight.grad is None else weight.grad + share
            self._move(owned, [])
        self._shard.turn()

    @torch.no_grad()
    def assign(self, side: Side, weights: Sequence[Tensor]) -> None:
        """Put players at given weights (Reptile, a line search); counts and averages follow as after any move.

        Raises:
            UsageError: where number or shape of the new weights is not the old ones'.
        """
        players = list(players_of(side))
        self._refuse_twice(players)
        pairs = [(old, self.mean(new.detach().to(old)[None])) for old, new in self._paired(players, "weights", weights)]
        if self._shard.last:
            finite = torch.stack([new.isfinite().all() for _, new in pairs]).all()
            for old, new in pairs:
                old.copy_(torch.where(finite, new, old))
            self._watch(f"assign/{self._label(players)}", torch.where(finite, 0.0, torch.nan))
            for player in players:
                player.moved(self.counters.reals)
        self._shard.turn()

    def mean(self, x: Tensor) -> Tensor:
        """Mean over the whole batch of a statistic, (N, ...) -> (...), whatever shards the batch is split into.

        The gradient flows to this shard's part, as it must for a loss that is the same in all shards.
        """
        mine = x.mean(0)
        if self._shard.count == 1:
            return mine
        self._reduced.append(mine.detach())
        if self._shard.last:
            self._reduced[:] = [processes.total(torch.stack(self._reduced).sum(0)) / self._shard.count]
        self._shard.turn()
        whole = self._reduced[0]
        if self._shard.last:
            self._reduced.clear()
        self._shard.turn()
        return whole + mine - mine.detach()

    # ---- stages and logs -------------------------------------------------------------------------------------------

    def log(self, **scalars: Tensor | float) -> None:
        """Record figures by name; tensors stay on the device until the next flush, and are averaged up to it."""
        for name, value in scalars.items():
            self._journal.note(self.counters.step, name, torch.as_tensor(value, device=self.device))

    @property
    def total(self) -> int:
        """Steps of all stages together."""
        return sum(self.plan.values())

    @property
    def cooling(self) -> float:
        """Factor on all learning rates of this step, see `Game.cool`."""
        left = 1 - self.counters.step / self.total
        return min(1.0, left / self.game.cool) if self.game.cool else 1.0

    def stage(self, name: str) -> Iterator[int]:
        """Yield the steps that this stage still owes; a stage that is finished yields none. `break` counts as done.

        On resume the program is replayed: stages before the interrupted one yield nothing, and the state is loaded on
        entering it. A larger budget lengthens the last stage that was reached and those after it.

        Raises:
            UsageError: for a stage that `game.stages` does not declare, or one entered before.
        """
        if name not in self.plan:
            raise UsageError(f"stage '{name}' is not declared: {type(self.game).__name__}.stages has {list(self.plan)}")
        if name in self._shard.entered:
            raise UsageError(f"stage '{name}' is entered a second time: every stage needs a name of its own")
        self._shard.entered.add(name)
        if self._control.resume is not None:
            if name != self._control.resume["counters"]["stage"]:
                return
            snapshot.restore(self._control.resume, self.game, self.counters, self._shards, self.device)
            self._control.resume = None
        self.counters.stage = name
        for i in range(self.counters.done.get(name, 0), self.plan[name]):
            try:
                yield i
            except GeneratorExit:
                self.counters.done[name] = self.plan[name]
                raise
            if self._shard.last:
                self._after_step(name)
            self._shard.turn()

    # ---- the engine's own ------------------------------------------------------------------------------------------

    def train(self) -> Run:
        """Play the program to its end.

        Raises:
            NonFinite: when a loss or gradient is no longer finite.
            Interrupted: after `stop`, when the step is finished and saved.
        """
        self.game.to(self.device).train()
        owners.check(self.game)
        cuda = [self.device] if self.device.type == "cuda" else []
        # without its cache: that would outlive moves, and fakes made without gradients would poison it
        autocast = torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16", cache_enabled=False
        )
        with torch.random.fork_rng(devices=cuda), autocast:
            torch.manual_seed(noise.key("run", self.seed))
            if self._control.resume is None:
                self.game.prepare(self)
            if processes.rank():  # what is drawn from torch's own state, dropout say, differs between processes
                torch.manual_seed(noise.key("run", self.seed, processes.rank()))
            lockstep.play(self._shards, lambda shard: self.game.program(self._as(shard)))
            if self._control.resume is not None:
                stage = self._control.resume["counters"]["stage"]
                raise RivalsError(f"the program never reached stage '{stage}', where the run was interrupted")
            self._control.saved = -1  # what the program does after its last stage is part of the last state
            self.save()
        return self

    def stop(self, signal: int = 2) -> None:
        """Finish the step, save, and raise `Interrupted` from `train`."""
        self._control.stopping = signal

    def save(self) -> None:
        """Flush, which refuses a state that is not finite, and hand over everything that resuming needs."""
        self._flush()
        if self._control.saved == self.counters.step:
            return
        self._control.saved = self.counters.step
        state = snapshot.take(self.game, self.counters, self._shards, self.device)
        if processes.first():
            self.hooks.save(state)

    def _flush(self) -> None:
        c, updates = self.counters, {name: player.updates for name, player in self.game.players().items()}
        self._journal.flush({"step": c.step, "stage": c.stage, "reals": c.reals, "updates": updates})

    def _after_step(self, stage: str) -> None:
        c = self.counters
        c.done[stage] = c.done.get(stage, 0) + 1
        c.step += 1
        if c.step % self.log_every == 0:
            self._flush()
        with torch.autocast(self.device.type, enabled=False):  # what looks on computes in float32, as all do later
            for hook in self.hooks.step:
                hook(self)
        if processes.count() > 1 and c.step % self.log_every == 0:  # a signal may reach them in different steps
            self._control.agreed = int(processes.total(torch.tensor(self._control.stopping, device=self.device)))
        elif processes.count() == 1:
            self._control.agreed = self._control.stopping
        if self._control.agreed or (c.step % self.save_every == 0 and self.hooks.due()):
            self.save()
        if self._control.agreed:
            raise Interrupted(f"stopped after step {c.step} of {self.total}", self._control.stopping or 15)

    @contextmanager
    def _moving(self, players: list[Player]) -> Iterator[Owned]:
        """Full precision around a move of these weights, whose gradients the first shard clears."""
        self._refuse_twice(players)
        owned = {player: player.weights for player in players}  # once a move: small networks cost less than the search
        for weight in (w for each in owned.values() for w in each if self._shard.first):
            weight.grad = None
        with torch.autocast(self.device.type, enabled=False):
            yield owned

    def _move(self, owned: Owned, totals: list[Tensor]) -> None:
        if self._shard.last:
            loss = sum((t.detach() for t in totals), torch.zeros((), device=self.device))
            (loss,) = processes.total_gradients([w for each in owned.values() for w in each], loss[None])
            norms = [_norm([w.grad for w in each if w.grad is not None], self.device) for each in owned.values()]
            finite = torch.stack([loss, *norms]).isfinite().all()
            for player, norm in zip(owned, norms, strict=True):
                self._watch(f"gradient/{self._names[id(player)]}", norm)
                player.move(norm, finite, self.counters.reals, self.cooling)

    def _total(self, players: tuple[Player, ...], loss: Loss) -> Tensor:
        who = self._label(players)
        terms = loss if isinstance(loss, Mapping) else {"": loss}
        means = []
        for term, value in terms.items():
            name = f"{who}/{term}" if term else who
            if value.dim() > 1:
                raise UsageError(
                    f"the loss '{name}' has shape {tuple(value.shape)}: give one number a sample, (N,), or a scalar"
                )
            means.append(value.float().mean())
            self._watch(f"loss/{name}", means[-1])
        total = torch.stack(means).sum() if len(means) > 1 else means[0]
        if not total.requires_grad:
            raise UsageError(f"the loss of '{who}' does not depend on anything that trains")
        return total

    def _watch(self, name: str, value: Tensor) -> None:
        self._journal.note(self.counters.step, name, value, watched=True)

    def _label(self, players: Sequence[Player]) -> str:
        return "+".join(self._names[id(p)] for p in players)

    def _refuse_twice(self, players: list[Player]) -> None:
        for i, player in enumerate(players):
            if id(player) not in self._names:
                raise UsageError(f"a player that moves is not part of {type(self.game).__name__}: make it an attribute")
            if any(player is other for other in players[:i]):
                raise UsageError(f"player '{self._label([player])}' is named twice in one move: add its losses instead")

    def _paired(self, players: list[Player], what: str, given: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        weights = [w for p in players for w in p.weights]
        if [tuple(g.shape) for g in given] != [tuple(w.shape) for w in weights]:
            raise UsageError(f"{what} for '{self._label(players)}' do not fit: give one tensor for each weight")
        return list(zip(weights, given, strict=True))

    def _new_shard(self, here: int, of: int) -> lockstep.Shard:
        generator = torch.Generator(self.device).manual_seed(noise.key("noise", self.seed))
        index, count = processes.rank() * of + here, processes.count() * of
        return lockstep.Shard(index, count, here, of, noise.Noise(generator, self.device, index, count))

    def _as(self, shard: lockstep.Shard) -> Run:
        seen = copy.copy(self)
        seen._shard = shard
        return seen


def _norm(gradients: list[Tensor], device: torch.device) -> Tensor:
    norms = torch._foreach_norm(gradients) if gradients else [torch.zeros((), device=device)]
    norm: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    return norm
