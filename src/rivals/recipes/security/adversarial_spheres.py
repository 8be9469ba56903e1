"""Concentric spheres, told apart by a sum of squares: errors are near to every point long before they are many."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals.attacks import ball
from rivals.attacks.climbing import slope_of
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.specs import Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.optim import adam

STEPS, LENGTH = 50, 0.02
"""Of the climb that is shown: how many, and the length of each as a share of a point's distance from the origin."""

START = 1.3
"""‖W x‖² where the logits of two classes are equal before training, between 1 and 1.3²."""


class Quadratic(nn.Module):
    """Logits w ‖W x‖² + b. Gilmer et al. 2018, arXiv:1801.02774, section 4.

    Args:
        dim: of the points.
        hidden: rows of W.
        classes: logits.
    """

    def __init__(self, dim: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.inside = nn.Linear(dim, hidden, bias=False)
        self.outside = nn.Linear(1, classes)

    def forward(self, x: Tensor) -> Tensor:
        """(N, dim) -> (N, classes)."""
        logits: Tensor = self.outside(self.inside(x).square().sum(1, keepdim=True))
        return logits

    def axes(self) -> tuple[Tensor, Tensor]:
        """The ellipsoid Σ α_i (Vᵀ x)_i² = 1 on which the logits of two classes are equal: α (dim,) and V (dim, dim).

        In float64. Where every α_i is between 1/R² and 1 no point of either sphere is named wrongly.

        Raises:
            UsageError: for other than two classes.
        """
        if len(self.outside.bias) != 2:
            raise UsageError(f"the ellipsoid is where two classes meet, and there are {len(self.outside.bias)}")
        weight = self.inside.weight.detach().double()
        slope, offset = (p.detach().double().flatten() for p in (self.outside.weight, self.outside.bias))
        squares, directions = torch.linalg.eigh(weight.T @ weight)
        return squares * (slope[1] - slope[0]) / (offset[0] - offset[1]), directions


class Spheres(Classifying):
    """Cross-entropy on points of the spheres.

    Args:
        classifier: points -> logits (N, K).
        dim: of the points.
    """

    def __init__(self, classifier: Player, dim: int) -> None:
        super().__init__((dim,))
        self.classifier = classifier

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """Points moved up the loss on the sphere that they lie on; section 3.1, the attack on the data's manifold."""
        slope = slope_of(lambda at: F.cross_entropy(self.classifier(at), y, reduction="none"))
        radius, near = x.norm(dim=1, keepdim=True), x
        for _ in range(STEPS):
            near = radius * F.normalize(near + LENGTH * radius * ball.steepest(slope(near), "2"), dim=1)
        return near.detach()


@recipe(
    "adversarial-spheres",
    paper=Paper("Adversarial Spheres", 2018, "1801.02774"),
    data=("points",),
    kind="classifier",
    batch=50,
    steps=5000,
    tiny={"hidden": 4},
)
def adversarial_spheres(data: Points, *, hidden: int = 1000, rate: float = 1e-3) -> Spheres:
    """The quadratic network on two spheres, of which errors are known exactly; section 4.

    Args:
        data: points with classes: `spheres --read dim=500`, or spheres-500.
        hidden: squares that are summed, h.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or no hidden unit.

    Deviations: 1. Two logits and the cross-entropy instead of one logit, whose difference is the paper's. 2. The first
    weights have ‖W x‖² ≈ ‖x‖², and the boundary begins between the two spheres.
    """
    several(data.classes, "adversarial-spheres")
    if hidden < 1:
        raise UsageError("adversarial-spheres needs at least one hidden unit")
    net = Quadratic(data.dim, hidden, data.classes)
    nn.init.normal_(net.inside.weight, std=hidden**-0.5)
    with torch.no_grad():
        net.outside.weight.copy_(torch.linspace(-1, 1, data.classes)[:, None])
        net.outside.bias.copy_(-START * net.outside.weight[:, 0])
    return Spheres(Player(net, adam(rate)), data.dim)
