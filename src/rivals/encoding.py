"""What games share that have an encoder beside their generator, that find conditions, or that learn what is normal."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rivals.conditions import Condition
from rivals.data.labelled import only
from rivals.data.sources import Source
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.nn.labels import altered, code
from rivals.priors import Prior
from rivals.run import Run
from rivals.verbs import verb


class Encoding(Game):
    """A generator with an encoder beside it, and what all such games can do. A subclass writes `step`.

    Args:
        generator: z (N, L) -> x (N, ...).
        encoder: x -> z.
        prior: of codes; a subclass without one makes its samples in another way.
    """

    def __init__(self, generator: Player, encoder: Player, prior: Prior | None = None) -> None:
        super().__init__()
        self.generator, self.encoder, self.prior = generator, encoder, prior

    def code(self, x: Tensor) -> Tensor:
        """The code of samples, (N, ...) -> (N, L); of a stochastic encoder the mean."""
        code: Tensor = self.encoder(x)
        return code

    @verb
    def encode(self, x: Tensor) -> Tensor:
        """E(x)."""
        return self.code(x)

    @verb
    def decode(self, z: Tensor) -> Tensor:
        """G(z)."""
        made: Tensor = self.generator(z)
        return made

    @verb
    def reconstruct(self, x: Tensor) -> Tensor:
        """G(E(x))."""
        made: Tensor = self.generator(self.code(x))
        return made

    def latents(self, n: int) -> Tensor:
        """N codes of the prior, (n, L)."""
        if self.prior is None:
            raise UsageError(f"{type(self).__name__} has no prior of codes")
        z: Tensor = self.prior(n)
        return z

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.latents(n))
        return made


class OneClass(Game):
    """A game that may be shown one class of the data alone, the normal one.

    Attributes:
        normal: that class, or None for all.
    """

    normal: int | None = None

    def feed(self, source: Source) -> Source:
        """The training samples of that class; what is held out stays whole."""
        return source if self.normal is None else only(source, self.normal)


class Inverted(Encoding):
    """An encoding whose codes (z, y) end with the condition's, (N, L + A).

    Args:
        condition: of A numbers; `prior` is of the L numbers in z.
        **others: of the next base class.
    """

    def __init__(self, *, condition: Condition, **others: Any) -> None:
        super().__init__(**others)
        self.condition = condition
        self.field, self.size = condition.field, condition.size
        self.lacks = () if condition.classes else ("classify",)

    def prepare(self, run: Run) -> None:
        """Let the condition look at the data."""
        if self.condition is not None:
            self.condition.look(run)

    def told(self, run: Run) -> tuple[Tensor, Tensor]:
        """Real samples and the codes y of their conditions, (N, A)."""
        x, y = run.real(run.source.main, self.field)
        return x, code(y, self.size)

    def with_latents(self, y: Tensor) -> Tensor:
        """Codes (z, y) with new latents, (N, A) -> (N, L + A)."""
        return torch.cat([self.latents(len(y)), y], 1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        assert labels is not None
        made: Tensor = self.generator(self.with_latents(code(labels, self.size)))
        return made

    @verb
    def edit(self, x: Tensor, **values: Any) -> Tensor:
        """G(z, y') of x's z, and its y but for attribute=value, or label=class; each a number, or (N,)."""
        z, y = self.code(x).tensor_split([-self.size], 1)
        made: Tensor = self.generator(torch.cat([z, altered(y, getattr(self.condition, "names", ()), values)], 1))
        return made

    @verb
    def classify(self, x: Tensor) -> Tensor:
        """Logarithms of the y that is found, made positive and to add up to 1."""
        p = self.code(x)[:, -self.size :].clamp_min(1e-6)
        return (p / p.sum(1, keepdim=True)).log()
