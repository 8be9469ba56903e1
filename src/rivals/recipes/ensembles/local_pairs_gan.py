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
        messengers: a critic for each pair, samples -> logits, that the global generator meets instead of the pair's.
        generator, critic: the global pair, z (N, L) -> samples and samples -> logits.
    """

    def __init__(
        self, pairs: Sequence[Adversarial], messengers: Sequence[Player], generator: Player, critic: Player
    ) -> None:
        super().__init__()
        self.pairs, self.messengers = nn.ModuleList(pairs), nn.ModuleList(messengers)
        self.generator, self.critic = generator, critic
        self.prior, self.objective = pairs[0].prior, pairs[0].objective

    @property
    def locals(self) -> list[Adversarial]:
        """The local games."""
        return [pair for pair in self.pairs if isinstance(pair, Adversarial)]

    def step(self, run: Run) -> None:
        """A step of every local pair; the global critic against their generators, the generator against messengers."""
        for pair in self.locals:
            pair.step(run)
        x, fake = run.real(), self.generate(run.batch)
        with torch.no_grad():
            local = [pair.generate(len(x)) for pair in self.locals]
        seen = [in_turn([made, fake.detach()]) for made in local]  # a pair's critic alone has never met G₀'s samples
        told = [self.objective.critic(m(x), m(made)) for m, made in zip(self.messengers, seen, strict=True)]
        run.descend(
            (self.critic, self.objective.critic(self.critic(x), self.critic(in_turn(local)))),
            (self.messengers, torch.stack(told).sum(0)),
        )
        losses = [self.objective.generator(messenger(fake)) for messenger in self.messengers]
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
    """What one pair has lost another still sees: the global generator pleases the messengers of all at once.

    G₀: min Σᵢ E -log Mᵢ(G₀(z)); Mᵢ: max E log Mᵢ(x) + E log(1 - Mᵢ(x̃)), x̃ of Gᵢ and G₀; D₀: the same with x̃ of the
    local generators' mixture; each (Gᵢ, Dᵢ) plays alone.

    Args:
        data: points, or pictures of any size.
        pairs: N, at least 1.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for fewer than 1 pair.

    Deviations: 1. The networks of `rivals.networks`. 2. A messenger is a critic of its own that learns from all of its
    pair's batches and from G₀'s; the paper's is a copy of the pair's that is shown G₀'s samples and thrown away.
    """

    def generator() -> Player:
        return Player(networks.generator(data, latent, width), adam(rate, betas))

    def critic() -> Player:
        return Player(networks.critic(data, width), adam(rate, betas))

    if pairs < 1:
        raise UsageError(f"there must be at least 1 local pair, not {pairs}")
    prior, objective = Gaussian(latent), non_saturating()
    local = [
        Adversarial(generator=generator(), critic=critic(), prior=prior, objective=objective) for _ in range(pairs)
    ]
    return LocalPairs(local, [critic() for _ in local], generator(), critic())
