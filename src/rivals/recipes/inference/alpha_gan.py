"""An auto-encoder whose likelihood and prior are critics' density ratios."""

from __future__ import annotations

import torch.nn.functional as F

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import Encoding
from rivals.game import Player
from rivals.networks import mlp
from rivals.networks.coder import critic, decoder, encoder
from rivals.nn.distance import l1
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run


class AlphaGAN(Encoding):
    """Critics of samples and of codes stand for terms of a variational bound. Rosca et al. 2017, algorithm 1.

    The logit of a critic is the log ratio of densities, so log D/(1 - D) is the logit d itself.

    Args:
        generator, encoder: z (N, L) -> x (N, ...); x -> z.
        critic: d, samples -> logits (N,), high on reals.
        codes: c, codes -> logits (N,), high on the prior's.
        latent: L.
        weight: λ.
    """

    def __init__(
        self, generator: Player, encoder: Player, critic: Player, codes: Player, latent: int, weight: float
    ) -> None:
        super().__init__(generator, encoder, Gaussian(latent))
        self.critic, self.codes, self.weight = critic, codes, weight

    def step(self, run: Run) -> None:
        """Encoder and generator move, then both critics."""
        x = run.real()
        z, code = self.latents(len(x)), self.encoder(x)
        copy, made = self.generator(code), self.generator(z)
        wrong = self.weight * l1(copy, x)
        run.descend(
            (self.encoder, {"reconstruction": wrong, "codes": -self.codes(code)}),
            (self.generator, {"reconstruction": wrong, "samples": -self.critic(copy) - self.critic(made)}),
        )
        copy, made, code = copy.detach(), made.detach(), code.detach()
        fakes = F.softplus(self.critic(copy)) + F.softplus(self.critic(made))
        run.descend(
            (self.critic, F.softplus(-self.critic(x)) + fakes),
            (self.codes, F.softplus(-self.codes(z)) + F.softplus(self.codes(code))),
        )


@recipe(
    "alpha-gan",
    paper=Paper("Variational Approaches for Auto-Encoding Generative Adversarial Networks", 2017, "1706.04987"),
    data=("points", "images"),
    kind="encoder",
    steps=10_000,
    tiny={"width": 8, "latent": 4},
)
def alpha_gan(
    data: Points | Images,
    *,
    width: int = 64,
    hidden: tuple[int, ...] = (),
    latent: int = 32,
    weight: float = 10.0,
    rate: float = 3e-4,
    beta: float = 0.5,
) -> AlphaGAN:
    """A bound whose likelihood is λ|x - G(E(x))| and a critic's ratio, and whose divergence of codes is another's.

    E: λ|x - x̃| - c(E(x)); G: λ|x - x̃| - d(x̃) - d(G(z)), x̃ = G(E(x)); d tells x from x̃ and G(z), c tells z from E(x).

    Args:
        data: points, or pictures of any size.
        width: of all networks, see `rivals.networks`.
        hidden: units of fully connected layers of all networks instead.
        latent: numbers in a normal latent.
        weight: λ, of a mean over the numbers of a sample.
        rate, beta: Adam's for all, and β₁.

    Deviations: 1. The encoder is a function of x alone. 2. Encoder and generator move at once, then both critics at
    once. 3. The code critic's labels are those that its use asks for; the printed algorithm has them exchanged.
    """
    nets = (
        decoder(data, latent, width, hidden=hidden),
        encoder(data, latent, width, hidden=hidden),
        critic(data, width, hidden=hidden),
        mlp.critic((latent,), [4 * width] * 2),
    )
    generator, inverse, judge, codes = (Player(net, adam(rate, (beta, 0.999))) for net in nets)
    return AlphaGAN(generator, inverse, judge, codes, latent, weight)
