"""A detector of adversarial pictures: the classifier says something else of them when they are squeezed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional
from rivals.nn.squeezing import Squeezer, bits, median, through
from rivals.optim import adam
from rivals.run import Run
from rivals.verbs import verb

LEGITIMATE, EVERY = 1000, 100
"""Training pictures that the threshold is set on; steps between settings."""


class Squeezed(Classifying):
    """max over t of ‖p(x) - p(t(x))‖₁ above a threshold is taken for an attack. Xu et al. 2017, 1704.01155, eq. 4-5.

    Args:
        shape: of a picture.
        classifier: pictures in [-1, 1] -> logits (N, K).
        squeezers: the t, which gradients pass.
        false: share of legitimate pictures above the threshold.
    """

    threshold: Tensor

    def __init__(self, shape: tuple[int, ...], classifier: Player, squeezers: Sequence[Squeezer], false: float) -> None:
        super().__init__(shape)
        self.classifier, self.squeezers, self.false = classifier, squeezers, false
        self.register_buffer("threshold", torch.tensor(2.0))  # no distance is larger

    def step(self, run: Run) -> None:
        """One descent; now and then, and at the end, the threshold is set anew."""
        super().step(run)
        if (run.counters.step + 1) % EVERY == 0 or run.counters.step + 1 == run.total:
            with torch.no_grad():
                self.threshold.copy_(self.apart(run.examples(LEGITIMATE)).quantile(1 - self.false))

    def looks(self, x: Tensor) -> Tensor:
        """Log probabilities of pictures as they are, and squeezed in each way, (1 + T, N, K)."""
        seen = torch.stack([self.classifier(x), *(self.classifier(t(x)) for t in self.squeezers)])
        return seen.log_softmax(2)

    def apart(self, x: Tensor) -> Tensor:
        """The largest distance of what is said, in [0, 2], (N,)."""
        plain, *squeezed = self.looks(x).exp()
        return torch.stack([(p - plain).abs().sum(1) for p in squeezed]).amax(0)

    @verb
    def anomaly(self, x: Tensor) -> Tensor:
        """The score that is held against `threshold`."""
        return self.apart(x)

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """Pictures as the last squeezer leaves them."""
        return self.squeezers[-1](x)


@recipe(
    "feature-squeezing",
    paper=Paper("Feature Squeezing: Detecting Adversarial Examples in Deep Neural Networks", 2017, "1704.01155"),
    data=("images",),
    kind="classifier",
    batch=64,
    steps=1500,
    tiny={"width": 2, "dense": 8},
)
def feature_squeezing(
    data: Images,
    *,
    depth: int = 1,
    window: int = 2,
    false: float = 0.05,
    width: int = 16,
    dense: int = 128,
    rate: float = 1e-3,
) -> Squeezed:
    """Detect adversarial pictures by what rounding and smoothing change in a prediction; section V.

    s(x) = max over t of ‖p(x) - p(t(x))‖₁, t rounds to 2^depth levels or takes medians; s above its quantile on
    training pictures is an attack. `game.anomaly` gives s, `game.threshold` the quantile.

    Args:
        data: pictures with classes, of at least 4 pixels.
        depth: bits that rounding keeps; the paper has 1 for handwritten digits, 5 for colours.
        window: side of the medians' window, at least 2.
        false: share of legitimate pictures that are taken for attacks, in (0, 1).
        width, dense: of the classifier, see `rivals.networks.convolutional`.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. No non-local means.
    """
    several(data.classes, "feature-squeezing")
    if min(data.height, data.width) < 4:
        raise UsageError("feature-squeezing takes pictures of at least 4 pixels")
    if not (depth >= 1 and window >= 2 and 0 < false < 1):
        raise UsageError("depth must be at least 1, window at least 2 and false in (0, 1)")
    classifier = Player(convolutional.classifier(data, width, dense), adam(rate))
    return Squeezed(data.shape, classifier, [through(bits(depth)), through(median(window))], false)
