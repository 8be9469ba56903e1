"""The declarative game: one generator against one critic; everything that varies is a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivals import options, parts
from rivals.conditions import Condition
from rivals.constraints import Constraint
from rivals.errors import UsageError
from rivals.game import Chain, Game, Player
from rivals.nn import prepared
from rivals.objectives import Objective, Pass
from rivals.penalties import Penalty
from rivals.priors import Prior
from rivals.run import Run
from rivals.terms import Term
from rivals.views import Adaptive, View

Batch: TypeAlias = tuple[Tensor | None, Tensor | None, Tensor, Tensor]
"""Reals and their labels, where there are any, latents and fakes."""


class Adversarial(Game):
    """min over G and max over D of an objective, by alternating moves. Goodfellow et al. 2014, algorithm 1.

    One step is `critic_updates` moves of the critic, each on new reals and new fakes, then `generator_updates` moves
    of the generator on new latents.

    Args:
        generator: latent (N, L) [, condition (N, ...)] -> sample (N, ...).
        critic: sample (N, ...) [, condition (N, ...)] -> logits (N, ...).
        prior: latents.
        objective: a pair of losses on logits.
        penalties: added to the critic's loss, each under its name.
        terms: further losses of either player.
        condition: what both networks are told: labels, or attributes.
        view: applied to reals and fakes before the critic sees them.
        constraint: applied to the critic after each of its moves.
        critic_updates, generator_updates: moves of each in a step, at least 1.
        reuse: whether the generator's first move takes the batch that the critic's last one was made on, fakes and all,
            instead of a new one: another algorithm, which saves a pass of the generator.

    Raises:
        UsageError: for a count below 1.
    """

    slots: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    first: ClassVar[int] = 256
    """Samples that layers look at before training."""

    def __init__(
        self,
        *,
        generator: Player | Chain,
        critic: Player | Chain,
        prior: Prior,
        objective: Objective,
        penalties: Sequence[Penalty] = (),
        terms: Sequence[Term] = (),
        condition: Condition | None = None,
        view: View | None = None,
        constraint: Constraint | None = None,
        critic_updates: int = 1,
        generator_updates: int = 1,
        reuse: bool = False,
    ) -> None:
        super().__init__()
        self.generator, self.critic, self.prior = generator, critic, prior
        self.objective, self.penalties = objective, tuple(penalties)
        self.terms = nn.ModuleList(terms)
        self.condition, self.view, self.constraint = condition, view, constraint
        self.critic_updates, self.generator_updates = _count(critic_updates), _count(generator_updates)
        self.reuse = reuse
        self.join_terms()

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(value, nn.Module):  # torch would not put a function where a module was
            vars(self).get("_modules", {}).pop(name, None)
        super().__setattr__(name, value)

    def prepare(self, run: Run) -> None:
        """Show data to the condition and to the layers that look at a first batch, see `rivals.nn.prepared`."""
        if self.condition is not None:
            self.condition.look(run)
        if prepared.wanted(self):
            real = run.examples(self.first)
            labels = run.examples(self.first, self.condition.field) if self.condition else None
            with torch.no_grad(), prepared.looking(self):
                self.fake(self.prior(len(real)), labels)
                self.judge(self.view(real) if self.view else real, labels)

    def step(self, run: Run) -> None:
        """Algorithm 1."""
        for _ in range(self.critic_updates):
            batch = self.move_critic(run)
        for i in range(self.generator_updates):
            self.move_generator(run, batch if self.reuse and not i else None)

    def move_critic(self, run: Run) -> Batch:
        """One descent of the critic on new reals and detached fakes, which are returned."""
        real, labels = self.reals(run)
        latent = self.prior(len(real))
        with torch.set_grad_enabled(self.reuse):
            fake = self.fake(latent, labels)
        x, y = (shown.detach().requires_grad_(self._sloped()) for shown in (real, fake))
        p = replace(self.look(x, y, latent, labels, both=True), mean=run.mean)
        loss = self.critic_loss(run, p)
        run.descend(([self.critic, *(q for term in self._terms for q in term.critic_players)], loss))
        if self.constraint is not None:
            self.constraint(self.critic)
        if isinstance(self.view, Adaptive):
            self.view.adapt(run, p)
        return real, labels, latent, fake

    def critic_loss(self, run: Run, p: Pass) -> dict[str, Tensor]:
        """All that the critic descends, by name."""
        assert p.real_logits is not None
        loss = {"objective": self.objective.critic(p.real_logits, p.fake_logits)}
        for i, penalty in enumerate(self.penalties):
            loss[f"penalty {i}" if i else "penalty"] = penalty(p)
        self._add(loss, ((term.name, term.critic(p)) for term in self._terms))
        return loss

    def move_generator(self, run: Run, batch: Batch | None = None) -> None:
        """One descent of the generator on a new batch, or on one that the critic has seen.

        Reals of a new one are drawn only where the objective or a term needs them.
        """
        if batch is None:
            wanted = self.objective.both or len(self.terms) or self.condition
            real, labels = self.reals(run) if wanted else (None, None)
            latent = self.prior(run.batch if real is None else len(real))
            batch = real, labels, latent, self.fake(latent, labels)
        real, labels, latent, fake = batch
        p = replace(self.look(real, fake, latent, labels, both=self.objective.both), mean=run.mean)
        loss = self.generator_loss(run, p)
        run.descend(([self.generator, *(q for term in self._terms for q in term.generator_players)], loss))

    def generator_loss(self, run: Run, p: Pass) -> dict[str, Tensor]:
        """All that the generator descends, by name."""
        loss = {"objective": self.objective.generator(p.fake_logits, p.real_logits)}
        self._add(loss, ((term.name, term.generator(p)) for term in self._terms))
        return loss

    def reals(self, run: Run) -> tuple[Tensor, Tensor | None]:
        """Real samples, and their labels where the game is conditional."""
        if self.condition is None:
            return run.real(), None
        real, labels = run.real(run.source.main, self.condition.field)
        return real, labels

    def fake(self, latent: Tensor, labels: Tensor | None) -> Tensor:
        """The generator's samples."""
        made: Tensor = self.generator(latent) if labels is None else self.generator(latent, labels)
        return made

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """The critic's logits of samples, (N, ...)."""
        logits: Tensor = self.critic(x) if labels is None else self.critic(x, labels)
        return logits

    def features(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """What the critic's last layer with weights is given: features (N, F) of samples as the critic sees them."""
        seen: list[Tensor] = []
        last = [module for module in self.critic.players[-1].net.modules() if _weighs(module)][-1]
        with last.register_forward_pre_hook(lambda module, given: seen.append(given[0])):
            self.judge(x, labels)
        return seen[0].flatten(1)[-len(x) :]  # a reference batch goes in front

    def look(self, real: Tensor | None, fake: Tensor, latent: Tensor, labels: Tensor | None, *, both: bool) -> Pass:
        """Show the critic a batch: the fakes, and the reals too where `both` is set."""
        seen_fake = self.view(fake) if self.view else fake
        seen_real = seen_fake if real is None else self.view(real) if self.view else real

        def critic(x: Tensor, others: Tensor | None = None) -> Tensor:
            return self.judge(x, labels if others is None else others)

        real_logits = critic(seen_real) if both else None
        return Pass(
            critic, seen_real, seen_fake, real_logits, critic(seen_fake), latent, labels, self._updates, self.features
        )

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        return self.fake(self.prior(n), labels)

    def check_parts(self) -> None:
        """Try the parts on a few samples, so that a slot set from outside is refused at once where it does not fit.

        Raises:
            UsageError: saying what does not fit.
        """
        size = self.prior.size
        self.join_terms()
        try:
            with self.presenting():
                labels = self.condition.rows(torch.arange(12)) if self.condition else None
                fake = self.generate(12, labels)
                self.look(fake, fake, self.prior(12), labels, both=True)
        except (RuntimeError, IndexError, ValueError) as error:
            raise UsageError(f"these parts do not fit this recipe's networks (prior of size {size}): {error}") from None

    def join_terms(self) -> None:
        """Show the terms the game that they are part of."""
        for term in self._terms:
            term.join(self)

    def _sloped(self) -> bool:
        """Whether penalties may take the critic's slope from its pass, which a compiled one does not give."""
        return bool(self.penalties) and not any(p.net._compiled_call_impl for p in self.critic.players)

    @property
    def _terms(self) -> list[Term]:
        return [term for term in self.terms if isinstance(term, Term)]

    @property
    def _updates(self) -> int:
        return self.critic.players[-1].updates

    @staticmethod
    def _add(loss: dict[str, Tensor], more: Any) -> None:
        loss.update((name, value) for name, value in more if value is not None)


def _weighs(module: nn.Module) -> bool:
    """Whether a layer has weights of its own; what makes them from others (a spectral norm) is no layer."""
    own = any(True for _ in module.parameters(recurse=False)) or parametrize.is_parametrized(module)
    return own and not isinstance(module, parametrize.ParametrizationList)


def _one(kind: str, optional: bool = False) -> Callable[[Any], Any]:
    return lambda text: None if optional and text is None else parts.make(kind, str(text))


def _many(kind: str, wrap: Callable[[list[Any]], Any] = tuple) -> Callable[[Any], Any]:
    def make(text: Any) -> Any:
        return wrap(parts.make_all(kind, f"[{', '.join(text)}]" if isinstance(text, list | tuple) else str(text)))

    return make


def _yes(value: Any) -> bool:
    try:
        return bool(options.exact(value, bool))
    except TypeError:
        raise UsageError(f"reuse must be true or false, not {value!r}") from None


def _count(value: Any) -> int:
    try:
        count: int = options.exact(value, int)
    except TypeError:
        raise UsageError(f"a count of updates must be int, not {value!r}") from None
    if count < 1:
        raise UsageError(f"a count of updates must be at least 1, not {count}")
    return count


Adversarial.slots = Game.slots | {
    "objective": _one("objective"),
    "penalties": _many("penalty"),
    "terms": _many("term", nn.ModuleList),
    "prior": _one("prior"),
    "view": _one("view", optional=True),
    "constraint": _one("constraint", optional=True),
    "critic_updates": _count,
    "generator_updates": _count,
    "reuse": _yes,
}
