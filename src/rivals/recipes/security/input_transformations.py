"""A classifier that looks at pictures through a transformation, which is to take perturbations away."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional
from rivals.nn import squeezing
from rivals.nn.squeezing import Squeezer
from rivals.optim import adam


class Transformed(Classifying):
    """f(t(x)), f trained on transformed pictures. Guo et al. 2017, arXiv:1711.00117, section 4.

    Args:
        shape: of a picture.
        classifier: pictures in [-1, 1] -> logits (N, K).
        squeezer: t, one that gradients pass.
    """

    def __init__(self, shape: tuple[int, ...], classifier: Player, squeezer: Squeezer) -> None:
        super().__init__(shape)
        self.classifier, self.squeezer = classifier, squeezer

    def logits(self, x: Tensor) -> Tensor:
        """Of transformed pictures, t drawn anew where it is random."""
        found: Tensor = self.classifier(self.squeezer(x))
        return found

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """What the classifier sees of pictures."""
        return self.squeezer(x)


@recipe(
    "input-transformations",
    paper=Paper("Countering Adversarial Images using Input Transformations", 2017, "1711.00117"),
    data=("images",),
    kind="classifier",
    batch=64,
    steps=1500,
    tiny={"width": 2, "dense": 8},
)
def input_transformations(
    data: Images,
    *,
    transform: Literal["bits", "median", "jpeg", "resize"] = "jpeg",
    depth: int = 2,
    window: int = 3,
    quality: int = 25,
    smallest: float = 0.75,
    width: int = 16,
    dense: int = 128,
    rate: float = 1e-3,
) -> Transformed:
    """Rounding, smoothing, compressing or moving a picture before it is named; section 3.

    It stops attacks that do not know of it. Those that go through it (the gradient of the identity for what has none,
    the mean over draws for what is random) it does not stop: `rivals attack` and `rivals defend` go through it.

    Args:
        data: pictures with classes, of at least 4 pixels.
        transform: "bits" keeps few levels, "median" smooths, "jpeg" compresses, "resize" makes smaller and moves at
            random (Xie et al. 2017, arXiv:1711.01991).
        depth, window: bits kept; side of the median's window, both at least 1.
        quality, smallest: of the compression, 1 to 100; the smallest factor, in (0, 1].
        width, dense: of the classifier, see `rivals.networks.convolutional`.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. Neither total variation minimisation nor quilting. 2. The compression of `rivals.nn.squeezing`.
    """
    several(data.classes, "input-transformations")
    if min(data.height, data.width) < 4:
        raise UsageError("input-transformations takes pictures of at least 4 pixels")
    if not (min(depth, window) >= 1 and 1 <= quality <= 100 and 0 < smallest <= 1):
        raise UsageError("depth and window must be at least 1, quality from 1 to 100 and smallest in (0, 1]")
    squeezers: dict[str, Squeezer] = {
        "bits": squeezing.through(squeezing.bits(depth)),
        "median": squeezing.through(squeezing.median(window)),
        "jpeg": squeezing.through(squeezing.jpeg(quality)),
        "resize": squeezing.resized(smallest),
    }
    classifier = Player(convolutional.classifier(data, width, dense), adam(rate))
    return Transformed(data.shape, classifier, squeezers[transform])
