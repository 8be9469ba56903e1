"""The inverse of the generator as a distribution of codes."""

from __future__ import annotations

from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.networks.coder import decoder, encoder
from rivals.networks.trunk import Joint
from rivals.nn.gaussian import Drawn
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.recipes.inference.bigan import BiGAN


@recipe(
    "ali",
    paper=Paper("Adversarially Learned Inference", 2016, "1606.00704"),
    data=("points", "images"),
    kind="encoder",
    batch=128,
    steps=10_000,
    tiny={"width": 8, "latent": 4},
)
def ali(
    data: Points | Images,
    *,
    width: int = 64,
    hidden: tuple[int, ...] = (),
    latent: int = 64,
    rate: float = 1e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> BiGAN:
    """A critic tells (x, ẑ), ẑ ~ q(z | x), from (x̃, z), x̃ = G(z): at the optimum q is the posterior; algorithm 1.

    min over G, q max over D of E log D(x, ẑ) + E log(1 - D(x̃, z)), ẑ = μ(x) + σ(x) ε. The moves are those of `BiGAN`.

    Args:
        data: points, or pictures of any size.
        width: of all networks, see `rivals.networks`.
        hidden: units of fully connected layers of all networks instead.
        latent: numbers in a normal latent.
        rate, betas: Adam's, for all.

    Deviations: 1. Our networks, without the dropout of the paper's critic, whose norms are of layers, see `bigan`.
    2. Codes are means where one asks for them; only training draws.
    """
    return BiGAN(
        generator=Player(decoder(data, latent, width, hidden=hidden), adam(rate, betas)),
        encoder=Player(Drawn(encoder(data, 2 * latent, width, hidden=hidden)), adam(rate, betas)),
        critic=Player(Joint(data, latent, width, hidden=hidden, norm="layer"), adam(rate, betas)),
        prior=Gaussian(latent),
    )
