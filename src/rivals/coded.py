"""Auto-encoders whose codes are held to a prior by critics."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.conditions import Labels
from rivals.encoding import Encoding
from rivals.game import Player
from rivals.nn.distance import squared
from rivals.nn.labels import code as onehot
from rivals.priors import Modes
from rivals.run import Run
from rivals.semi import FewLabelled


class AAE(Encoding):
    """An auto-encoder whose codes a critic cannot tell from a prior's draws. Makhzani et al. 2015, section 2.

    Args:
        critic: codes (N, L) -> logits (N,), high on the prior's.
        weight: of the reconstruction beside the critics' word.
        **others: of `Encoding`.
    """

    def __init__(self, *, critic: Player, weight: float, **others: Any) -> None:
        super().__init__(**others)
        self.critic, self.weight = critic, weight

    def step(self, run: Run) -> None:
        """Codes of the data against draws of the prior."""
        x = run.real()
        code = self.encoder(x)
        self.match(run, x, code, (self.critic, self.latents(len(x)), code))

    def match(self, run: Run, x: Tensor, code: Tensor, *sides: tuple[Player, Tensor, Tensor], **more: Tensor) -> None:
        """Move each critic of (critic, draws, codes); then both coders, by what they copy, the critics, and `more`."""
        told = [F.softplus(-critic(real)) + F.softplus(critic(fake.detach())) for critic, real, fake in sides]
        run.descend(*((side[0], loss) for side, loss in zip(sides, told, strict=True)))
        fooled = {f"prior {i}": F.softplus(-critic(fake)) for i, (critic, _, fake) in enumerate(sides)}
        loss = {"reconstruction": self.weight * squared(self.generator(code), x), **fooled, **more}
        run.descend(((self.encoder, self.generator), loss))


class SupervisedAAE(AAE):
    """The critic is told the label, which chooses the prior's part; section 2.3."""

    prior: Modes

    def step(self, run: Run) -> None:
        """Pairs of code and label; part k of the prior is for class k."""
        x, label = run.real(run.source.main, "label")
        code, told = self.encoder(x), onehot(label, self.classes)
        draws, codes = (torch.cat([z, told], 1) for z in (self.prior.at(label), code))
        self.match(run, x, code, (self.critic, draws, codes))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """From the labels' parts."""
        made: Tensor = self.generator(self.prior.at(torch.as_tensor(labels)))
        return made


class SemiSupervisedAAE(FewLabelled, AAE):
    """The code is a class y and a style z, each with a critic and a prior of its own.

    Args:
        names: critic of classes, (N, K) -> logits (N,), high on one-hot rows.
        spread: of the noise on what the encoder is given in training.
        **others: of `FewLabelled` and `AAE`; the encoder gives (N, K + L), logits and style.
    """

    def __init__(self, *, names: Player, spread: float, **others: Any) -> None:
        super().__init__(**others)
        self.names, self.spread, self.condition = names, spread, Labels(others["classes"])

    def step(self, run: Run) -> None:
        """Both parts of the code are matched, and a labelled batch is named."""
        x = run.real()
        code, classes = self.code(x), onehot(noise.integers(len(x), self.classes), self.classes)
        y, z = code.tensor_split([self.classes], 1)
        (labelled,) = self.named(run, self.log_probabilities)
        self.match(run, x, code, (self.critic, self.latents(len(x)), z), (self.names, classes, y), labelled=labelled)

    def code(self, x: Tensor) -> Tensor:
        """Probabilities of the classes and the style, (N, K + L)."""
        x = x + self.spread * self.training * noise.normal(*x.shape).to(x)
        logits, style = self.encoder(x).tensor_split([self.classes], 1)
        return torch.cat([logits.softmax(1), style], 1)

    def log_probabilities(self, x: Tensor) -> Tensor:
        """See `FewLabelled`."""
        return self.code(x)[:, : self.classes].clamp_min(1e-12).log()

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Of the labels' classes, in any style."""
        made: Tensor = self.generator(torch.cat([onehot(torch.as_tensor(labels), self.classes), self.latents(n)], 1))
        return made
