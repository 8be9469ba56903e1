"""Right samples from wrong labels."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rivals import networks, noise
from rivals.catalog import Paper, recipe
from rivals.conditions import Labels
from rivals.data.mislabelled import mislabelled
from rivals.data.sources import Source
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.nn.labels import unlikelihood
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.run import Run


class Confusion(nn.Module):
    """C = softmax(A) by rows, (K, K): C[y, ỹ] is how often class y is labelled ỹ. Wrong labels are alike at first."""

    def __init__(self, classes: int, wrong: float) -> None:
        super().__init__()
        odds = math.log(max(wrong, 1e-9) / (classes - 1) / (1 - wrong))
        self.logits = nn.Parameter(odds * (1 - torch.eye(classes)))

    def forward(self) -> Tensor:
        """C."""
        return self.logits.softmax(1)


class RCGAN(Game):
    """Fakes get wrong labels as reals do, before the critic sees them. Thekumparampil et al. 2018, section 2.

    Args:
        generator: z (N, L) and labels (N,) -> x (N, ...).
        critic: x and labels -> logits (N,).
        confusion: () -> C (K, K), of a network, or of a player that moves with the generator.
        classifier: x -> logits (N, K), where C is learnt.
        prior: of z.
        classes: K.
        flip: share of training labels that are made wrong.
        weight: of the classifier in the generator's loss.
    """

    def __init__(
        self, generator: Player, critic: Player, confusion: nn.Module, classifier: Player | None, prior: Prior,
        *, classes: int, flip: float, weight: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.generator, self.critic, self.confusion, self.classifier = generator, critic, confusion, classifier
        self.prior, self.flip, self.weight = prior, flip, weight
        self.condition, self.objective = Labels(classes), non_saturating()

    def feed(self, source: Source) -> Source:
        """The data, with labels made wrong where that is wanted."""
        return mislabelled(source, self.flip, self.config["seed"] if self.config else 0) if self.flip else source

    def step(self, run: Run) -> None:
        """One move of each; a learnt C descends E over ỹ ~ C_y of the generator's loss, which is linear in it."""
        x, label = run.real(run.source.main, "label")
        y, z, c = noise.integers(len(x), self.classes), self.prior(len(x)), self.confusion()
        fake, seen = self.generator(z, y), drawn(c[y])
        fooled = self.critic(fake.detach(), seen)
        run.descend((self.critic, self.objective.critic(self.critic(x, label), fooled)))
        if self.classifier is None or not isinstance(self.confusion, Player):
            run.descend((self.generator, self.objective.generator(self.critic(fake, seen))))
            return
        run.descend((self.classifier, unlikelihood(self.classifier(x), label)))
        every = torch.arange(self.classes, device=y.device).repeat(len(y))
        each = self.objective.generator(self.critic(fake.repeat_interleave(self.classes, 0), every))
        named = self.weight * unlikelihood(self.classifier(fake), y)
        loss = {"fool": (c[y] * each.view(len(y), -1)).sum(1), "class": named}
        run.descend(((self.generator, self.confusion), loss))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`: of right labels."""
        made: Tensor = self.generator(self.prior(n), labels)
        return made


def drawn(probabilities: Tensor) -> Tensor:
    """An index of each row (N, K) of probabilities, int64 (N,)."""
    u = noise.uniform(len(probabilities), 1).to(probabilities)
    return (u > probabilities.detach().cumsum(1)).sum(1).clamp_max(probabilities.shape[1] - 1)


@recipe(
    "rcgan",
    paper=Paper("Robustness of Conditional GANs to Noisy Labels", 2018, "1811.03205"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def rcgan(
    data: Points | Images,
    *,
    wrong: float = 0.3,
    learnt: bool = False,
    weight: float = 1.0,
    flip: float = 0.0,
    join: networks.Join = "input",
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    confusion_rate: float = 5e-3,
    beta: float = 0.5,
) -> RCGAN:
    """The critic compares noisy pairs (x, ỹ) with (G(z, y), ỹ), ỹ ~ C_y: what it must not tell apart is then the truth.

    V(D, G) = E log D(x, ỹ) + E log(1 - D(G(z, y), ỹ)), y uniform and ỹ of the confusion matrix's row y. As C has an
    inverse, only the right conditional distribution gives the noisy one.

    Args:
        data: points or pictures, with labels, some of which are wrong.
        wrong: share of wrong labels, alike over the other classes, which makes C; 0 is the plain conditional game.
        learnt: C is unknown, starts so and is learnt with the generator (RCGAN-U). That alone has a second
            solution, C = I with a generator that errs as the labels do. So a classifier that learns from the noisy
            labels holds G(z, y) to pictures that it mostly calls y.
        weight: of the classifier's cross-entropy in the loss of the generator.
        flip: share of the training labels that are made wrong, for trials; which ones, follows the seed.
        join: where the networks are told the label, see `rivals.networks.Join`; the paper's critic has a projection.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, confusion_rate, beta: Adam's learning rate for networks; for a learnt C; β₁ of both.

    Raises:
        UsageError: for data without labels, or a share of wrong labels that leaves nothing to learn.

    Deviations: 1. The DCGAN's networks. 2. y is uniform. 3. The classifier of RCGAN-U learns beside the others; the
    paper's is trained before.
    """
    most = 1 - 1 / max(data.classes, 2)
    if not (0 <= wrong < most and 0 <= flip < most):
        raise UsageError(f"with {data.classes} classes, wrong and flip must be at least 0 and below {most:.3g}")
    optimizer, confusion = adam(rate, (beta, 0.999)), Confusion(max(data.classes, 2), wrong)
    return RCGAN(
        Player(networks.generator(data, latent, width, condition=data.classes, join=join), optimizer),
        Player(networks.critic(data, width, condition=data.classes, join=join), optimizer),
        Player(confusion, adam(confusion_rate, (beta, 0.999))) if learnt else confusion.requires_grad_(False),
        Player(networks.critic(data, width, outputs=data.classes, norm="none"), optimizer) if learnt else None,
        Gaussian(latent), classes=data.classes, flip=flip, weight=weight,
    )  # fmt: skip
