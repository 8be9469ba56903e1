"""A light classifier that learns from a teacher and, with it, against a critic of labels."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks, noise
from rivals.catalog import Paper, recipe
from rivals.conditions import Labels
from rivals.data.sources import FEW
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk
from rivals.nn.labels import code
from rivals.optim import adam
from rivals.run import Run
from rivals.semi import FewLabelled


class KDGAN(FewLabelled):
    """Student and teacher draw labels of x, a critic tells them from the true ones. Wang et al. 2018, algorithm 1.

    A draw is concrete, softmax((log p(y | x) + g) / τ) with Gumbel noise g, so that gradients flow through it.

    Args:
        student, teacher: x (N, *shape) -> logits (N, K).
        critic: x and codes of labels (N, K) -> logits (N,), high on true labels.
        alpha: the student's share of the critic's fakes, the teacher has the rest.
        adversarial, beta, gamma: weights of the adversarial losses, of the student's and of the teacher's distillation.
        temperature, **few: τ; of `FewLabelled`.
    """

    needed, original = True, False
    kept: Tensor

    def __init__(
        self, student: Player, teacher: Player, critic: Player, shape: tuple[int, ...], *, alpha: float,
        adversarial: float, beta: float, gamma: float, temperature: float, **few: Any,
    ) -> None:  # fmt: skip
        super().__init__(**few)
        self.student, self.teacher, self.critic, self.temperature = student, teacher, critic, temperature
        self.alpha, self.adversarial, self.beta, self.gamma = alpha, adversarial, beta, gamma
        self.condition = Labels(few["classes"])
        self.register_buffer("kept", torch.zeros(512, *shape))  # samples are chosen from them

    def prepare(self, run: Run) -> None:
        """Keep pictures to choose samples from, repeated where there are few."""
        x = run.examples(len(self.kept))
        self.kept.copy_(x[torch.arange(len(self.kept), device=x.device) % len(x)])

    def step(self, run: Run) -> None:
        """All three move at once, on the labelled samples and as many others."""
        few, true = run.real(*FEW)
        x = torch.cat([few, run.real()])
        student, teacher = self.student(x), self.teacher(x)
        told = {"true": F.softplus(-self.critic(few, code(true, self.classes)))}
        moves = []
        for name, player, mine, other, share, distilled in (
            ("student", self.student, student, teacher, self.alpha, self.beta),
            ("teacher", self.teacher, teacher, student, 1 - self.alpha, self.gamma),
        ):
            judged = self.critic(x, self.drawn(mine))
            told[name] = share * F.softplus(judged)
            named = F.cross_entropy(mine[: len(few)], true, reduction="none")
            apart = distilled * (mine - other.detach()).square().mean(1)
            deceit = self.adversarial * share * F.softplus(-judged)
            moves.append((player, {"labelled": named, "distilled": apart, "adversarial": deceit}))
        run.descend((self.critic, told), *moves)

    def drawn(self, logits: Tensor) -> Tensor:
        """A concrete draw of a label by each row of logits, (N, K) -> (N, K)."""
        return ((logits.log_softmax(1) + gumbel(*logits.shape).to(logits)) / self.temperature).softmax(1)

    def log_probabilities(self, x: Tensor) -> Tensor:
        """The student's, see `FewLabelled`."""
        return F.log_softmax(self.student(x), 1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Pictures of the data for each label, drawn by p(x | y) ∝ p(y | x), p the student's."""
        assert labels is not None
        p = self.log_probabilities(self.kept).T[labels]
        return self.kept[(p + gumbel(*p.shape).to(p)).argmax(1)]


def gumbel(*shape: int) -> Tensor:
    """Gumbel noise, -log(-log u)."""
    return -(-noise.uniform(*shape).clamp(1e-6, 1 - 1e-6).log()).log()


@recipe(
    "kdgan",
    paper=Paper("KDGAN: Knowledge Distillation with Generative Adversarial Networks", 2018),
    data=("images",),
    kind="classifier",
    tiny={"width": 8, "hidden": (8,), "labels": 10},
)
def kdgan(
    data: Images,
    *,
    labels: int = 100,
    subset: int | None = None,
    alpha: float = 0.1,
    adversarial: float = 1.0,
    beta: float = 1.0,
    gamma: float = 0.3,
    temperature: float = 1.0,
    hidden: tuple[int, ...] = (32,),
    dropout: float = 0.5,
    width: int = 32,
    rate: float = 1e-3,
    momentum: float = 0.5,
) -> KDGAN:
    """Student and teacher learn from each other's logits, from few labels, and by deceiving one critic; section 3.

    E log D(x, y) + α E_pc log(1 - D(x, y)) + (1 - α) E_pt log(1 - D(x, y)) + β ‖c(x) - t(x)‖² for the student's logits
    c, and γ of the same for the teacher's t; both also descend the cross-entropy of the labels.

    Args:
        data: pictures of any size, with classes.
        labels, subset: how many samples have a label; which, by default as the seed says.
        alpha, beta, gamma: α, β and γ.
        adversarial, temperature: weight of the adversarial losses, 0 for plain distillation (and γ = 0); of draws.
        hidden, dropout: units of the student's layers; of the teacher's features.
        width, rate, momentum: of teacher and critic, see `rivals.networks`; Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for no labels, or a temperature that is not above 0.

    Deviations: 1. Student and teacher answer for samples without a label, too, in plain distillation as well. 2. All
    three start from random weights and move at once. 3. The DCGAN's networks, a projection critic under spectral norm.
    """
    if temperature <= 0:
        raise UsageError(f"the temperature of concrete draws must be above 0, not {temperature}")
    k, optimizer = data.classes, adam(rate, (momentum, 0.999))
    body, features = trunk(data, width)
    return KDGAN(
        Player(mlp.critic(data.shape, hidden, k), optimizer),
        Player(nn.Sequential(body, nn.Dropout(dropout), nn.Linear(features, k)), optimizer),
        Player(networks.critic(data, width, norm="spectral", condition=k, join="projection"), optimizer),
        data.shape,
        alpha=alpha, adversarial=adversarial, beta=beta, gamma=gamma, temperature=temperature,
        classes=k, labels=labels, subset=subset,
    )  # fmt: skip
