"""Five nets of different forms side by side, to see which adversarial samples fool whom."""

from __future__ import annotations

import math
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from rivals.attacks.pgd import pgd
from rivals.attacks.transfer import Ensemble, transfer
from rivals.catalog import Paper, recipe
from rivals.classifying import Classifying, several
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError
from rivals.game import Player
from rivals.networks import convolutional, dcgan, mlp, residual
from rivals.optim import adam
from rivals.run import Run

SAMPLES = 200
"""Held-out pictures that are looked at."""

BOUNDS = (-1.0, 1.0)


class Committee(Classifying):
    """Nets that are trained on the same batches and name samples by their mean probability. Liu et al. 2016.

    Args:
        members: name -> player, pictures in [-1, 1] -> logits (N, K); at least two.
        shape: of a picture.
        epsilon, steps: ε of norm inf for pictures in [0, 1], and steps, of the samples that are passed around.
    """

    def __init__(self, members: dict[str, Player], shape: tuple[int, ...], epsilon: float, steps: int) -> None:
        super().__init__(shape)
        if not 0 < epsilon <= 1 or steps < 1:
            raise UsageError("epsilon must be above 0 and at most 1, and inner at least 1")
        self.members = nn.ModuleDict(members)
        self.attack: dict[str, Any] = {
            "epsilon": 2 * epsilon,
            "steps": steps,
            "bounds": BOUNDS,
        }  # pictures lie in [-1, 1]

    def step(self, run: Run) -> None:
        """Every net by itself."""
        x, y = run.real(run.source.main, "label")
        run.descend(*((m, F.cross_entropy(m(x), y, reduction="none")) for m in self.nets.values()))

    @property
    def nets(self) -> dict[str, Player]:
        """The members by name."""
        return {name: member for name, member in self.members.items() if isinstance(member, Player)}

    @property
    def network(self) -> nn.Module:
        """Their ensemble."""
        return Ensemble(list(self.nets.values()))

    def logits(self, x: Tensor) -> Tensor:
        """Log of the mean probability."""
        found: Tensor = self.network(x)
        return found

    def shown(self, x: Tensor, y: Tensor) -> Tensor:
        """Neighbours that fool the ensemble: what shall fool other nets, too."""
        return pgd(self.network, x.clamp(*BOUNDS), y, **self.attack)

    def scores(self, source: Source) -> dict[str, float]:
        """The matrix "A on B", made on A and shown to B, and means over A ≠ B; "others on B" is made on all but B."""
        test = source.test or source
        n = min(SAMPLES, test.size or SAMPLES)
        x, y = (part.to(self.device) for part in (decoded(test.first(test.main, n)), test.first("label", n).long()))
        nets = dict(self.nets)
        rest = {name: Ensemble([net for other, net in nets.items() if other != name]) for name in nets}
        try:
            single, joint = (transfer(each, nets, x, y, **self.attack).fooled for each in (nets, rest))
        except RivalsError:  # before any training there may be no sample that all of them know
            return {}
        found = {f"{a} on {b}": float(single[i, j]) for i, a in enumerate(nets) for j, b in enumerate(nets)}
        found |= {f"others on {name}": float(joint[i, i]) for i, name in enumerate(nets)}
        mean = float((single.sum() - single.trace()) / (single.numel() - len(single)))
        ensemble = float(joint.trace()) / len(joint)
        return {"transfer": mean, "ensemble transfer": ensemble, "ensemble gain": ensemble - mean} | found


@recipe(
    "transfer",
    paper=Paper("Delving into Transferable Adversarial Examples and Black-box Attacks", 2016, "1611.02770"),
    data=("images",),
    kind="classifier",
    batch=100,
    steps=1500,
    tiny={"width": 2, "dense": 8, "inner": 2},
)
def five_nets(
    data: Images,
    *,
    epsilon: float = 0.2,
    inner: int = 20,
    width: int = 8,
    dense: int = 128,
    rate: float = 1e-3,
) -> Committee:
    """A matrix of transfer between a dense, a maxout, a pooled, a strided and a residual net, and their ensembles.

    Args:
        data: pictures with classes, of at least 4 pixels.
        epsilon, inner: ε of norm inf for pictures in [0, 1], and steps, of the samples that are passed around.
        width, dense: maps of the first convolutions; units of dense layers.
        rate: Adam's.

    Raises:
        UsageError: for data without classes, or a number out of range.

    Deviations: 1. Small nets that are trained here, on small pictures, instead of five published ones on ImageNet. 2.
    Projected gradient ascent in a ball instead of Adam with a penalty on the distance.
    """
    several(data.classes, "transfer")
    if min(data.height, data.width) < 4 or min(width, dense) < 1:
        raise UsageError("transfer takes pictures of at least 4 pixels, and networks of at least one unit")
    k = data.classes
    bodies = {
        "dense": mlp.critic(data.shape, (dense, dense), k),
        "maxout": nn.Sequential(nn.Flatten(), mlp.Maxout(math.prod(data.shape), dense, 3), nn.Linear(dense, k)),
        "pooled": convolutional.classifier(data, width, dense),
        "strided": dcgan.critic(*data.shape, base=width, norm="none", outputs=k),
        "residual": residual.critic(*data.shape, 2 * width, "none", k),
    }
    return Committee({name: Player(net, adam(rate)) for name, net in bodies.items()}, data.shape, epsilon, inner)
