"""Critics that stay away by chance."""

from __future__ import annotations

from typing import Any

import torch

from rivals import networks, noise
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.ensemble import Panel
from rivals.errors import UsageError
from rivals.game import Player
from rivals.objectives import many_critics
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run


class Absent(Panel):
    """A panel of which only some critics are there: those alone are asked, and those alone move.

    Args:
        critics: all of them.
    """

    def __init__(self, *critics: Player) -> None:
        super().__init__(*critics)
        self.there = tuple(range(len(critics)))

    @property
    def players(self) -> tuple[Player, ...]:
        """Those who are there."""
        everyone = super().players
        return tuple(everyone[i] for i in self.there)


class DropoutGAN(Adversarial):
    """The declarative game, before each step of which every critic is dropped with a probability.

    min over G, max over the Dᵢ of Σ δᵢ V(Dᵢ, G), δᵢ ~ Bernoulli(1 - d); where all are dropped, one is kept.
    Mordido et al. 2018, arXiv:1807.11346.

    Args:
        drop: d, in [0, 1].
        parts: of the declarative game; its critic is an `Absent`.
    """

    def __init__(self, *, drop: float, **parts: Any) -> None:
        super().__init__(**parts)
        self.drop = drop

    def step(self, run: Run) -> None:
        """Draw who is there, the same for all shards of a batch, then algorithm 1 without the others."""
        assert isinstance(self.critic, Absent)
        count = len(self.critic.links)
        with noise.seeded(self.device, "dropout", run.seed, self.generator.players[0].updates):
            there, one = torch.rand(count, device=self.device) >= self.drop, int(torch.randint(count, ()))
        self.critic.there = tuple(there.nonzero().flatten().tolist()) or (one,)
        super().step(run)


@recipe(
    "dropout-gan",
    paper=Paper("Dropout-GAN: Learning from a Dynamic Ensemble of Discriminators", 2018, "1807.11346"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8, "critics": 2},
)
def dropout_gan(
    data: Points | Images,
    *,
    critics: int = 5,
    drop: float = 0.5,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> DropoutGAN:
    """A generator that cannot rely on any one critic has to please all, so it keeps its variety.

    min over G, max over the Dᵢ of Σ δᵢ V(Dᵢ, G), δᵢ ~ Bernoulli(1 - d).

    Args:
        data: points, or pictures of any size.
        critics: K.
        drop: d, in [0, 1]; at 1 there is always exactly one critic.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for a probability outside [0, 1].

    Deviations: 1. The networks of `rivals.networks`. 2. G climbs log D(G(z)).
    """
    if not 0 <= drop <= 1:
        raise UsageError(f"drop is a probability: give a number from 0 to 1, not {drop}")
    return DropoutGAN(
        drop=drop,
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Absent(*(Player(networks.critic(data, width), adam(rate, betas)) for _ in range(critics))),
        prior=Gaussian(latent),
        objective=many_critics(),
    )
