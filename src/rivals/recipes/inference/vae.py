"""Maximum likelihood by a bound: the model that adversaries are compared with."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.likelihood import Likelihood
from rivals.networks import mlp
from rivals.nn import gaussian
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.verbs import verb


class VAE(Likelihood):
    """max E[log p(x | z) - KL(q(z | x) ‖ p(z))] over both networks, z = μ + σε. Kingma & Welling 2013, algorithm 1.

    Args:
        encoder: x (N, ...) -> (N, 2L), means and log variances of q(z | x).
        decoder: z (N, L) -> (N, ...) logits of pixels, or (N, 2D) means and log variances of points.
        latent: L.
        data: Bernoulli likelihood for pictures, Gaussian for points.
        binarise: pixels are drawn to be black or white; otherwise grey ones enter the likelihood as they are.
    """

    def __init__(self, encoder: Player, decoder: Player, latent: int, data: Points | Images, *, binarise: bool) -> None:
        super().__init__("binary" if binarise else "grey")
        self.encoder, self.decoder, self.prior = encoder, decoder, Gaussian(latent)
        self.pictures = isinstance(data, Images)

    def bound(self, x: Tensor) -> dict[str, Tensor]:
        """The two terms of -ELBO with one latent a sample (L = 1), eq. 10: the divergence in closed form."""
        moments = self.encoder(x)
        return {"reconstruction": -self._log_density(x, gaussian.drawn(moments)), "kl": gaussian.divergence(moments)}

    @verb
    def encode(self, x: Tensor) -> Tensor:
        """Means of q(z | x)."""
        mean: Tensor = self.encoder(x).chunk(2, 1)[0]
        return mean

    @verb
    def decode(self, z: Tensor) -> Tensor:
        """Means of p(x | z), pictures in [-1, 1]."""
        return self._mean(z)

    @verb
    def reconstruct(self, x: Tensor) -> Tensor:
        """The mean of p(x | z) at the mean of q(z | x)."""
        return self._mean(self.encoder(x).chunk(2, 1)[0])

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Points drawn from p(x | z); of pictures the mean, as papers show them."""
        z = self.prior(n)
        if self.pictures:
            return self._mean(z)
        return gaussian.drawn(self.decoder(z))

    def _mean(self, z: Tensor) -> Tensor:
        made: Tensor = self.decoder(z)
        return 2 * made.sigmoid() - 1 if self.pictures else made.chunk(2, 1)[0]

    def _log_density(self, x: Tensor, z: Tensor) -> Tensor:
        made = self.decoder(z)
        if self.pictures:
            return -F.binary_cross_entropy_with_logits(made, (x + 1) / 2, reduction="none").flatten(1).sum(1)
        mean, log_variance = made.chunk(2, 1)
        density: Tensor = -0.5 * ((x - mean).square() / log_variance.exp() + log_variance + math.log(2 * math.pi))
        return density.sum(1)


@recipe(
    "vae",
    paper=Paper("Auto-Encoding Variational Bayes", 2013, "1312.6114"),
    data=("points", "images"),
    kind="likelihood",
    batch=100,
    steps=10_000,
    tiny={"hidden": (16,), "latent": 4},
)
def vae(
    data: Points | Images,
    *,
    hidden: tuple[int, ...] = (500, 500),
    latent: int = 20,
    rate: float = 1e-3,
    binarise: bool = False,
) -> VAE:
    """Encoder and decoder climb one lower bound of the likelihood; no adversary.

    log p(x) ≥ E_q log p(x | z) - KL(q(z | x) ‖ N(0, I)), eq. 3; z = μ(x) + σ(x) ε, eq. 10.

    Args:
        data: pictures of any size (Bernoulli pixels), or points (Gaussian with learned variance, appendix C.2).
        hidden: hidden layers of the encoder; the decoder has them in reverse.
        latent: numbers in z.
        rate: Adam's.
        binarise: draw each pixel black or white by its grey at every look (the protocol of likelihood tables).

    Deviations: 1. Adam for Adagrad, no prior on weights. 2. Two hidden layers for one, tanh as in the paper.
    """
    numbers = math.prod(data.shape)
    tanh = nn.Tanh()
    encoder = nn.Sequential(nn.Flatten(), mlp.mlp([numbers, *hidden, 2 * latent], tanh))
    outputs = numbers if isinstance(data, Images) else 2 * numbers
    decoder = mlp.mlp([latent, *hidden[::-1], outputs], tanh)
    if isinstance(data, Images):
        decoder.append(nn.Unflatten(1, data.shape))
    return VAE(Player(encoder, adam(rate)), Player(decoder, adam(rate)), latent, data, binarise=binarise)
