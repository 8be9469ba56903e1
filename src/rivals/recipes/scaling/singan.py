"""A generator learnt from one picture."""

from __future__ import annotations

import torch
from torch import nn

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.singan import Pyramid, Refine, Scales, body
from rivals.nn.mixture import crop_mixture
from rivals.objectives import wasserstein
from rivals.optim import adam
from rivals.penalties import between, gradient
from rivals.run import Run


class SinGAN(Pyramid):
    """Patch GANs at the scales of one picture, trained one after the other from the coarsest; section 3.

    Args:
        scales: the picture.
        generators, critics: (noise, coarser picture) -> picture and picture -> logits (N, 1, h, w), for each scale.
        picture: which of the training pictures.
        weights: λ of the gradient penalty, and α of the reconstruction.
        strength: of a scale's noise over the error of the coarser reconstruction.
        mixtures: share of the pictures, real or not, that the critic sees as random-crop mixtures.
        updates: moves of either player in a step.
    """

    def __init__(
        self, scales: Scales, generators: list[Player], critics: list[Player], picture: int,
        weights: tuple[float, float], strength: float, mixtures: float, updates: int,
    ) -> None:  # fmt: skip
        super().__init__(scales, generators)
        self.critics, self.objective = nn.ModuleList(critics), wasserstein()
        self.picture, self.weights, self.strength = picture, weights, strength
        self.mixtures, self.updates = mixtures, updates

    def prepare(self, run: Run) -> None:
        """Keep the picture, and z*."""
        x = run.examples(self.picture + 1)
        if len(x) <= self.picture:
            raise UsageError(f"singan: picture must be below the number of training pictures, {len(x)}")
        self.scales.keep(x[self.picture :][:1])
        self.start.copy_(noise.normal(*self.start.shape))

    def stages(self, budget: int) -> dict[str, int]:
        """As many steps at each scale; what division leaves goes to the finest."""
        share, last = max(1, budget // len(self.scales)), len(self.scales) - 1
        return {f"scale {k}": share for k in range(last)} | {f"scale {last}": max(1, budget - share * last)}

    def program(self, run: Run) -> None:
        """Scale after scale; those below stay as they are."""
        for k in range(len(self.scales)):
            for i in run.stage(f"scale {k}"):
                generator, critic = self.generators[k], self.critics[k]
                assert isinstance(generator, Player)
                assert isinstance(critic, Player)
                if i == 0:
                    self.begin(run, k, generator, critic)
                self.play(run, k, generator, critic)

    def begin(self, run: Run, k: int, *players: Player) -> None:
        """Noise is as strong as the reconstruction is wrong, and networks start as those of the scale below."""
        self.level.fill_(k)
        if k:
            missed = self.scales[k] - self.coarser(k, 1, again=True)
            self.amplitudes[k] = self.strength * missed.square().mean().sqrt()
            for mine, below in zip(players, (self.generators[k - 1], self.critics[k - 1]), strict=True):
                run.assign(mine, [w.detach() for w in below.parameters()])
                for kept, there in zip(mine.buffers(), below.buffers(), strict=True):
                    kept.copy_(there)

    def play(self, run: Run, k: int, generator: Player, critic: Player) -> None:
        """WGAN-GP on patches, and for G the reconstruction from z*; section 3.2."""
        real = self.scales[k]
        for _ in range(self.updates):
            with torch.no_grad():
                fake = self.made(k, self.coarser(k, run.batch))
            x, fake = crop_mixture(torch.cat([real.expand_as(fake), fake]), self.mixtures).chunk(2)
            slope = gradient(critic, between(x, fake)).square().sum(1).add(1e-24).sqrt()  # of each pixel
            penalty = self.weights[0] * (slope - 1).square().mean((1, 2))
            run.descend((critic, {"objective": self.objective.critic(critic(x), critic(fake)), "penalty": penalty}))
        low = self.coarser(k, 1, again=True)
        for _ in range(self.updates):
            fake = crop_mixture(self.made(k, self.coarser(k, run.batch)), self.mixtures)
            missed = self.weights[1] * (self.made(k, low, again=True) - real).square().mean()
            loss = {"objective": self.objective.generator(critic(fake)), "reconstruction": missed}
            run.descend((generator, loss))


@recipe(
    "singan",
    paper=Paper("SinGAN: Learning a Generative Model from a Single Natural Image", 2019, "1905.01164"),
    data=("images",),
    batch=1,
    steps=10_000,
    tiny={"width": 4, "smallest": 4, "factor": 0.5, "updates": 1},
)
def singan(
    data: Images,
    *,
    width: int = 32,
    smallest: int = 25,
    factor: float = 0.75,
    picture: int = 0,
    positions: int = 0,
    mixing: bool = False,
    mixtures: float = 0.0,
    weight: float = 0.1,
    reconstruction: float = 10.0,
    strength: float = 0.1,
    updates: int = 3,
    rate: float = 5e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> SinGAN:
    """Each scale adds what the coarser picture lacks, as a critic of patches wants it; section 3.

    x̃_k = u(x̃_{k+1}) + ψ_k(σ_k z_k + u(x̃_{k+1})), eq. 5; L_adv + α ‖x̃*_k - x_k‖², x̃* made from z*, eq. 4 and 6.

    Args:
        data: pictures of any size, of which one is learnt.
        width: channels of all hidden maps.
        smallest, factor: the coarsest scale's shorter side; the ratio r of one scale's to the next, about.
        picture: which of the training pictures, from 0.
        positions: frequencies of a sinusoidal encoding of places, 0 for none, see `rivals.networks.singan`.
        mixing: a learnt 1×1 convolution mixes noise and coarser picture, which are else added.
        mixtures: the share of the critic's looks at which a part of each picture is replaced by another part of it.
        weight, reconstruction: λ and α.
        strength: σ_k over the root of the mean squared error of the coarser reconstruction.
        updates: moves of either player in a step.
        rate, betas: Adam's, for all.

    Raises:
        UsageError: for a scale or a count without a meaning.

    Deviations: 1. Each convolution is padded by zeros, where the code pads its input once. 2. The rate does not fall.
    3. All scales have the same width.
    """
    if not (smallest >= 3 and 0 < factor < 1 and updates >= 1 and picture >= 0 <= positions and 0 <= mixtures <= 1):
        raise UsageError("singan needs smallest ≥ 3, 0 < factor < 1, updates ≥ 1, picture, positions ≥ 0, mixtures ≤ 1")
    scales, optimizer = Scales(data.shape, smallest, factor), adam(rate, betas)
    generators = [Player(Refine(data.channels, width, positions, mixed=mixing), optimizer) for _ in range(len(scales))]
    critics = [Player(body(data.channels, 1, width), optimizer) for _ in range(len(scales))]
    weights = weight, reconstruction
    return SinGAN(scales, generators, critics, picture, weights, strength, mixtures, updates)
