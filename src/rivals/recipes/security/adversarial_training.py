"""A classifier that learns from the worst samples near those that it is given."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.attacks.climbing import climbed, slope_of
from rivals.attacks.defences import Defence, of_both, of_worst, trades
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional, mlp
from rivals.optim import adam
from rivals.run import Run


class Hardened(Classifying):
    """min over θ of E max over ‖δ‖ ≤ ε of L(θ, x + δ, y). Madry et al. 2017, arXiv:1706.06083, eq. 2.1.

    Args:
        classifier: pictures in [-1, 1] -> logits (N, K).
        shape: of a picture.
        defence: what it descends.
        epsilon, step: ε and the length of a step, in [0, 1] as everywhere in `rivals.attacks`.
        steps: of the inner climb, 0 for none.
        random: whether it begins at a random point of the ball, and not at the sample.
        divergence: whether it climbs KL(f(x) ‖ f(x + δ)) instead of the cross-entropy.
        warmup: share of the training in which ball and steps grow to their size.
    """

    def __init__(
        self, classifier: Player, shape: tuple[int, ...], defence: Defence, *, epsilon: float, step: float, steps: int,
        random: bool, divergence: bool, warmup: float,
    ) -> None:  # fmt: skip
        super().__init__(shape)
        if not (0 <= epsilon <= 1 and step > 0 and steps >= 0 and 0 <= warmup <= 1):
            raise UsageError("epsilon and warmup must be in [0, 1], inner_step above 0 and inner at least 0")
        self.classifier, self.defence, self.random, self.divergence = classifier, defence, random, divergence
        self.epsilon, self.length, self.steps = 2 * epsilon, 2 * step, steps  # pictures lie in [-1, 1]
        self.warmup = warmup

    def step(self, run: Run) -> None:
        """The inner climb, then one descent."""
        x, y = run.real(run.source.main, "label")
        grown = min(1.0, run.counters.step / (self.warmup * run.total)) if self.warmup else 1.0
        worst = self.neighbours(x, y, grown)
        run.descend((self.classifier, self.defence(self.classifier(x), self.classifier(worst), y)))

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """The worst neighbours in the whole ball, (N, C, H, W)."""
        return self.neighbours(x, y)

    def neighbours(self, x: Tensor, y: Tensor, grown: float = 1.0) -> Tensor:
        """The last point of a projected climb in a ball of so much of its size, (N, C, H, W)."""
        epsilon, length = grown * self.epsilon, grown * self.length
        clean = self.classifier(x).detach().softmax(1)

        def gain(at: Tensor) -> Tensor:
            logits = self.classifier(at)
            if self.divergence:
                return F.kl_div(logits.log_softmax(1), clean, reduction="sum")
            return F.cross_entropy(logits, y, reduction="sum")

        u = noise.uniform(*x.shape).to(x)
        start = (x + epsilon * (2 * u - 1)).clamp(-1, 1) if self.random and self.steps else x
        return climbed(slope_of(gain), x, start, epsilon, "inf", self.steps, length, (-1, 1)).detach()


@recipe(
    "adversarial-training",
    paper=Paper("Towards Deep Learning Models Resistant to Adversarial Attacks", 2017, "1706.06083"),
    data=("images",),
    kind="classifier",
    batch=50,
    steps=3000,
    tiny={"width": 2, "dense": 8, "inner": 2},
)
def adversarial_training(
    data: Images,
    *,
    loss: Literal["worst", "both", "trades"] = "worst",
    epsilon: float = 0.3,
    inner: int = 40,
    inner_step: float = 0.01,
    random: bool = True,
    warmup: float = 0.25,
    beta: float = 6.0,
    width: int = 32,
    dense: int = 1024,
    hidden: tuple[int, ...] = (),
    rate: float = 1e-4,
) -> Hardened:
    """The saddle point of a classifier and an adversary in a ball of norm inf around each sample; section 2.

    min over θ of E max over ‖δ‖∞ ≤ ε of L(θ, x + δ, y), the inside by projected gradient ascent.

    Args:
        data: pictures with classes, of at least 4 pixels.
        loss: "worst" (Madry), "both" (Goodfellow et al. 2014), or "trades" (Zhang et al. 2019).
        epsilon, inner, inner_step: ε for pictures in [0, 1]; steps of the ascent, 0 for plain training; length of each.
        random: whether the ascent begins at a random point of the ball.
        warmup: share of the steps in which ε and `inner_step` grow from 0, in [0, 1].
        beta: β of trades.
        width, dense: of the classifier, see `rivals.networks.convolutional`.
        hidden: units of hidden layers; where there are any, the classifier is fully connected.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. One inner step of 1.25 ε is the fast variant (Wong et al. 2020, arXiv:2001.03994), without its
    cyclic rate. 2. ε grows at first: from the start .3 keeps this net on handwritten digits at chance for thousands of
    steps, of which the paper has 100,000.
    """
    several(data.classes, "adversarial-training")
    if min(data.height, data.width) < 4 or min(width, dense, *hidden) < 1:
        raise UsageError("adversarial-training takes pictures of at least 4 pixels, and networks of at least one unit")
    defences: dict[str, Defence] = {"worst": of_worst, "both": of_both, "trades": trades(beta)}
    dense_net = mlp.critic(data.shape, hidden, data.classes) if hidden else None
    return Hardened(
        Player(dense_net or convolutional.classifier(data, width, dense), adam(rate)), data.shape, defences[loss],
        epsilon=epsilon, step=inner_step, steps=inner, random=random, divergence=loss == "trades",
        warmup=warmup,
    )  # fmt: skip
