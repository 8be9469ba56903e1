"""Hidden and visible units that know each other alone: a likelihood whose gradient is a difference."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.likelihood import Likelihood
from rivals.networks.boltzmann import COUNTED, Restricted
from rivals.optim import sgd
from rivals.run import Run
from rivals.verbs import verb


class RBM(Likelihood):
    """Descend F(v) - F(v'), v' by k Gibbs steps from v: contrastive divergence. Hinton 2002, section 2.

    The gradient of E F(v) is one half of that of -log p(v); the other, over the model's own samples, is cut short.

    Args:
        net: a `Restricted`.
        shape: of the pictures, whose pixels are drawn black or white by their grey.
        k: Gibbs steps of a move.
        steps: Gibbs steps of a sample.
    """

    def __init__(self, net: Player, shape: tuple[int, ...], k: int, steps: int) -> None:
        super().__init__("binary")
        if min(k, steps) < 1:
            raise UsageError(f"a chain has at least one Gibbs step: raise k ({k}) or chain ({steps})")
        self.net, self.shape, self.k, self.steps = net, shape, k, steps
        self.lacks = () if min(self.units.weight.shape) <= COUNTED else ("log_prob",)

    @property
    def units(self) -> Restricted:
        """The network itself."""
        net = self.net.average if self.net.presenting and self.net.average is not None else self.net.net
        assert isinstance(net, Restricted)
        return net

    def step(self, run: Run) -> None:
        """CD-k: hidden units enter by their probabilities, as F's gradient has them."""
        v = (self.seen(run.real()).flatten(1) + 1) / 2
        with torch.no_grad():
            there = self.gibbs(v, self.k)
        run.descend((self.net, self.net(v) - self.net(there)))

    def gibbs(self, v: Tensor, steps: int) -> Tensor:
        """Draw h of v and v of h in turn: (N, V) -> (N, V) of 0 and 1."""
        for _ in range(steps):
            v = self._drawn(self.units.down(self._drawn(self.units.up(v))))
        return v

    def bound(self, x: Tensor) -> dict[str, Tensor]:
        """-log p(v) = F(v) + log Z itself, where Z can be counted."""
        energy = self.net((x.flatten(1) + 1) / 2)
        return {"energy": energy, "partition": self.units.log_partition().expand(len(x))}

    @verb
    def encode(self, x: Tensor) -> Tensor:
        """p(h = 1 | v)."""
        return self._told(x)

    @verb
    def decode(self, z: Tensor) -> Tensor:
        """Greys 2 p(v = 1 | h) - 1."""
        return self._pictures(z)

    @verb
    def reconstruct(self, x: Tensor) -> Tensor:
        """Up and down by probabilities."""
        return self._pictures(self._told(x))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Chains from even noise; of the last step p(v = 1 | h) as grey, as papers show it."""
        v = self.gibbs((noise.uniform(n, len(self.units.visible)) < 0.5).to(self.units.visible), self.steps - 1)
        return self._pictures(self._drawn(self.units.up(v)))

    def _told(self, x: Tensor) -> Tensor:
        return self.units.up((x.flatten(1) + 1) / 2).sigmoid()

    def _pictures(self, h: Tensor) -> Tensor:
        made: Tensor = 2 * self.units.down(h).sigmoid().unflatten(1, self.shape) - 1
        return made

    @staticmethod
    def _drawn(logits: Tensor) -> Tensor:
        return (noise.uniform(*logits.shape).to(logits) < logits.sigmoid()).to(logits)


@recipe(
    "rbm",
    paper=Paper("Training Products of Experts by Minimizing Contrastive Divergence", 2002),
    data=("images",),
    kind="encoder",
    batch=64,
    steps=10_000,
    tiny={"hidden": 6, "chain": 5},
)
def rbm(
    data: Images,
    *,
    hidden: int = 128,
    k: int = 1,
    chain: int = 500,
    rate: float = 0.1,
    momentum: float = 0.5,
) -> RBM:
    """A restricted Boltzmann machine by contrastive divergence.

    p(v) = exp(-F(v)) / Z; ΔW ∝ E_data v p(h | v)ᵀ - E_k v p(h | v)ᵀ, eq. 5, the gradient of F(v) - F(v_k) by W.

    Args:
        data: pictures, drawn black or white by their grey.
        hidden: units; up to 16 the likelihood is exact by a sum over all their states, above there is none.
        k: Gibbs steps of a move.
        chain: Gibbs steps of a sample.
        rate, momentum: of the descent.

    Raises:
        UsageError: for a chain without a step, or no hidden unit.

    Deviations: 1. Every visible unit of a chain is drawn; the last one of a sample is shown by its probability.
    """
    if hidden < 1:
        raise UsageError(f"an RBM needs at least one hidden unit, not hidden={hidden}")
    net = Restricted(data.channels * data.height * data.width, hidden)
    return RBM(Player(net, sgd(rate, momentum)), data.shape, k, chain)
