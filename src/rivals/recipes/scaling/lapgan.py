"""A Laplacian pyramid of GANs."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.networks import mlp
from rivals.nn.joined import Joined
from rivals.nn.pyramid import halved, larger, smaller
from rivals.nn.shapes import Squeeze
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.run import Run


class LAPGAN(Game):
    """At each level a conditional GAN makes what is missing in the level below; section 3.1 and algorithm 1.

    Args:
        shapes: (C, H, W) of each level, the finest first; the last is that of the coarsest pictures.
        generators: (z, l_k) -> h_k, l_k the level below brought to this size; of the coarsest level z -> x_K.
        critics: (l_k, l_k + h_k) -> logits (N,); of the coarsest level x_K -> logits.
        latent: numbers in the coarsest level's latent; elsewhere it is one plane of the level's size.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, int, int]],
        generators: Sequence[Player],
        critics: Sequence[Player],
        latent: int,
    ) -> None:
        super().__init__()
        self.shapes, self.last, self.latent = tuple(shapes), len(shapes) - 1, latent
        self.objective = non_saturating()
        self.generators, self.critics = nn.ModuleList(generators), nn.ModuleList(critics)

    def step(self, run: Run) -> None:
        """One move of each player; no level's loss depends on another level's players."""
        x = run.real()
        for k in range(len(self.shapes)):
            coarser = smaller(x)
            self.play(run, k, x, larger(coarser, x.shape[2:]))
            x = coarser

    def play(self, run: Run, k: int, x: Tensor, low: Tensor) -> None:
        """Algorithm 1 at one level, on reals x (N, C, h, w) whose low-pass pictures are `low`."""
        generator, critic = self.generators[k], self.critics[k]
        assert isinstance(generator, Player)
        assert isinstance(critic, Player)
        fake = self.finer(k, len(x), low)
        run.descend((critic, self.objective.critic(self.judged(k, x, low), self.judged(k, fake.detach(), low))))
        run.descend((generator, self.objective.generator(self.judged(k, fake, low))))

    def finer(self, k: int, n: int, low: Tensor | None) -> Tensor:
        """N pictures of a level: l_k + G_k(z, l_k), the coarsest G_K(z)."""
        if low is None or k == self.last:
            made: Tensor = self.generators[k](noise.normal(n, self.latent))
            return made
        detail: Tensor = self.generators[k](2 * noise.uniform(n, 1, *self.shapes[k][1:]) - 1, low)
        return low + detail

    def judged(self, k: int, x: Tensor, low: Tensor) -> Tensor:
        """The logits of a level's critic, (N,)."""
        logits: Tensor = self.critics[k](x) if k == self.last else self.critics[k](low, x)
        return logits

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`: from coarse to fine."""
        x = self.finer(self.last, n, None)
        for k in reversed(range(self.last)):
            x = self.finer(k, n, larger(x, self.shapes[k][1:]))
        return x.clamp(-1, 1)


@recipe(
    "lapgan",
    paper=Paper("Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks", 2015, "1506.05751"),
    data=("images",),
    tiny={"width": 4, "hidden": (16, 16), "latent": 8, "levels": 1},
)
def lapgan(
    data: Images,
    *,
    levels: int = 2,
    width: int = 64,
    hidden: tuple[int, ...] = (512, 512),
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> LAPGAN:
    """A plain GAN makes small pictures; at each finer level a conditional GAN adds the band that is missing.

    x_k = u(x_{k+1}) + h_k, h_k = G_k(z_k, u(x_{k+1})), section 3.1; every level is trained apart, on its own band of
    real pictures.

    Args:
        data: pictures of any size.
        levels: halvings.
        width: channels of the convolutions at the finer levels.
        hidden: layers of the coarsest generator; its critic has them in reverse.
        latent: numbers in its normal latent.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for less than one level, or so many that nothing is left.

    Deviations: 1. Adam for momentum, no dropout, and no batch norm in the finer levels, whose bands are centred at
    nothing. 2. A 5×5 binomial blur and bilinear interpolation make the pyramid. 3. A critic is shown l_k beside
    l_k + h_k. 4. All levels move in every step, which is as one after the other, since none depends on another.
    """
    sizes = [halved((data.height, data.width), k) for k in range(levels + 1)]
    if levels < 1 or min(sizes[-1]) < 2:
        raise UsageError(f"lapgan: levels must be 1 or more and leave 2 pixels or more of a side, not {levels}")
    shapes = [(data.channels, *size) for size in sizes]
    optimizer, leaky = adam(rate, (beta, 0.999)), nn.LeakyReLU(0.2)
    generators = [Player(Joined(_detail(data.channels, width)), optimizer) for _ in range(levels)]
    critics = [Player(Joined(_critic(shape, width)), optimizer) for shape in shapes[:-1]]
    generators.append(Player(mlp.generator(latent, shapes[-1], hidden, leaky), optimizer))
    critics.append(Player(mlp.critic(shapes[-1], hidden[::-1], 1, leaky), optimizer))
    return LAPGAN(shapes, generators, critics, latent)


def _detail(channels: int, width: int) -> nn.Sequential:
    """Noise plane and low-pass picture -> the band, three 5×5 convolutions, linear at the end."""
    first, second = nn.Conv2d(channels + 1, width, 5, padding=2), nn.Conv2d(width, width, 5, padding=2)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Conv2d(width, channels, 5, padding=2))


def _critic(shape: tuple[int, int, int], width: int) -> nn.Sequential:
    """Low-pass picture and picture -> logits, two strided 5×5 convolutions and a linear layer."""
    channels, (height, wide) = shape[0], halved((shape[1], shape[2]), 2)
    first, second = nn.Conv2d(2 * channels, width, 5, 2, 2), nn.Conv2d(width, 2 * width, 5, 2, 2)
    last = nn.Linear(2 * width * height * wide, 1)
    return nn.Sequential(first, nn.LeakyReLU(0.2), second, nn.LeakyReLU(0.2), nn.Flatten(), last, Squeeze())
