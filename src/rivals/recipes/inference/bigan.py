"""A generator and its inverse learned together."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Game, Player
from rivals.networks.trunk import Joint, trunk
from rivals.optim import adam
from rivals.priors import Prior, Uniform
from rivals.run import Run
from rivals.verbs import verb


class BiGAN(Game):
    """The critic tells pairs (x, E(x)) from pairs (G(z), z); all three move at once. Donahue et al. 2016, section 3.

    Args:
        generator: z (N, L) -> x (N, ...).
        encoder: x -> z.
        critic: x and z -> logits (N,), high on the encoder's pairs.
        prior: of z.
    """

    def __init__(self, generator: Player, encoder: Player, critic: Player, prior: Prior) -> None:
        super().__init__()
        self.generator, self.encoder, self.critic, self.prior = generator, encoder, critic, prior

    def step(self, run: Run) -> None:
        """V(D, E, G), eq. 3; E and G descend the inverse objective, whose gradient does not saturate."""
        x = run.real()
        z = self.prior(len(x))
        encoded, generated = self.critic(x, self.encoder(x)), self.critic(self.generator(z), z)
        run.descend(
            (self.critic, F.softplus(-encoded) + F.softplus(generated)),
            ((self.generator, self.encoder), F.softplus(encoded) + F.softplus(-generated)),
        )

    @verb
    def encode(self, x: Tensor) -> Tensor:
        """E(x)."""
        code: Tensor = self.encoder(x)
        return code

    @verb
    def decode(self, z: Tensor) -> Tensor:
        """G(z)."""
        made: Tensor = self.generator(z)
        return made

    @verb
    def reconstruct(self, x: Tensor) -> Tensor:
        """G(E(x))."""
        made: Tensor = self.generator(self.encoder(x))
        return made

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.prior(n))
        return made


@recipe(
    "bigan",
    paper=Paper("Adversarial Feature Learning", 2016, "1605.09782"),
    data=("points", "images"),
    kind="encoder",
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 4},
)
def bigan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 50,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> BiGAN:
    """An encoder that learns to invert the generator without ever seeing a pair; algorithm of section 3.

    min over G, E max over D of E log D(x, E(x)) + E log(1 - D(G(z), z)), eq. 3; at the optimum E = G⁻¹, theorem 2.

    Args:
        data: points, or pictures of any size.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a uniform latent.
        rate, betas: Adam's, for all.

    Deviations: 1. Convolutions for pictures where the paper's permutation-invariant MNIST has dense layers. 2. A
    constant learning rate.
    """
    body, features = trunk(data, width)
    encoder = nn.Sequential(body, nn.Linear(features, latent))
    return BiGAN(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        encoder=Player(encoder, adam(rate, betas)),
        critic=Player(Joint(data, latent, width), adam(rate, betas)),
        prior=Uniform(latent),
    )
