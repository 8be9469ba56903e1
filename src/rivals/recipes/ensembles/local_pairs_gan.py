"""Pairs that train apart, and one that learns from all of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import in_turn
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run


class LocalPairs(Game):
    """N local pairs, each a game of its own, and a global pair that never changes them. Chavdarova & Fleuret 2017.

    Args:
        pairs: the local games, with a critic each.
        generator, critic: the global pair, z (N, L) -> samples and samples -> logits.
    """

    def __init__(self, pairs: Sequence[Adversarial], generator: Player, critic: Player) -> None:
        super().__init__()
        self.pairs, self.generator, self.critic = nn.ModuleList(pairs), generator, critic
        self.prior, self.objective = pairs[0].prior, pairs[0].objective

    @property
    def locals(self) -> list[Adversarial]:
        """The local games."""
        return [pair for pair in self.pairs if isinstance(pair, Adversarial)]

    def step(self, run: Run) -> None:
        """A step of every local pair; the global critic against their generators, the generator against critics."""
        for pair in self.locals:
            pair.step(run)
        x = run.real()
        with torch.no_grad():
            fake = in_turn([pair.generate(len(x)) for pair in self.locals])
        run.descend((self.critic, self.objective.critic(self.critic(x), self.critic(fake))))
        fake = self.generate(run.batch)
        losses = [self.objective.generator(pair.critic(fake)) for pair in self.locals]
        run.descend((self.generator, torch.stack(losses).mean(0)))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Samples of the global generator."""
        made: Tensor = self.generator(self.prior(n))
        return made


@recipe(
    "local-pairs-gan",
    paper=Paper("SGAN: An Alternative Training of Generative Adversarial Networks", 2017, "1712.02330"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8, "pairs": 2},
)
def local_pairs_gan(
    data: Points | Images,
    *,
    pairs: int = 3,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> LocalPairs:
    """What one pair has lost another still sees: the global generator pleases all local critics at once.

    G₀: min Σᵢ E -log Dᵢ(G₀(z)); D₀: max E log D₀(x) + E log(1 - D₀(x̃)), x̃ of the local generators' mixture; each
    (Gᵢ, Dᵢ) plays alone.

    Args:
        data: points, or pictures of any size.
        pairs: N, at least 1.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for fewer than 1 pair.

    Deviations: 1. The networks of `rivals.networks`. 2. G₀ meets the local critics themselves, not copies of them that
    have also seen its samples.
    """

    def pair() -> tuple[Player, Player]:
        makers = networks.generator(data, latent, width), networks.critic(data, width)
        return Player(makers[0], adam(rate, betas)), Player(makers[1], adam(rate, betas))

    def local() -> Adversarial:
        generator, critic = pair()
        return Adversarial(generator=generator, critic=critic, prior=Gaussian(latent), objective=non_saturating())

    if pairs < 1:
        raise UsageError(f"there must be at least 1 local pair, not {pairs}")
    return LocalPairs([local() for _ in range(pairs)], *pair())
