"""A generator of perturbations, so that an attack is one forward pass."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from rivals import networks
from rivals.attacks.losses import lacking
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional, translators
from rivals.objectives import least_squares
from rivals.optim import adam
from rivals.run import Run
from rivals.verbs import verb


class AdvGAN(Classifying):
    """L_adv + α L_GAN + β L_hinge against a classifier that stays as it is. Xiao et al. 2018, arXiv:1801.02610, eq. 4.

    Args:
        shape: of a picture.
        classifier: pictures in [-1, 1] -> logits (N, K); it learns in the first stage.
        G: pictures -> perturbations in units of ε, in [-1, 1].
        D: pictures -> logits, high on real ones.
        pretraining: steps of the first stage.
        epsilon, bound: ε in norm inf and c of the hinge in norm 2, for pictures in [0, 1].
        target, confidence: the class that all shall be named, None for any but their own; κ, the lead of its logit.
        alpha, beta: α; β.
    """

    def __init__(
        self, shape: tuple[int, ...], *, classifier: Player, G: Player, D: Player, pretraining: int, epsilon: float,
        target: int | None, confidence: float, alpha: float, beta: float, bound: float,
    ) -> None:  # fmt: skip
        super().__init__(shape)
        self.classifier, self.G, self.D, self.pretraining = classifier, G, D, pretraining
        self.epsilon, self.target, self.confidence = epsilon, target, confidence
        self.alpha, self.beta, self.bound, self.objective = alpha, beta, bound, least_squares()

    def stages(self, budget: int) -> dict[str, int]:
        """The classifier learns before it is attacked."""
        return {"classifier": self.pretraining, "attack": budget}

    def program(self, run: Run) -> None:
        """Both stages."""
        for _ in run.stage("classifier"):
            self.learn(run, self.classifier)
        for _ in run.stage("attack"):
            self.step(run)

    def step(self, run: Run) -> None:
        """The critic, then the generator."""
        x, y = run.real(run.source.main, "label")
        fake = self.perturbed(x)
        run.descend((self.D, self.objective.critic(self.D(x), self.D(fake.detach()))))
        size = (fake - x).flatten(1).norm(dim=1) / 2  # of pictures in [0, 1]
        run.descend((self.G, {
            "adversarial": lacking(self.classifier(fake), y, self.target, self.confidence),
            "fool": self.alpha * self.objective.generator(self.D(fake)),
            "hinge": self.beta * F.relu(size - self.bound),
        }))  # fmt: skip

    def perturbed(self, x: Tensor) -> Tensor:
        """X + ε G(x), cut to [-1, 1]."""
        step: Tensor = 2 * self.epsilon * self.G(x)
        return (x + step).clamp(-1, 1)

    @verb
    def translate(self, x: Tensor) -> Tensor:
        """Adversarial neighbours of pictures, each at most ε away."""
        return self.perturbed(x)

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """The same of pictures with labels, which do not matter."""
        return self.perturbed(x)


@recipe(
    "advgan",
    paper=Paper("Generating Adversarial Examples with Adversarial Networks", 2018, "1801.02610"),
    data=("images",),
    kind="translator",
    batch=128,
    steps=2000,
    tiny={"width": 4, "blocks": 1, "maps": 2, "dense": 8, "pretraining": 2},
)
def advgan(
    data: Images,
    *,
    epsilon: float = 0.3,
    target: int | None = None,
    confidence: float = 1.0,
    alpha: float = 0.1,
    beta: float = 0.1,
    bound: float = 1.0,
    pretraining: int = 1000,
    maps: int = 16,
    dense: int = 128,
    width: int = 16,
    blocks: int = 4,
    rate: float = 1e-3,
) -> AdvGAN:
    """A generator learns to perturb any picture so that a fixed classifier errs; section 3.2.

    E max(0, κ - lead(f(x + G(x)))) + α E (D(x + G(x)) - 1)² / 2 + β E max(0, ‖G(x)‖₂ - c), |G(x)| ≤ ε.

    Args:
        data: pictures with classes, of at least 4 pixels.
        epsilon: ε for pictures in [0, 1].
        target, confidence: the class that all shall be named, none for any but their own; κ, at least 0.
        alpha, beta, bound: α and β, at least 0; c.
        pretraining: steps in which the classifier learns, before all others.
        maps, dense: of the classifier, see `rivals.networks.convolutional`.
        width, blocks, rate: of generator and critic, see `rivals.networks.translators`; Adam's, for all.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. The perturbation is ε tanh for one that is cut. 2. Without a target another logit is to lead, where
    the paper has a distance of labels. 3. α, β and c are ours: the paper names none.
    """
    several(data.classes, "advgan")
    if min(data.height, data.width) < 4:
        raise UsageError("advgan takes pictures of at least 4 pixels")
    if not (0 < epsilon <= 1 and min(confidence, alpha, beta, bound) >= 0 and pretraining >= 1):
        raise UsageError("epsilon must be in (0, 1], pretraining at least 1, and the weights and bounds at least 0")
    if target is not None and not 0 <= target < data.classes:
        raise UsageError(f"target must be a class, 0 to {data.classes - 1}, not {target}")
    return AdvGAN(
        data.shape,
        classifier=Player(convolutional.classifier(data, maps, dense), adam(rate)),
        G=Player(translators.residual(data, data, width, blocks=blocks), adam(rate)),
        D=Player(networks.critic(data, width, norm="none"), adam(rate)),
        pretraining=pretraining, epsilon=epsilon, target=target, confidence=confidence, alpha=alpha, beta=beta,
        bound=bound,
    )  # fmt: skip
