"""A classifier that is trained under noise, so that its vote under noise is certain."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import convolutional
from rivals.optim import adam
from rivals.run import Run


class Smoothed(Classifying):
    """g(x) = argmax over c of P(f(x + ε) = c), ε ~ N(0, σ² I). Cohen et al. 2019, arXiv:1902.02918, eq. 1.

    Args:
        classifier: f, pictures in [-1, 1] -> logits (N, K).
        shape: of a picture.
        sigma: σ for pictures in [0, 1].
        votes: noisy copies that classify averages over, 0 for f itself.
    """

    def __init__(self, classifier: Player, shape: tuple[int, ...], sigma: float, votes: int) -> None:
        super().__init__(shape)
        if sigma < 0 or votes < 0:
            raise UsageError("sigma and votes must be at least 0")
        self.classifier, self.sigma, self.votes = classifier, sigma, votes

    def step(self, run: Run) -> None:
        """One descent on noisy pictures."""
        x, y = run.real(run.source.main, "label")
        run.descend((self.classifier, F.cross_entropy(self.classifier(self.noisy(x)), y, reduction="none")))

    def noisy(self, x: Tensor) -> Tensor:
        """Pictures with noise, which may leave their range; they lie in [-1, 1], so that σ counts twice."""
        return x + 2 * self.sigma * noise.normal(*x.shape).to(x)

    def logits(self, x: Tensor) -> Tensor:
        """Log of f's mean probability over noisy copies, which has a gradient; what is certified counts votes."""
        if not self.votes:
            return super().logits(x)
        every = torch.stack([super(Smoothed, self).logits(self.noisy(x)).log_softmax(1) for _ in range(self.votes)])
        mean: Tensor = every.logsumexp(0) - math.log(self.votes)
        return mean

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """Noisy pictures, cut to their range."""
        return self.noisy(x).clamp(-1, 1)


@recipe(
    "randomized-smoothing",
    paper=Paper("Certified Adversarial Robustness via Randomized Smoothing", 2019, "1902.02918"),
    data=("images",),
    kind="classifier",
    batch=100,
    steps=2000,
    tiny={"width": 2, "dense": 8, "votes": 2},
)
def randomized_smoothing(
    data: Images, *, sigma: float = 0.25, votes: int = 0, width: int = 16, dense: int = 128, rate: float = 1e-3
) -> Smoothed:
    """A base classifier under Gaussian noise, section 3.3; `rivals certify` counts its votes, algorithm 1.

    Args:
        data: pictures with classes, of at least 4 pixels.
        sigma: σ of the noise, for pictures in [0, 1].
        votes: of the smoothed classifier where samples are named or attacked; 0 names them by the base classifier.
        width, dense: of the classifier, see `rivals.networks.convolutional`.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. Where samples are named, probabilities are averaged instead of votes (Salman et al. 2019,
    arXiv:1906.04584), since those have no gradient to attack; certificates count votes as in the paper.
    """
    several(data.classes, "randomized-smoothing")
    if min(data.height, data.width) < 4 or min(width, dense) < 1:
        raise UsageError("randomized-smoothing takes pictures of at least 4 pixels, and networks of at least one unit")
    net = convolutional.classifier(data, width, dense)
    return Smoothed(Player(net, adam(rate)), data.shape, sigma, votes)
