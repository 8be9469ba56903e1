"""Players and games: what a paper contributes.

A `Player` is one network with everything that moves it. A `Game` holds players and says, in `step(run)`, what the
paper's algorithm box says. Neither knows about data, devices, logs or checkpoints: that is `run.py`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import torch
from torch import Tensor, nn

from rivals import layout, noise, options, pack, processes
from rivals.errors import UsageError

if TYPE_CHECKING:
    from rivals.conditions import Condition, Wanted
    from rivals.data.sources import Source
    from rivals.run import Run

OptimizerFactory: TypeAlias = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
Schedule: TypeAlias = Callable[[int], float]


class Player(nn.Module):
    """One network, its optimiser, its learning-rate schedule, its count of updates and the average of its weights.

    The average follows the weights with a half-life measured in reals seen h: after d more reals,
    w̄ ← w + (w̄ - w) · 2^(-d/h), with h cut to a twentieth of the reals seen so far, so that a short run's average does
    not remember the initial weights (Karras et al. 2020, arXiv:1912.04958, the released training loop).

    Args:
        net: any module; a player's output is float32 whatever precision the network computed in.
        optimizer: called once, at the first update, with the trainable parameters.
        schedule: factor on the learning rate, a pure function of this player's own update count.
        average: half-life of the weights' average in reals seen; None keeps no average.
        clip: largest allowed norm of the whole gradient.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: OptimizerFactory,
        *,
        schedule: Schedule | None = None,
        average: float | None = None,
        clip: float | None = None,
    ) -> None:
        super().__init__()
        self.net = net
        self.average = copy.deepcopy(net).requires_grad_(False) if average else None
        self.updates = 0
        self.presenting = False
        self._factory, self._schedule, self._half_life, self._clip = optimizer, schedule, average, clip
        self._optimizer: torch.optim.Optimizer | None = None
        self._rates: list[float] = []
        self._waiting: dict[int, Any] = {}
        self._reals = 0

    @property
    def players(self) -> tuple[Player, ...]:
        """Those who move when this side of the game moves: here, only itself."""
        return (self,)

    @property
    def weights(self) -> list[nn.Parameter]:
        """The trainable parameters, in the order in which gradients and assignments are given."""
        return [p for p in self.net.parameters() if p.requires_grad]

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """The network's output in float32; the average's where the game presents itself (see `Game.sample`)."""
        net = self.average if self.presenting and self.average is not None else self.net
        return _float32(net(*inputs, **named))

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """Made at the first update, so that the network can move to its device before."""
        if self._optimizer is None:
            self._optimizer = self._factory(self.weights)
            self._rates = [group["lr"] for group in self._optimizer.param_groups]
            if self._waiting:
                whole = self._optimizer.state_dict()
                self._optimizer.load_state_dict({**whole, "state": layout.moments(self._waiting, self.weights)})
                self._waiting = {}
        return self._optimizer

    def move(self, norm: Tensor, finite: Tensor, reals: int, cooling: float = 1.0) -> None:
        """Step the optimiser with the gradients in place, unless they are not finite.

        Args:
            norm: the gradient's Euclidean norm, ().
            finite: whether losses and gradients of the whole move are finite, boolean ().
            reals: reals seen by the run, the clock of the average.
            cooling: factor on the learning rate beside the schedule's.
        """
        if self._clip is not None:
            factor = (self._clip / (norm + 1e-6)).clamp(max=1.0)
            torch._foreach_mul_([p.grad for p in self.weights if p.grad is not None], factor)
        optimizer = self.optimizer
        factor_of_rate = cooling * (self._schedule(self.updates) if self._schedule else 1.0)
        for group, rate in zip(optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor_of_rate
        if finite.device.type != "cpu" and getattr(optimizer, "_step_supports_amp_scaling", False):
            optimizer.found_inf = (~finite).float()  # type: ignore[attr-defined]  # masked on the device, no host sync
            optimizer.step()
        elif finite:
            optimizer.step()
        self.moved(reals)

    @torch.no_grad()
    def moved(self, reals: int) -> None:
        """Count an update and let the average follow."""
        self.updates += 1
        if self.average is not None and self._half_life is not None:
            half_life = min(self._half_life, max(0.05 * reals, 1e-8))
            follow = 1 - 0.5 ** ((reals - self._reals) / half_life)
            torch._foreach_lerp_(list(self.average.parameters()), list(self.net.parameters()), follow)
            for mine, theirs in zip(self.average.buffers(), self.net.buffers(), strict=True):
                mine.copy_(theirs)
        self._reals = reals

    def get_extra_state(self) -> dict[str, Any]:
        """Count, clock and the optimiser's moments, so that `state_dict` is the whole player."""
        moments = self._optimizer.state_dict()["state"] if self._optimizer is not None else self._waiting
        return {"updates": self.updates, "reals": self._reals, "moments": moments}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Inverse of `get_extra_state`; the moments wait until the optimiser is made."""
        self.updates, self._reals = state["updates"], state["reals"]
        self._optimizer, self._waiting = None, {int(k): v for k, v in state["moments"].items()}


class Chain(nn.Module):
    """Players applied one after the other: a shared trunk, a player of its own, followed by a head.

    A parameter has one owner. Where a paper shares weights (InfoGAN's Q, CoGAN's towers), what is shared is a player,
    and every chain that passes through it moves it.
    """

    def __init__(self, *links: Player) -> None:
        super().__init__()
        self.links = nn.ModuleList(links)

    @property
    def players(self) -> tuple[Player, ...]:
        """All links, from input to output."""
        return tuple(link for link in self.links if isinstance(link, Player))

    def forward(self, x: Any, *context: Any) -> Any:
        """The last link also sees the context (labels, say)."""
        *trunk, head = self.links
        for link in trunk:
            x = link(x)
        return head(x, *context)


Side: TypeAlias = "Player | Chain | Sequence[Player | Chain] | nn.ModuleList"


def players_of(side: Side) -> tuple[Player, ...]:
    """The players of one side of a move, whatever it was written as."""
    if isinstance(side, Player | Chain):
        return side.players
    return tuple(player for part in side for player in players_of(part))  # type: ignore[arg-type]


class Game(nn.Module):
    """A training algorithm: players, one step of what they do to each other, and how to show the result.

    A subclass writes `step`, and `generate` where it makes samples. All of its state (pools, counters, fade-ins) is a
    buffer or a module with state; then stopping, resuming and copying are exact with no further code.
    """

    chunk: ClassVar[int] = 64
    """Samples are made in chunks of this size, each from its own seed."""

    most: ClassVar[int | None] = None
    """The most samples there are to show; None for as many as one likes."""

    original: ClassVar[bool] = True
    """Whether samples are the game's own; training data that it shows, chosen or changed, are not scored."""

    cool: float = 0.0
    """Last share of the steps, in [0, 1], in which all learning rates fall in a straight line to 0."""

    slots: ClassVar[dict[str, Callable[[Any], Any]]] = {"cool": options.share("cool")}
    """What can be set from outside beside the recipe's own options, each with what makes its value."""

    config: dict[str, Any] | None = None
    """How the registry built this game: recipe, data spec, options. None for a game made by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.condition: Condition | None = None

    @property
    def classes(self) -> int:
        """Number of labels that `sample` can be asked for; 0 where there is no condition, or another one."""
        return self.condition.classes if self.condition is not None else 0

    def step(self, run: Run) -> None:
        """One step of the paper's algorithm."""
        raise NotImplementedError(f"{type(self).__name__} defines neither step nor program")

    def stages(self, budget: int) -> dict[str, int]:
        """The stages of the program and their steps; a game without stages has one."""
        return {"train": budget}

    def program(self, run: Run) -> None:
        """The whole training: every stage in order. Code between stages is pure, since a resumed run replays it."""
        for _ in run.stage("train"):
            self.step(run)

    def feed(self, source: Source) -> Source:
        """The source as this game needs it: with further fields, say."""
        return source

    def prepare(self, run: Run) -> None:
        """Look at the data once, before the first step of a fresh run (what is kept must be a buffer)."""

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """N new samples in the data's own shape and range, (n, ...); labels as `Condition.rows` gives them."""
        raise UsageError(f"{type(self).__name__} makes no samples")

    def check_parts(self) -> None:
        """Refuse parts that were set from outside and do not fit; nothing to refuse by default."""

    def scores(self, source: Any) -> dict[str, float]:
        """Figures that only this game can give (a bound, a return), by name, on a data source."""
        return {}

    def sample(self, n: int, *, seed: int = 0, label: Wanted = None) -> Tensor:
        """N samples, (n, ...), in evaluation mode and from averaged weights where they are kept.

        Sample i is a function of (weights, seed, label, i) alone, whatever n is.

        Args:
            n: how many, at least 1.
            seed: which samples.
            label: one class for all, or attributes by name; None walks through the classes, or the data's attributes.

        Raises:
            UsageError: for n < 1 or above `most`, or a label that the game does not have.
        """
        if n < 1 or (self.most and n > self.most):
            raise UsageError(
                f"cannot make {n} samples: ask for at least 1" + f" and at most {self.most}" * bool(self.most)
            )
        if label is not None and self.condition is None:
            raise UsageError(f"label {label} does not exist: this model has no labels")

        def chunk(c: int) -> Tensor:
            i = torch.arange(c * self.chunk, (c + 1) * self.chunk, device=self.device)
            labels = self.condition.rows(i, label) if self.condition is not None else None
            with noise.seeded(self.device, "sample", seed, c):
                return self.generate(self.chunk, labels)

        with self.presenting():
            return torch.cat(processes.shared(-(-n // self.chunk), chunk))[:n]

    @contextmanager
    def presenting(self) -> Iterator[None]:
        """Evaluation mode, averaged weights, no gradients; everything is put back afterwards."""
        modes = [(m, m.training) for m in self.modules()]
        players = [(player, player.presenting) for player in self.players().values()]
        try:
            self.eval()
            for player, _ in players:
                player.presenting = True
            with torch.no_grad(), processes.buffers_of_first(self):
                yield
        finally:
            for player, before in players:
                player.presenting = before
            for module, mode in modes:
                module.training = mode

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device

    def players(self) -> dict[str, Player]:
        """Every player once, by its qualified name."""
        return {name: module for name, module in self.named_modules() if isinstance(module, Player)}

    def portable(self) -> dict[str, Tensor]:
        """The state without what only training needs: weights, averages and buffers, by name."""
        return {name: value for name, value in self.state_dict().items() if not name.endswith("_extra_state")}

    def save_pretrained(self, folder: str | Path) -> None:
        """Write model.safetensors and config.json to a folder that `rivals.load` reads; no pickle anywhere.

        Raises:
            UsageError: for a game that the registry did not build, since nobody could rebuild it.
        """
        if self.config is None:
            raise UsageError("only a game built by rivals.create can be saved: nothing says how to rebuild this one")
        config = json.dumps(self.config, indent=2).encode()
        pack.write_folder(Path(folder), {"model.safetensors": pack.portable(self.portable()), "config.json": config})


def _float32(out: Any) -> Any:
    if isinstance(out, Tensor):
        return out.float() if out.dtype in (torch.bfloat16, torch.float16) else out
    if isinstance(out, tuple | list):
        return type(out)(_float32(o) for o in out)
    return out
