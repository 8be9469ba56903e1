"""Class-conditional pictures at scale."""

from __future__ import annotations

from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.conditions import Labels
from rivals.data.specs import Images
from rivals.game import Player
from rivals.networks import biggan as networks
from rivals.networks.dcgan import attended
from rivals.objectives import hinge
from rivals.optim import adam
from rivals.priors import Truncated
from rivals.terms import Orthogonal


@recipe(
    "biggan",
    paper=Paper("Large Scale GAN Training for High Fidelity Natural Image Synthesis", 2018, "1809.11096"),
    data=("images",),
    tiny={"width": 8, "latent": 8, "embedding": 4},
)
def biggan(
    data: Images,
    *,
    width: int = 64,
    latent: int = 120,
    embedding: int = 128,
    attention: int | None = None,
    truncation: float = 0.0,
    orthogonality: float = 1e-4,
    rate: float = 5e-5,
    critic_rate: float = 2e-4,
    betas: tuple[float, float] = (0.0, 0.999),
    average: float = 20_000.0,
    critic_updates: int = 2,
) -> Adversarial:
    """One vector a label for all conditional norms, a latent that every block gets a part of, truncation; section 3.

    Hinge loss, projection, spectral norm in both networks, and for G's kernels β ‖WᵀW ⊙ (1 - I)‖²_F, eq. 3.

    Args:
        data: pictures with labels.
        width, latent, embedding: channels of the largest map; numbers in a normal latent; in a label's vector.
        attention: the side of the map that attends; by default the largest hidden one of at most 64, 0 for none.
        truncation: samples are made from latents within ±this; 0 truncates nothing. Training is not touched.
        orthogonality: β.
        rate, critic_rate, betas: Adam's, for the generator; for the critic; for both.
        average, critic_updates: half-life of the generator's average weights in reals seen; moves of D for one of G.

    Raises:
        UsageError: for data without labels.

    Deviations: 1. Norms of averaged weights have the running statistics, not standing ones. 2. Conditional norms have
    no spectral norm. 3. The average forgets by reals, not by steps.
    """
    labels = Labels(data.classes)
    at = attended(data.height, data.width, attention, 64)
    generator = networks.Generator(latent, *data.shape, labels.classes, width, embedding, at)
    critic = networks.critic(*data.shape, labels.classes, width, at)
    return Adversarial(
        generator=Player(networks.initialised(generator), adam(rate, betas), average=average),
        critic=Player(networks.initialised(critic), adam(critic_rate, betas)),
        prior=Truncated(latent, truncation),
        objective=hinge(),
        terms=[Orthogonal(orthogonality)],
        condition=labels,
        critic_updates=critic_updates,
    )
