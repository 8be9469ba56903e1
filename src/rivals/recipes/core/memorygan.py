"""Critic and generator share a memory of clusters."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks, noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.nn.memory import Memory
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.run import Run


class MemoryGAN(Game):
    """The critic asks a memory whether a sample is real, and the generator starts from what it remembers. Kim 2018.

    Args:
        generator: a key and z (N, F + L) -> x (N, ...).
        encoder: x -> queries (N, F), before they are put on the sphere.
        memory: slots.
        latent: L.
        weight: λ of the mutual information.
    """

    def __init__(self, generator: Player, encoder: Player, memory: Memory, latent: int, weight: float) -> None:
        super().__init__()
        self.generator, self.encoder, self.memory = generator, encoder, memory
        self.latent, self.weight, self.objective = latent, weight, non_saturating()

    def query(self, x: Tensor) -> Tensor:
        """Unit vectors (N, F)."""
        return F.normalize(self.encoder(x), dim=1)

    def step(self, run: Run) -> None:
        """The encoder moves, then the memory learns, then the generator moves."""
        x, slot = run.real(), self.memory.draw(run.batch)
        fake = self.made(slot)
        real_query, fake_query = self.query(x), self.query(fake.detach())
        loss = self.objective.critic(self.memory.logit(real_query), self.memory.logit(fake_query))
        seen = self.memory.seen(real_query.detach(), fake_query.detach())
        run.descend((self.encoder, {"objective": loss, "information": self.forgotten(fake_query, slot)}))
        keys, masses = self.memory.learnt(run.mean(seen), run.whole_batch)
        run.mean(keys[None])  # every microbatch must learn from the same memory before it changes
        self.memory.keys.copy_(keys)
        self.memory.masses.copy_(masses)
        query = self.query(fake)
        fooled = self.objective.generator(self.memory.logit(query))
        run.descend((self.generator, {"objective": fooled, "information": self.forgotten(query, slot)}))

    def made(self, slot: Tensor) -> Tensor:
        """Samples from slots (N,)."""
        made: Tensor = self.generator(torch.cat([self.memory.keys[slot], noise.normal(len(slot), self.latent)], 1))
        return made

    def forgotten(self, query: Tensor, slot: Tensor) -> Tensor:
        """-λ log p(i | G(z, K_i)) among the slots of reals, whose mean bounds the mutual information, (N,)."""
        return self.weight * F.cross_entropy(self.memory.scores(query)[:, : self.memory.side], slot, reduction="none")

    def cluster(self, x: Tensor) -> Tensor:
        """The likeliest slot of reals of each sample, (N, ...) -> (N,)."""
        return self.memory.scores(self.query(x))[:, : self.memory.side].argmax(1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        return self.made(self.memory.draw(n))


@recipe(
    "memorygan",
    paper=Paper(
        "Memorization Precedes Generation: Learning Unsupervised GANs with Memory Networks", 2018, "1803.01500"
    ),
    data=("points", "images"),
    tiny={"width": 8, "latent": 4, "slots": 8, "features": 4},
)
def memorygan(
    data: Points | Images,
    *,
    slots: int = 64,
    features: int = 32,
    concentration: float = 30.0,
    keep: float = 0.99,
    smooth: float = 1.0,
    weight: float = 1.0,
    width: int = 64,
    latent: int = 32,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> MemoryGAN:
    """Clusters of the data are kept in a memory that critic and generator read, so that neither has to forget them.

    D(x) = Σ_i v_i p(i | x), p(i | x) ∝ (h_i + β h̄) exp(κ K_i·q(x)); G(z, K_i), i ~ p(i) v_i; keys K and masses h
    follow the batches by incremental EM; both players also climb λ E log p(i | G(z, K_i)).

    Args:
        data: points, or pictures of any size.
        slots, features: M, half of them of reals; numbers in a key.
        concentration, keep, smooth: κ; share of the masses that outlives an update; β.
        weight: λ.
        width, latent: of both networks, see `rivals.networks`; normal numbers beside a key.
        rate, beta: Adam's learning rate and β₁, for both.

    Raises:
        UsageError: for an odd number of slots, or below 2, `keep` outside (0, 1), or `smooth` not above 0.

    Deviations: 1. All slots are read, not the nearest alone. 2. Values are fixed, half of them real; instead of the
    oldest slot, one with almost no mass is written anew, beside the heaviest of its side. 3. κ is 30, for
    keys of fewer numbers. 4. The information is of the slot's posterior, not of its likelihood alone. 5. Our
    networks.
    """
    if slots < 2 or slots % 2 or not 0 < keep < 1 or smooth <= 0:
        given = f"{slots}, {keep} and {smooth}"
        raise UsageError(f"memorygan needs an even number of slots, 0 < keep < 1, smooth > 0, not {given}")
    encoder: nn.Module = networks.critic(data, width, outputs=features)
    return MemoryGAN(
        Player(networks.generator(data, features + latent, width), adam(rate, (beta, 0.999))),
        Player(encoder, adam(rate, (beta, 0.999))),
        Memory(slots, features, concentration, keep, smooth),
        latent,
        weight,
    )
