"""A net that sees nothing but adversarial samples under wrong labels, and yet learns the right ones."""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.attacks.climbing import climbed, slope_of
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional
from rivals.optim import adam
from rivals.run import Run


class NonRobust(Classifying):
    """Two nets: one learns the data, the other only what that one's adversarial samples say. Ilyas et al. 2019.

    Args:
        source: pictures in [-1, 1] -> logits (N, K), on whose adversarial samples the other net is trained.
        fresh: the same, who names samples in the end.
        shape: of a picture.
        classes: K.
        relabel: which class a sample is led to: any, or the one after its own.
        epsilon, step: ε of norm 2 and the length of a step, for pictures in [0, 1].
        steps: of the climb.
    """

    def __init__(
        self, source: Player, fresh: Player, shape: tuple[int, ...], classes: int, relabel: Literal["any", "next"], *,
        epsilon: float, step: float, steps: int,
    ) -> None:  # fmt: skip
        super().__init__(shape)
        if epsilon < 0 or step <= 0 or steps < 0:
            raise UsageError("epsilon and inner must be at least 0, and inner_step above 0")
        self.source, self.classifier, self.number, self.relabel = source, fresh, classes, relabel
        self.epsilon, self.length, self.steps = 2 * epsilon, 2 * step, steps  # pictures lie in [-1, 1]

    def stages(self, budget: int) -> dict[str, int]:
        """Half of the steps each."""
        first = max(1, budget // 2)
        return {"source": first, "fresh": max(1, budget - first)}

    def program(self, run: Run) -> None:
        """Section 3.2: the fresh net never sees a picture with its own label, nor one as it was."""
        for _ in run.stage("source"):
            self.learn(run, self.source)
        for _ in run.stage("fresh"):
            x, y = run.real(run.source.main, "label")
            target = self.wanted(y)
            run.descend((self.classifier, F.cross_entropy(self.classifier(self.led(x, target)), target)))

    def wanted(self, y: Tensor) -> Tensor:
        """The class that each sample is led to and labelled with, (N,)."""
        if self.relabel == "next":
            return (y + 1) % self.number
        return noise.integers(len(y), self.number).to(y)

    def led(self, x: Tensor, target: Tensor) -> Tensor:
        """x_adv = argmin over ‖x' - x‖₂ ≤ ε of L(source, x', t), by projected descent, (N, C, H, W)."""
        slope = slope_of(lambda at: -F.cross_entropy(self.source(at), target, reduction="none"))
        return climbed(slope, x, x, self.epsilon, "2", self.steps, self.length, (-1, 1)).detach()

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """Pictures that the source net takes for another class."""
        return self.led(x, self.wanted(y))


@recipe(
    "non-robust-features",
    paper=Paper("Adversarial Examples Are Not Bugs, They Are Features", 2019, "1905.02175"),
    data=("images",),
    kind="classifier",
    batch=100,
    steps=4000,
    tiny={"width": 2, "dense": 8, "inner": 2},
)
def non_robust_features(
    data: Images,
    *,
    relabel: Literal["any", "next"] = "any",
    epsilon: float = 1.5,
    inner: int = 20,
    inner_step: float = 0.2,
    width: int = 16,
    dense: int = 128,
    rate: float = 1e-3,
) -> NonRobust:
    """Features that attacks change without our seeing it are enough to name unchanged samples; section 3.2.

    Args:
        data: pictures with classes, of at least 4 pixels.
        relabel: "any", a class drawn at random (D_rand), or "next", the one after the own (D_det), whose robust
            features lead away from the right class.
        epsilon, inner, inner_step: ε of norm 2 for pictures in [0, 1], steps of the climb, length of each; ε = 0 leaves
            pictures as they were under labels that say nothing.
        width, dense: of both nets, see `rivals.networks.convolutional`.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. Adversarial samples are made for each batch, and "any" draws classes anew each time; the paper makes
    one data set once. 2. Small convolutional nets on grey pictures instead of a ResNet on CIFAR-10.
    """
    several(data.classes, "non-robust-features")
    if min(data.height, data.width) < 4 or min(width, dense) < 1:
        raise UsageError("non-robust-features takes pictures of at least 4 pixels, and networks of at least one unit")
    source, fresh = (Player(convolutional.classifier(data, width, dense), adam(rate)) for _ in range(2))
    return NonRobust(
        source, fresh, data.shape, data.classes, relabel, epsilon=epsilon, step=inner_step, steps=inner
    )  # fmt: skip
