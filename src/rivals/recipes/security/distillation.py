"""A student that learns a teacher's probabilities at a high temperature."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.attacks.climbing import climbed, slope_of
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional
from rivals.optim import adam
from rivals.run import Run

SHOWN = 0.5
"""ε of the samples that are shown, .25 for pictures in [0, 1]."""


class Distilled(Classifying):
    """Two nets of one form, both trained at temperature T and used at 1. Papernot et al. 2015, arXiv:1511.04508.

    Args:
        teacher: pictures in [-1, 1] -> logits (N, K), trained on the labels.
        student: the same, trained on the teacher's probabilities: who names samples in the end.
        shape: of a picture.
        temperature: T.
    """

    def __init__(self, teacher: Player, student: Player, shape: tuple[int, ...], temperature: float) -> None:
        super().__init__(shape)
        if temperature <= 0:
            raise UsageError(f"the temperature must be above 0, not {temperature:g}")
        self.teacher, self.classifier, self.temperature = teacher, student, temperature

    def stages(self, budget: int) -> dict[str, int]:
        """Half of the steps each."""
        first = max(1, budget // 2)
        return {"teacher": first, "student": max(1, budget - first)}

    def program(self, run: Run) -> None:
        """-log F_T(x)_y for the teacher F, then -Σ_k F_T(x)_k log G_T(x)_k for the student G."""
        for _ in run.stage("teacher"):
            self.learn(run, self.teacher, by=self.temperature)
        for _ in run.stage("student"):
            x = run.real()
            with torch.no_grad():
                soft = (self.teacher(x) / self.temperature).softmax(1)
            told = (self.classifier(x) / self.temperature).log_softmax(1)
            run.descend((self.classifier, -(soft * told).sum(1)))

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """What one step along the sign of the student's gradient makes of pictures, at the temperature of training."""
        slope = slope_of(lambda at: F.cross_entropy(self.classifier(at) / self.temperature, y, reduction="none"))
        return climbed(slope, x, x, SHOWN, "inf", 1, SHOWN, (-1, 1)).detach()


@recipe(
    "distillation",
    paper=Paper(
        "Distillation as a Defense to Adversarial Perturbations against Deep Neural Networks", 2015, "1511.04508"
    ),
    data=("images",),
    kind="classifier",
    batch=100,
    steps=4000,
    tiny={"width": 2, "dense": 8},
)
def distillation(
    data: Images, *, temperature: float = 100.0, width: int = 16, dense: int = 128, rate: float = 1e-3
) -> Distilled:
    """Defensive distillation: the student's logits grow T-fold, and the gradient of its loss all but vanishes.

    A defence that is broken: it hides the gradient of the cross-entropy at temperature 1 and moves no boundary, so that
    attacks on the logits find adversarial samples as before (Carlini & Wagner 2016, arXiv:1608.04644, section VIII).

    Args:
        data: pictures with classes, of at least 4 pixels.
        temperature: T; 1 is a student of ordinary probabilities.
        width, dense: of both nets, see `rivals.networks.convolutional`.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. Adam on nets of two 5×5 convolutions; the paper has stochastic gradient descent with momentum on two
    pairs of 3×3 ones with dropout.
    """
    several(data.classes, "distillation")
    if min(data.height, data.width) < 4 or min(width, dense) < 1:
        raise UsageError("distillation takes pictures of at least 4 pixels, and networks of at least one unit")
    teacher, student = (Player(convolutional.classifier(data, width, dense), adam(rate)) for _ in range(2))
    return Distilled(teacher, student, data.shape, temperature)
