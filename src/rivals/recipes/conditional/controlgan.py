"""A classifier of its own holds the generator to the label, and the critic to the data."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import conditions, networks
from rivals.catalog import Paper, recipe
from rivals.conditions import Condition
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.nn.labels import unlikelihood
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.run import Run
from rivals.verbs import verb


class ControlGAN(Game):
    """Three players: the classifier sees reals alone, the critic no labels. Lee and Seok 2017, arXiv:1708.00598.

    Args:
        generator: z (N, L) and conditions -> x (N, ...).
        critic: x -> logits (N,).
        classifier: x -> logits of the condition (N, K).
        prior: of z.
        condition: what is known of the data.
        balance: E, what the classifier's loss on fakes shall be in units of that on reals.
        gain: r, how fast its weight γ in the generator's loss follows.
        weight: γ at first.
    """

    weight: Tensor

    def __init__(
        self, generator: Player, critic: Player, classifier: Player, prior: Prior, condition: Condition,
        *, balance: float, gain: float, weight: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.generator, self.critic, self.classifier, self.prior = generator, critic, classifier, prior
        self.condition, self.objective = condition, non_saturating()
        self.balance, self.gain = balance, gain
        self.lacks = () if condition.classes else ("classify",)
        self.register_buffer("weight", torch.tensor(float(weight)))

    def prepare(self, run: Run) -> None:
        """Show data to the condition."""
        assert self.condition is not None
        self.condition.look(run)

    def step(self, run: Run) -> None:
        """Critic and classifier, then the generator, then γ ← max(0, γ + r (L_C(y, G(z, y)) - E · L_C(y, x)))."""
        assert self.condition is not None
        x, y = run.real(run.source.main, self.condition.field)
        fake = self.generator(self.prior(len(x)), y)
        named = unlikelihood(self.classifier(x), y)
        loss = self.objective.critic(self.critic(x), self.critic(fake.detach()))
        run.descend((self.critic, loss), (self.classifier, named))
        held = unlikelihood(self.classifier(fake), y)
        fooled = self.objective.generator(self.critic(fake))
        run.descend((self.generator, {"fool": fooled, "class": self.weight * held}))
        weight = self.weight + self.gain * (run.mean(held.detach()) - self.balance * run.mean(named.detach()))
        self.weight.copy_(weight.clamp(min=0))
        run.log(weight=self.weight)

    @verb
    def classify(self, x: Tensor) -> Tensor:
        """Log P(y | x), (N, K)."""
        logits: Tensor = self.classifier(x)
        return logits.log_softmax(1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.prior(n), labels)
        return made


@recipe(
    "controlgan",
    paper=Paper("Controllable Generative Adversarial Network", 2017, "1708.00598"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def controlgan(
    data: Points | Images,
    *,
    balance: float = 1.0,
    gain: float = 0.01,
    weight: float = 1.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> ControlGAN:
    """Since no critic judges labels, attributes can be asked for beyond what the data have.

    D: min E -log D(x) - log(1 - D(G(z, y))); C: min E L_C(y, x); G: min E -log D(G(z, y)) + γ L_C(y, G(z, y)), with γ
    such that L_C on fakes comes to E times that on reals.

    Args:
        data: points or pictures, with labels or attributes.
        balance, gain, weight: E, at least 0; how fast γ follows; γ at first.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for data without labels and attributes, or a negative number.

    Deviations: 1. The DCGAN's networks; the classifier is a critic of the same size without a norm.
    """
    if min(balance, gain, weight) < 0:
        raise UsageError("balance, gain and weight must be at least 0")
    condition, optimizer = conditions.of(data), adam(rate, (beta, 0.999))
    return ControlGAN(
        Player(networks.generator(data, latent, width, condition=condition.size), optimizer),
        Player(networks.critic(data, width), optimizer),
        Player(networks.critic(data, width, outputs=condition.size, norm="none"), optimizer),
        Gaussian(latent), condition, balance=balance, gain=gain, weight=weight,
    )  # fmt: skip
