"""Learning to copy through a code, plainly or against noise: the baseline of adversarial codes."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import Encoding, OneClass
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.coder import decoder, encoder
from rivals.nn.distance import squared
from rivals.optim import adam
from rivals.run import Run
from rivals.verbs import verb


class AutoEncoder(OneClass, Encoding):
    """min over both of E ‖x - G(E(x + σε))‖², a mean over the numbers of a sample.

    It has no prior: a sample is made from a code that is drawn from a Gaussian with mean and covariance of the codes of
    `examples`.

    Args:
        data: what a sample is.
        generator, encoder: as of `Encoding`.
        noise: σ of what is added to the encoder's input in training.
        normal: as of `OneClass`.
    """

    kept = 512
    """Training samples whose codes are looked at."""

    examples: Tensor

    def __init__(
        self, data: Points | Images, generator: Player, encoder: Player, noise: float, normal: int | None = None
    ) -> None:
        super().__init__(generator, encoder)
        self.noise, self.normal = noise, normal
        self.register_buffer("examples", torch.zeros(self.kept, *data.shape))

    def prepare(self, run: Run) -> None:
        """Keep the first training samples, repeated where there are few."""
        x = run.examples(self.kept)
        self.examples.copy_(x[torch.arange(self.kept, device=x.device) % len(x)])

    def step(self, run: Run) -> None:
        """One descent of both."""
        x = run.real()
        seen = x + self.noise * noise.normal(*x.shape).to(x) if self.noise else x
        run.descend(((self.encoder, self.generator), squared(self.generator(self.encoder(seen)), x)))

    @verb
    def anomaly(self, x: Tensor) -> Tensor:
        """How badly it copies each sample: the squared error."""
        return squared(self.generator(self.code(x)), x)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`, and the class."""
        codes = self.encoder(self.examples).double()
        values, vectors = torch.linalg.eigh(torch.cov(codes.T).reshape(codes.shape[1], -1))
        z = noise.normal(n, codes.shape[1]).to(codes) * values.clamp_min(0).sqrt()
        made: Tensor = self.generator((codes.mean(0) + z @ vectors.T).float())
        return made


@recipe(
    "autoencoder",
    paper=Paper("Extracting and Composing Robust Features with Denoising Autoencoders", 2008),
    data=("points", "images"),
    kind="encoder",
    steps=5_000,
    tiny={"hidden": (16,), "latent": 4},
)
def autoencoder(
    data: Points | Images,
    *,
    hidden: tuple[int, ...] = (512, 256),
    width: int = 64,
    latent: int = 32,
    noise: float = 0.0,
    normal: int | None = None,
    rate: float = 1e-3,
) -> AutoEncoder:
    """Encoder and decoder copy what they see; with noise they must restore it. Vincent et al. 2008.

    E ‖x - G(E(x + σε))‖², ε ~ N(0, I). Samples are decoded from a Gaussian that is fitted to codes of training data.

    Args:
        data: points, or pictures of any size.
        hidden: units of the encoder's layers, and in reverse of the decoder's; () takes convolutions for pictures.
        width: of convolutional networks, see `rivals.networks`.
        latent: numbers in a code.
        noise: σ, 0 for the plain auto-encoder.
        normal: the one class that training sees, for `anomaly`; by default all.
        rate: Adam's.

    Raises:
        UsageError: for negative noise.

    Deviations: 1. All layers learn at once, with Adam; the paper trains them one after the other. 2. Gaussian noise for
    its masked pixels; a squared error for its cross-entropy.
    """
    if noise < 0:
        raise UsageError(f"the noise that an auto-encoder is to remove must be at least 0, not {noise}")
    return AutoEncoder(
        data,
        Player(decoder(data, latent, width, hidden=hidden), adam(rate)),
        Player(encoder(data, latent, width, hidden=hidden), adam(rate)),
        noise,
        normal,
    )
