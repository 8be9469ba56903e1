"""A generator and its inverse learned together."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import Encoding
from rivals.game import Player
from rivals.networks.coder import decoder, encoder
from rivals.networks.trunk import Joint
from rivals.optim import adam
from rivals.priors import Prior, Uniform
from rivals.run import Run


class BiGAN(Encoding):
    """The critic tells pairs (x, E(x)) from pairs (G(z), z); all three move at once. Donahue et al. 2016, section 3.

    Args:
        generator: z (N, L) -> x (N, ...).
        encoder: x -> z.
        critic: x and z -> logits (N,), high on the encoder's pairs.
        prior: of z.
    """

    def __init__(self, generator: Player, encoder: Player, critic: Player, prior: Prior) -> None:
        super().__init__(generator, encoder, prior)
        self.critic = critic

    def step(self, run: Run) -> None:
        """One move of all three."""
        x = run.real()
        self.move(run, x, self.encoder(x), self.latents(len(x)))

    def move(self, run: Run, x: Tensor, code: Tensor, z: Tensor, **more: Tensor) -> None:
        """V(D, E, G), eq. 3, on pairs (x, code) and (G(z), z), and further losses of G and E.

        E and G descend the inverse objective, whose gradient does not saturate.
        """
        encoded, generated = self.critic(x, code), self.critic(self.generator(z), z)
        run.descend(
            (self.critic, F.softplus(-encoded) + F.softplus(generated)),
            ((self.generator, self.encoder), {"": F.softplus(encoded) + F.softplus(-generated), **more}),
        )


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
    hidden: tuple[int, ...] = (),
    latent: int = 50,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> BiGAN:
    """An encoder that learns to invert the generator without ever seeing a pair; algorithm of section 3.

    min over G, E max over D of E log D(x, E(x)) + E log(1 - D(G(z), z)), eq. 3; at the optimum E = G⁻¹, theorem 2.

    Args:
        data: points, or pictures of any size.
        width: of all networks; see `rivals.networks`.
        hidden: units of fully connected layers of all networks instead, (1024, 1024) in the paper's section 4.2.
        latent: numbers in a uniform latent.
        rate, betas: Adam's, for all.

    Deviations: 1. By default convolutions for pictures, also where the paper's permutation-invariant MNIST has dense
    layers. 2. The generator's dense layers all have batch norms; the critic has layer norms, since those of a batch of
    one kind of pairs tell the kinds apart by themselves: samples of MNIST became noise. 3. A constant learning rate.
    """
    return BiGAN(
        generator=Player(decoder(data, latent, width, hidden=hidden), adam(rate, betas)),
        encoder=Player(encoder(data, latent, width, hidden=hidden), adam(rate, betas)),
        critic=Player(Joint(data, latent, width, hidden=hidden, norm="layer"), adam(rate, betas)),
        prior=Uniform(latent),
    )
