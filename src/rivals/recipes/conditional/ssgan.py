"""A critic that names classes, one of which is "fake"."""

from __future__ import annotations

from torch import Tensor

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.nn.norms import Norm
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.semi import SemiSupervised, real_logit


class SGAN(SemiSupervised):
    """A critic of N + 1 classes, the last of which is "fake", with a logit of its own. Odena 2016, algorithm 1.

    D(x) = 1 - p(N + 1 | x), so log Σ_{k ≤ N} exp l_k - l_{N+1} is the logit of the objective; of labelled samples the
    critic descends -log p(y | x) over all N + 1 classes. Arguments as `SemiSupervised`.
    """

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """The logit of "not fake", (N, ...) -> (N,)."""
        logits = self.critic(x)
        judged: Tensor = real_logit(logits[:, :-1]) - logits[:, -1]
        return judged

    def log_probabilities(self, x: Tensor) -> Tensor:
        """Of the classes, given that a sample is not fake, (N, ...) -> (N, K)."""
        logits: Tensor = self.critic(x)
        return logits[:, :-1].log_softmax(1)


@recipe(
    "ssgan",
    paper=Paper("Semi-Supervised Learning with Generative Adversarial Networks", 2016, "1606.01583"),
    data=("points", "images"),
    kind="classifier",
    tiny={"width": 8, "latent": 8, "labels": 10},
)
def ssgan(
    data: Points | Images,
    *,
    labels: int = 100,
    subset: int | None = None,
    unlabelled: float = 1.0,
    width: int = 64,
    latent: int = 100,
    norm: Norm = "batch",
    rate: float = 2e-4,
    beta: float = 0.5,
) -> SGAN:
    """One network is critic and classifier: N classes and "fake"; section 2.

    min -E log p(y | x) over labelled samples, -E log(1 - p(N + 1 | x)) over all and -E log p(N + 1 | G(z)); G minimises
    -E log(1 - p(N + 1 | G(z))).

    Args:
        data: points, or pictures of any size, with classes.
        labels, subset: how many samples have a label; which, by default as the seed says.
        unlabelled: weight of the game; at 0 the net learns from the labels alone.
        width, norm: of both networks, see `rivals.networks`; of the critic's hidden maps.
        latent: numbers in a normal latent.
        rate, beta: Adam's learning rate and β₁, for both.

    Deviations: 1. Samples without a label count as "not fake", which the paper's algorithm, where each real sample has
    its label, leaves open. 2. The DCGAN's networks.
    """
    return SGAN(
        classes=data.classes, labels=labels, subset=subset, unlabelled=unlabelled,
        generator=Player(networks.generator(data, latent, width), adam(rate, (beta, 0.999))),
        critic=Player(networks.critic(data, width, norm=norm, outputs=data.classes + 1), adam(rate, (beta, 0.999))),
        prior=Gaussian(latent),
        objective=non_saturating(),
    )  # fmt: skip
