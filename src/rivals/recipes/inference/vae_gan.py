"""What a critic sees in samples, as the measure of a reconstruction."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import Encoding
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.coder import decoder, encoder
from rivals.networks.trunk import trunk
from rivals.nn import gaussian
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run


class VAEGAN(Encoding):
    """A VAE's bound with x seen through a layer of the critic, and the critic's game. Larsen et al. 2015, algorithm 1.

    Args:
        generator: the decoder, z (N, L) -> x (N, ...).
        encoder: x -> moments of q(z | x), (N, 2L).
        eye: samples -> the critic's features D_l(x), (N, F).
        verdict: features -> logits (N,).
        latent: L.
        gamma: γ, of the reconstruction in the decoder's loss.
    """

    def __init__(
        self, generator: Player, encoder: Player, eye: Player, verdict: Player, latent: int, gamma: float
    ) -> None:
        super().__init__(generator, encoder, Gaussian(latent))
        self.critic, self.gamma = Chain(eye, verdict), gamma

    def step(self, run: Run) -> None:
        """All three move at once; the critic is moved by its own game alone."""
        x = run.real()
        eye, verdict = self.critic.players
        moments = self.encoder(x)
        copy, made = self.generator(gaussian.drawn(moments)), self.generator(self.latents(len(x)))
        seen, seen_copy = eye(x), eye(copy)
        real, copied, fake = verdict(seen), verdict(seen_copy), self.critic(made)
        unlike = 0.5 * (seen_copy - seen).square().sum(1)
        run.descend(
            (self.encoder, {"prior": gaussian.divergence(moments), "likeness": unlike}),
            (self.generator, {"likeness": self.gamma * unlike, "fool": F.softplus(-copied) + F.softplus(-fake)}),
            (self.critic, F.softplus(-real) + F.softplus(copied) + F.softplus(fake)),
        )

    def code(self, x: Tensor) -> Tensor:
        """The mean of q(z | x)."""
        mean: Tensor = self.encoder(x).chunk(2, 1)[0]
        return mean


@recipe(
    "vae-gan",
    paper=Paper("Autoencoding Beyond Pixels Using a Learned Similarity Metric", 2015, "1512.09300"),
    data=("points", "images"),
    kind="encoder",
    steps=10_000,
    tiny={"width": 8, "latent": 4},
)
def vae_gan(
    data: Points | Images,
    *,
    width: int = 64,
    hidden: tuple[int, ...] = (),
    latent: int = 32,
    gamma: float = 0.01,
    rate: float = 3e-4,
    beta: float = 0.5,
) -> VAEGAN:
    """A VAE whose error is measured in the critic's features, so that it may forget where exactly an edge was.

    Encoder: KL(q(z | x) ‖ p(z)) + ½ E‖D_l(x) - D_l(x̃)‖²; decoder: γ times the latter, and fooling the critic by x̃ and
    by samples; critic: log D(x) + log(1 - D(x̃)) + log(1 - D(G(z))). D_l is the last hidden layer.

    Args:
        data: points, or pictures of any size.
        width: of all networks, see `rivals.networks`.
        hidden: units of fully connected layers of all networks instead.
        latent: numbers in a normal latent.
        gamma: γ.
        rate, beta: Adam's for all, and β₁.

    Deviations: 1. Our networks and Adam for RMSProp. 2. Decoder: -log D for the paper's log(1 - D). 3. γ suits few
    features; the paper's is 1e-6.
    """
    body, features = trunk(data, width, hidden=hidden)
    nets = (
        decoder(data, latent, width, hidden=hidden),
        encoder(data, 2 * latent, width, hidden=hidden),
        body,
        mlp.critic((features,), []),
    )
    generator, inverse, eye, verdict = (Player(net, adam(rate, (beta, 0.999))) for net in nets)
    return VAEGAN(generator, inverse, eye, verdict, latent, gamma)
